"""A penalty on what tasks read of shared features gives places to single tasks at little cost."""

from functools import cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.claims.lab import Claim
from dubito.data.worlds.overlaid_digits import Overlaid, OverlaidDigits, overlaid_digits
from dubito.evidence import Floats
from dubito.multitask.balancer import Balancer, equal_weights
from dubito.multitask.representation_saliency import RepMTL, Saliency
from dubito.multitask.uncertainty_weighting import analytic_weighting
from dubito.nn.descent import descend
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

CHANNELS, PLACES, BATCH, EPOCHS, RATE = 16, 36, 50, 15, 4e-3  # falling: 2e-3 on average
OUTPUTS = (10, 10, 1)
OURS = RepMTL(entropy=0.02, alignment=0.1)
OWNED = RepMTL(entropy=0.02, alignment=0.0)
STRONG = RepMTL(entropy=0.5, alignment=0.0)
ALONE: dict[str, Balancer] = {"equal": equal_weights, "logs": analytic_weighting}


class Net(nn.Module):
    """Two convolutions for all tasks, [B, 11, 11] -> [B, 16, 6, 6], and a head of 64 for each."""

    def __init__(self) -> None:
        super().__init__()
        with seeded(0):
            self.encoder = nn.Sequential(
                nn.Conv2d(1, CHANNELS, 3, padding=1),
                nn.ReLU(),
                nn.Conv2d(CHANNELS, CHANNELS, 3, stride=2, padding=1),
                nn.ReLU(),
            )
            self.heads = nn.ModuleList(
                nn.Sequential(
                    nn.Flatten(), nn.Linear(CHANNELS * PLACES, 64), nn.ReLU(), nn.Linear(64, out)
                )
                for out in OUTPUTS
            )

    def forward(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The features, and what each head says."""
        features = self.encoder(pixels[:, None])
        return features, [head(features) for head in self.heads]


def losses_of(told: list[Tensor], upper: Tensor, lower: Tensor, total: Tensor) -> Tensor:
    """Of the three tasks, [3]."""
    squared = (told[2][:, 0] - total).square().mean()
    return torch.stack([cross_entropy(told[0], upper), cross_entropy(told[1], lower), squared])


def tensors(rows: Overlaid) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Canvases, and the truth of each task."""
    return (
        torch.from_numpy(rows.pixels).float(),
        torch.from_numpy(rows.upper),
        torch.from_numpy(rows.lower),
        torch.from_numpy(rows.total).float(),
    )


@cache
def trained(learn: Overlaid, way: RepMTL | str) -> Net:
    """By the sum of losses and a penalty, or by a balancer alone."""
    net = Net()

    def loss(pixels: Tensor, *truth: Tensor) -> Tensor:
        features, told = net(pixels)
        losses = losses_of(told, *truth)
        if isinstance(way, RepMTL):
            return losses.sum() + way(losses, features)
        return len(losses) * ALONE[way](losses)

    steps = EPOCHS * len(learn.upper) // BATCH  # 360
    schedule = Schedule(steps, rate=RATE, weight_decay=0.0)
    descend(net, loss, tensors(learn), schedule, batch=BATCH, seed=0)
    return net


def scores(world: OverlaidDigits, way: RepMTL | str) -> Floats:
    """Accuracies of the two digits, and the share of the sum's variance told, at least 0; [3]."""
    pixels, upper, lower, total = tensors(world.judge)
    net = trained(world.learn, way)
    with torch.no_grad():
        _, told = net(pixels)
    right = [
        float((told[t].argmax(dim=1) == y).double().mean()) for t, y in ((0, upper), (1, lower))
    ]
    missed = float((told[2][:, 0] - total).square().mean() / total.var())
    return np.array([*right, max(0.0, 1 - missed)])


def mean_score(world: OverlaidDigits, *, way: RepMTL | str) -> float:
    """The mean over tasks."""
    return float(scores(world, way).mean())


def looked_at(world: OverlaidDigits, way: RepMTL | str) -> Saliency:
    """Saliencies on the first two hundred canvases to judge."""
    pixels, *truth = (tensor[:200] for tensor in tensors(world.judge))
    features, told = trained(world.learn, way)(pixels)
    return OURS.saliency(losses_of(told, *truth), features)


def places_are_owned(world: OverlaidDigits) -> float:
    """How far the entropy of shares is, by that term alone, below 0.8 of that without it, nats."""
    plain, owned = (float(looked_at(world, way).entropy) for way in ("equal", OWNED))
    return 0.8 * plain - owned


def channels_are_alike(world: OverlaidDigits) -> float:
    """How far the contrast is below that without the penalty, nats."""
    return float(looked_at(world, "equal").alignment - looked_at(world, OURS).alignment)


def costs_little(world: OverlaidDigits) -> float:
    """The lower of both accuracies' gains over equal weights, plus 0.01."""
    return float((scores(world, OURS) - scores(world, "equal"))[:2].min()) + 0.01


def strong_owns(world: OverlaidDigits) -> float:
    """How far below 0.15 nats the entropy is with a penalty of 0.5."""
    return 0.15 - float(looked_at(world, STRONG).entropy)


CLAIM = Claim(
    world=overlaid_digits,
    tiny=partial(overlaid_digits, learn=100, judge=200),
    ours=partial(mean_score, way=OURS),
    baselines={
        "equal weights": partial(mean_score, way="equal"),
        "the sum of the logs of the losses": partial(mean_score, way="logs"),
    },
    metric="mean of two accuracies and a share of variance told",
    margin=0.005,
    checks={
        "entropy of shares a fifth lower by its term alone": places_are_owned,
        "contrast of channels lower": channels_are_alike,
        "either accuracy within 0.01 of equal weights": costs_little,
        "entropy below 0.15 with a penalty of 0.5": strong_owns,
    },
    seeds=5,
    first_seed=6000,
    paper="wang2025rep",
    paper_figure="NYUv2: 1.70% above single tasks, equal weights 1.78% below, DB-MTL 1.15% above",
    size="1,200 canvases of two digits to learn from, 2,000 to judge; two convolutions, 15 epochs",
    scale_reason="gains of the paper's kind are within the noise of this size; what the penalty "
    "does to the features is not",
    tried="seeds 5000 to 5004: level with equal weights and 0.009 below the sum of logs. Shares "
    "had a tenth less entropy with both terms, where the card speaks of its term alone (a third, a "
    "quarter and a seventh less on three of these seeds). The null was not flat, as a share of "
    "variance below 0 punishes whoever dares more. Since then that share is at least 0, the check "
    "is of the one term, and the seeds are fresh.",
)
