"""Predictions need support in the training data to be accepted, so unknown classes are not."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from dubito.calibrate.holdout import Rows, by_class
from dubito.calibrate.sdm import SDM
from dubito.calibrate.sdm_adaptor import Adaptor, as_softmax
from dubito.calibrate.sdm_training import Schedule, trained_adaptor
from dubito.claims.lab import Claim
from dubito.data.worlds.unknown_digits import UnknownDigits, unknown_digits
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats
from dubito.maths.quantiles import conformal_quantile

LEVEL, ASIDE = 0.95, 250 / 600


class Judged(NamedTuple):
    """What is said of N pictures, and of which it is said for sure."""

    said: NDArray[Any]
    accepted: Flags

    def wrong(self, truth: NDArray[Any]) -> int:
        """How many accepted ones are wrong."""
        return int((self.accepted & (self.said != truth)).sum())


Judge = Callable[[UnknownDigits, Floats], Judged]


class Plain(NamedTuple):
    """The same maps learnt by cross-entropy, and what the rows set aside say of them."""

    adaptor: Adaptor
    centre: Floats  # [64]
    scale: float
    temperature: float
    largest: float  # 1 - p that a set of classes may have

    def probability(self, pictures: Floats) -> Floats:
        """[N, K] after the temperature."""
        logits = self.adaptor((pictures - self.centre) / self.scale)[1]
        return softmax(logits / self.temperature, axis=1)


@lru_cache(maxsize=2)  # the checks ask for the same fit as the gain
def fitted(world: UnknownDigits) -> SDM:
    """The method, on all pictures to learn from."""
    return SDM(level=LEVEL, calibration=ASIDE).fit(world.known, world.labels)


@lru_cache(maxsize=2)
def plain(world: UnknownDigits) -> Plain:
    """Cross-entropy, temperature and the conformal quantile, on the same two parts."""
    centre = world.known.mean(axis=0)
    scale = float((world.known - centre).std())
    scaled = (world.known - centre) / scale
    parts = by_class(world.labels, ASIDE, np.random.default_rng(0))
    train, aside = (Rows(scaled, world.labels).take(part) for part in parts)
    adaptor = trained_adaptor(train, aside, weigh=as_softmax, how=Schedule(), seed=0).adaptor
    logits, rows = adaptor(aside.features)[1], np.arange(len(aside.labels))

    def loss(log_t: float) -> float:
        return -log_softmax(logits / np.exp(log_t), axis=1)[rows, aside.labels].mean()

    found = minimize_scalar(loss, bounds=(-5, 5), method="bounded")
    temperature = float(np.exp(found.x))
    doubt = 1 - softmax(logits / temperature, axis=1)[rows, aside.labels]
    largest = float(conformal_quantile(doubt, 1 - LEVEL))
    return Plain(adaptor, centre, scale, temperature, largest)


def by_sdm(world: UnknownDigits, pictures: Floats) -> Judged:
    """Accept inside the region."""
    model = fitted(world)
    return Judged(model.predict(pictures), model.reliable(pictures))


def by_temperature(world: UnknownDigits, pictures: Floats) -> Judged:
    """Accept where the scaled probability reaches the level."""
    p = plain(world).probability(pictures)
    return Judged(p.argmax(axis=1), p.max(axis=1) >= LEVEL)


def by_conformal(world: UnknownDigits, pictures: Floats) -> Judged:
    """Accept where the conformal set at the level holds one class."""
    p = plain(world).probability(pictures)
    return Judged(p.argmax(axis=1), (1 - p <= plain(world).largest).sum(axis=1) == 1)


def unknown_accepted(world: UnknownDigits, *, judge: Judge) -> float:
    """Share of the unknown digits that are accepted, in [0, 1], lower is better."""
    return float(judge(world, world.unknown).accepted.mean())


def few_unknown(world: UnknownDigits) -> float:
    """0.05 less the accepted share of the unknown digits."""
    return 0.05 - unknown_accepted(world, judge=by_sdm)


def some_known(world: UnknownDigits) -> float:
    """Accepted share of the fresh digits, less a tenth; an empty region accepts none."""
    return float(by_sdm(world, world.fresh).accepted.mean()) - 0.1


def right_if_known(world: UnknownDigits) -> float:
    """A twentieth of the accepted fresh digits less the wrong ones, as a share of all."""
    judged = by_sdm(world, world.fresh)
    allowed = 0.05 * float(judged.accepted.sum())
    return (allowed - judged.wrong(world.truth)) / len(world.truth)


def right_if_moved(world: UnknownDigits) -> float:
    """A tenth of the accepted moved digits, or of one, less the wrong ones, as a share of all."""
    judged = by_sdm(world, world.moved)
    allowed = 0.1 * max(float(judged.accepted.sum()), 1.0)  # to accept none is right
    return (allowed - judged.wrong(world.truth)) / len(world.truth)


CLAIM = Claim(
    world=unknown_digits,
    tiny=partial(unknown_digits, learn=150),
    ours=partial(unknown_accepted, judge=by_sdm),
    baselines={
        "temperature": partial(unknown_accepted, judge=by_temperature),
        "conformal set of one": partial(unknown_accepted, judge=by_conformal),
    },
    metric="accepted share of the unknown",
    higher_is_better=False,
    margin=0.25,
    checks={
        "accepts at most 0.05 of the unknown": few_unknown,
        "accepts at least a tenth of the known": some_known,
        "of the accepted at most a twentieth is wrong": right_if_known,
        "of the accepted that were moved at most a tenth is wrong": right_if_moved,
    },
    seeds=8,
    paper="schmaltz2025",
    paper_figure="keeps its accuracy under shift and on the unknown, where others fall below it",
    size="digits 0 to 4, 600 to learn from and 301 to judge; 896 digits 5 to 9",
)
