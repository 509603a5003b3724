"""Confusion marks the points that two classes share, ignorance the unknown, and neither both."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot, softplus

from dubito.calibrate.evidential_confusion import EvidentialConfusion, Reading
from dubito.calibrate.flexible_head import KL, Loss, arrays_of, logits_of, trained_head
from dubito.calibrate.holdout import Rows
from dubito.claims.lab import Claim
from dubito.data.worlds.overlap_band import OverlapBand, overlap_band
from dubito.evidence import Floats
from dubito.maths.ranking import auroc
from dubito.nn.dirichlet import expected_surprise, misleading, uniform_kl, vacuity

CENTRES, STEPS = 64, 400
Doubt = Callable[[Tensor], Tensor]  # logits [N, K] -> [N]
Points = tuple[Floats, Floats]  # of the known classes [M], and unknown [L]


@lru_cache(maxsize=4)  # the checks ask for the same fits as the gain
def readings(world: OverlapBand, *, regulariser: float = 1.0) -> tuple[Reading, Reading]:
    """What the method sees of the known classes' points, and of the unknown ones."""
    model = EvidentialConfusion(centres=CENTRES, steps=STEPS, regulariser=regulariser)
    model.fit(world.known, world.labels)
    return model.read(world.fresh), model.read(world.unknown)


def confusion(world: OverlapBand) -> Points:
    """Mass of the set of the two classes that share the band."""
    fresh, unknown = readings(world)
    return fresh.pairs[:, 0, 1], unknown.pairs[:, 0, 1]


def ignorance(world: OverlapBand) -> Points:
    """Mass of no known class."""
    fresh, unknown = readings(world)
    return fresh.ignorance, unknown.ignorance


def evidential(logits: Tensor, target: Tensor, done: float) -> Tensor:
    """The loss of a plain evidential head."""
    alpha = 1 + softplus(logits)
    return expected_surprise(alpha, target) + KL * done * uniform_kl(misleading(alpha, target))


def one_hot_error(logits: Tensor, target: Tensor, _: float) -> Tensor:
    """Cross-entropy of the classes."""
    return cross_entropy(logits, target, reduction="none")


def each_against_the_rest(logits: Tensor, target: Tensor, _: float) -> Tensor:
    """Cross-entropy of K yes-or-no questions."""
    wanted = one_hot(target, logits.shape[-1]).to(logits.dtype)
    return binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(dim=-1)


def no_evidence(logits: Tensor) -> Tensor:
    """Vacuity of the Dirichlet."""
    return vacuity(1 + softplus(logits))


def open_classes(logits: Tensor) -> Tensor:
    """Entropy of the softmax, nats."""
    return -(logits.softmax(dim=-1) * logits.log_softmax(dim=-1)).sum(dim=-1)


def runner_up(logits: Tensor) -> Tensor:
    """The softmax's probability of the second class."""
    return logits.softmax(dim=-1).sort(dim=-1).values[..., -2]


def nothing_fits(logits: Tensor) -> Tensor:
    """1 less the largest of K sigmoids."""
    return 1 - logits.sigmoid().amax(dim=-1)


@lru_cache(maxsize=4)
def logits(world: OverlapBand, *, loss: Loss) -> tuple[Tensor, Tensor]:
    """The same head learnt by another loss: logits of the known classes' points and of others."""
    centre, scale = world.known.mean(axis=0), world.known.std(axis=0)
    rows = Rows((world.known - centre) / scale, world.labels)
    arrays = arrays_of(trained_head(rows, loss=loss, centres=CENTRES, steps=STEPS, seed=0))
    fresh, unknown = (
        logits_of(arrays, (points - centre) / scale) for points in (world.fresh, world.unknown)
    )
    return fresh, unknown


def baseline(world: OverlapBand, *, loss: Loss, doubt: Doubt) -> Points:
    """A doubt that is read from those logits."""
    fresh, unknown = logits(world, loss=loss)
    return doubt(fresh).numpy(), doubt(unknown).numpy()


vacuities = partial(baseline, loss=evidential, doubt=no_evidence)
second_guesses = partial(baseline, loss=one_hot_error, doubt=runner_up)


def band_among_all(world: OverlapBand, *, doubt: Callable[[OverlapBand], Points]) -> float:
    """AUROC of a doubt for points of the band, among all points, known or not."""
    fresh, unknown = doubt(world)
    band = np.concatenate([world.band, np.zeros(len(unknown), dtype=bool)])
    return auroc(np.concatenate([fresh, unknown]), band)


def unknown_found(world: OverlapBand, *, doubt: Callable[[OverlapBand], Points]) -> float:
    """AUROC of a doubt for unknown points, among all points."""
    fresh, unknown = doubt(world)
    is_unknown = np.arange(len(fresh) + len(unknown)) >= len(fresh)
    return auroc(np.concatenate([fresh, unknown]), is_unknown)


def band_known(world: OverlapBand, *, doubt: Callable[[OverlapBand], Points]) -> float:
    """AUROC of a doubt for points of the band, among those of known classes."""
    return auroc(doubt(world)[0], world.band)


def above(world: OverlapBand, *, measure: Callable[[OverlapBand], float], least: float) -> float:
    """How far a measure lies above its least value."""
    return measure(world) - least


def leak(world: OverlapBand, *, regulariser: float) -> float:
    """Mean confusion in the band above mean ignorance there."""
    fresh, _ = readings(world, regulariser=regulariser)
    return float((fresh.confusion - fresh.ignorance)[world.band].mean())


def without_regulariser(world: OverlapBand) -> float:
    """0.1 less what confusion is above ignorance in the band, when nothing lifts it."""
    return 0.1 - leak(world, regulariser=0.0)


def blind_vacuity(world: OverlapBand) -> float:
    """0.65 less the AUROC of vacuity for the band among the known."""
    return 0.65 - band_known(world, doubt=vacuities)


def not_below_runner_up(world: OverlapBand) -> float:
    """Gain over the softmax's second probability in finding the band."""
    return band_among_all(world, doubt=confusion) - band_among_all(world, doubt=second_guesses)


def unknown_above_runner_up(world: OverlapBand) -> float:
    """Gain of ignorance over the same number in finding the unknown, less 0.05."""
    gain = unknown_found(world, doubt=ignorance) - unknown_found(world, doubt=second_guesses)
    return gain - 0.05


CLAIM = Claim(
    world=overlap_band,
    tiny=partial(overlap_band, known=60, judged=100),
    ours=partial(band_among_all, doubt=confusion),
    baselines={
        "evidential vacuity": partial(band_among_all, doubt=vacuities),
        "softmax entropy": partial(
            band_among_all, doubt=partial(baseline, loss=one_hot_error, doubt=open_classes)
        ),
        "one against the rest": partial(
            band_among_all, doubt=partial(baseline, loss=each_against_the_rest, doubt=nothing_fits)
        ),
    },
    metric="AUROC for the band",
    margin=0.2,
    checks={
        "ignorance finds the unknown, 0.93": partial(
            above, measure=partial(unknown_found, doubt=ignorance), least=0.93
        ),
        "confusion finds the band among the known, 0.97": partial(
            above, measure=partial(band_known, doubt=confusion), least=0.97
        ),
        "in the band confusion is 0.2 above ignorance": partial(
            above, measure=partial(leak, regulariser=1.0), least=0.2
        ),
        "without the regulariser at most 0.1": without_regulariser,
        "vacuity does not see the band, 0.65": blind_vacuity,
        "for the band not below the softmax's runner-up": not_below_runner_up,
        "for the unknown 0.05 above the same": unknown_above_runner_up,
    },
    seeds=5,
    paper="fan2023",
    paper_figure="AUROC of confusion for a true runner-up: CIFAR-10 89.5, the next best 70.9",
    size="1,500 points to learn from, 1,500 to judge and 1,500 unknown",
)
