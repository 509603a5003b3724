"""TFB [shi2024]: a finished low-rank adapter made Bayesian without training."""

from collections.abc import Callable, Sequence
from typing import Literal, Self

import numpy as np
from torch import Tensor, nn

from dubito.maths.arrays import Floats
from dubito.maths.ensembles import mixture
from dubito.nn.low_rank_laws import ColumnSpaceNoise, Law, point
from dubito.posterior.passes import Logits, member_logp
from dubito.posterior.predictive import Predictive, predictive_classes

LOWEST = 0.001  # sigma
FLOOR = 1e-3  # nats; a relative change from less says nothing


class TFB:
    """Fitted: `sigma_`, the largest noise in the adapter's column space that anchors bear.

    `budget` is how far the anchors' log-loss may move: as a share of what it is without noise
    (of 0.001 nats at least), or in nats where `change` is "absolute", which suits an adapter that
    fits its anchors perfectly. Between 0.001 and `highest`, halved so many times, with the same
    draws for every sigma; all layers share it. Where nothing is borne it is 0.001.

    The adapter stays as it is, and saves as before: `ColumnSpaceNoise(sigma_)` is all there is to
    keep. A layer that was never trained (B = 0) stays a point.
    Differs: the largest sigma that keeps the budget, not the smallest tried that breaks it.
    """

    def __init__(
        self,
        *,
        budget: float = 0.003,
        change: Literal["relative", "absolute"] = "relative",
        samples: int = 10,
        highest: float = 0.015,
        rounds: int = 5,
        seed: int = 0,
    ) -> None:
        if not budget >= 0 or samples < 1 or rounds < 1 or not highest > LOWEST:
            raise ValueError(
                "budget must be at least 0, samples and rounds at least 1, highest above "
                f"{LOWEST}; got {budget}, {samples}, {rounds} and {highest}"
            )
        self.budget = budget
        self.change: Literal["relative", "absolute"] = change
        self.samples = samples
        self.highest = highest
        self.rounds = rounds
        self.seed = seed

    def fit(
        self,
        model: nn.Module,
        logits: Logits,
        anchors: Sequence[Tensor],
        labels: Sequence[Tensor] | None = None,
    ) -> Self:
        """Search on batches of anchors [B, ...]; without labels [B, ...] the model's own argmax."""
        if not len(anchors):
            raise ValueError("no anchors: give at least one batch of inputs")

        def read(law: Law, members: int) -> list[Floats]:
            """Log-probabilities of the mean, each [B, ..., V]."""
            return [
                mixture(member_logp(model, logits, x, law, members=members, seed=self.seed))
                for x in anchors
            ]

        plain = read(point, 1)
        wanted = own_answers(plain) if labels is None else [y.cpu().numpy() for y in labels]
        start = log_loss(plain, wanted)

        def borne(sigma: float) -> bool:
            """Does the loss stay within the budget?"""
            moved = abs(log_loss(read(ColumnSpaceNoise(sigma), self.samples), wanted) - start)
            return moved <= self.budget * (max(start, FLOOR) if self.change == "relative" else 1)

        self.sigma_ = largest(borne, LOWEST, self.highest, rounds=self.rounds)
        return self

    def predict(self, model: nn.Module, logits: Logits, x: Tensor) -> Predictive:
        """Of inputs [B, ...], by fresh draws: mean log-probabilities, doubts in nats."""
        law = ColumnSpaceNoise(self.sigma_)
        drawn = member_logp(model, logits, x, law, members=self.samples, seed=self.seed + 1)
        return predictive_classes(drawn)


def largest(borne: Callable[[float], bool], low: float, high: float, *, rounds: int) -> float:
    """The largest value known to be borne, by bisection; `low` where none is, `high` if it is."""
    if borne(high):
        return high
    for _ in range(rounds):
        middle = (low + high) / 2
        low, high = (middle, high) if borne(middle) else (low, middle)
    return low


def own_answers(logp: Sequence[Floats]) -> list[np.ndarray]:
    """The likeliest class of each."""
    return [batch.argmax(axis=-1) for batch in logp]


def log_loss(logp: Sequence[Floats], labels: Sequence[np.ndarray]) -> float:
    """Mean -log p of the labels over all batches, nats."""
    found = [
        np.take_along_axis(batch, label[..., None], axis=-1).ravel()
        for batch, label in zip(logp, labels, strict=True)
    ]
    return -float(np.concatenate(found).mean())
