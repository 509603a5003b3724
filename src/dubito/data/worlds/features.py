"""Hidden states in which three features decide, and prompts that turn each of them up and down."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from dubito.data.worlds.states import around, shown
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Floats, Layers

DEPTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
ACTIVE = DEPTHS.index(0.6)  # the features show here, other layers say nothing
WIDTH = 64
NUISANCE = 10  # directions
TOKENS = 2

Pairs = tuple[tuple[Evidence, ...], tuple[Evidence, ...]]  # positive and negative readings


@dataclass(frozen=True, eq=False)
class Features(Answered):
    """Answers to judge, others with labels, and each feature's pairs of readings."""

    labelled: Answered
    moved: Answered  # as the answers to judge, with the nuisance moved by 3
    directions: Floats  # [3, d] orthonormal
    varying: tuple[Pairs, ...]  # a prompt adds U(0.2, 2) of its feature
    constant: tuple[Pairs, ...]  # a prompt adds 1 of its feature, always
    elsewhere: tuple[Pairs, ...]  # a prompt adds U(0.2, 2) of a random direction

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Each of the three sets of answers gets its labels in another order."""
        return replace(
            self,
            wrong=rng.permutation(self.wrong),
            labelled=self.labelled.shuffled(rng),
            moved=self.moved.shuffled(rng),
        )


def features(seed: int, *, judged: int = 1000, labelled: int = 128, pairs: int = 128) -> Features:
    """States sum_f alpha_f u_f + nuisance + noise with P(right) = sigmoid(2 sum_f alpha_f).

    alpha ~ N(0, 1), the nuisance N(0, 2^2) along 10 directions, noise N(0, 0.7^2). A pair differs
    by r u_f and noise of spread 0.1. All of it at depth 0.6; elsewhere states are N(0, 1).
    """
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(WIDTH, 3 + NUISANCE)))[0].T  # [13, d] orthonormal
    random = rng.normal(size=(3, WIDTH))
    random /= np.linalg.norm(random, axis=1, keepdims=True)

    def answers(n: int, shift: float = 0.0) -> Answered:
        alpha = rng.normal(size=(n, 3))
        wrong = rng.random(n) < 1 / (1 + np.exp(2 * alpha.sum(axis=1)))
        h = states(alpha, shift)
        return Answered(tuple(at_work(x, w, rng) for x, w in zip(h, wrong, strict=True)), wrong)

    def states(alpha: Floats, shift: float = 0.0) -> Floats:
        nuisance = 2 * rng.normal(size=(len(alpha), NUISANCE)) + shift
        noise = 0.7 * rng.normal(size=(len(alpha), WIDTH))
        return np.column_stack([alpha, nuisance]) @ basis + noise

    def contrast(direction: Floats, low: float, high: float) -> Pairs:
        negative = states(rng.normal(size=(pairs, 3)))
        added = rng.uniform(low, high, size=(pairs, 1)) * direction
        positive = negative + added + 0.1 * rng.normal(size=negative.shape)
        one, other = (
            tuple(at_work(h, False, rng) for h in group) for group in (positive, negative)
        )
        return one, other

    test = answers(judged)
    return Features(
        test.evidence,
        test.wrong,
        labelled=answers(labelled),
        moved=answers(judged, 3.0),
        directions=basis[:3],
        varying=tuple(contrast(u, 0.2, 2.0) for u in basis[:3]),
        constant=tuple(contrast(u, 1.0, 1.0) for u in basis[:3]),
        elsewhere=tuple(contrast(u, 0.2, 2.0) for u in random),
    )


def at_work(state: Floats, wrong: bool, rng: np.random.Generator) -> Evidence:
    """An answer with this state at the active depth and noise at all others."""
    layers = rng.normal(size=(len(DEPTHS), WIDTH))
    layers[ACTIVE] = state
    rows = around(layers, rng, tokens=TOKENS)
    return shown(Layers(DEPTHS, rows), doubtful=wrong, rng=rng)
