"""Doubts with labels, to fit on and to judge by, whose chance of being right is planted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import expit, log_expit

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats

Curve = Callable[[Floats], Floats]  # [N] of a knowledge z ~ N(0, 2) -> chance of being right [N]


@dataclass(frozen=True, eq=False)
class Labelled:
    """N answers, of which the first `fitted` are for fitting: their doubts, which are right."""

    doubt: Floats  # [N, M]; NaN: could not be measured
    right: Flags  # [N]
    chance: Floats  # [N] of being right
    fitted: int

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same doubts; each answer gets another's label."""
        order = rng.permutation(len(self.right))
        changes: dict[str, Any] = {"right": self.right[order], "chance": self.chance[order]}
        return replace(self, **changes)


def sigmoid(z: Floats) -> Floats:
    """A plain sigmoid; most answers are wrong, which the doubt's range does not tell."""
    return expit(-2 + 0.8 * z)


def stairs(z: Floats) -> Floats:
    """Three levels with sharp edges, which no sigmoid follows."""
    return np.select([z < -2, z < 1.5], [0.05, 0.6], 0.95)


def two_tailed(z: Floats) -> Floats:
    """A beta curve (a = 3, b = 0.2): ever surer of what is wrong, hardly of what is right."""
    return expit(3 * log_expit(z) - 0.2 * log_expit(-z) + 1.5)


def labelled(seed: int, *, curve: Curve, fitted: int = 1000, judged: int = 500) -> Labelled:
    """Knowledge z ~ N(0, 2); the doubt is 5 - 2z, in a unit and from a zero of its own."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, fitted + judged)
    chance = curve(z)
    right = rng.uniform(size=len(z)) < chance
    return Labelled((5 - 2 * z)[:, None], right, chance, fitted)


def two_causes(seed: int, *, fitted: int = 500, judged: int = 500) -> Labelled:
    """Three doubts of an answer that is wrong for want of knowledge or by a misreading.

    Each cause is N(0, 1), and the answer is right with probability expit(1 - 1.5 a - 1.5 b).
    The first doubt, exp(a + N(0, 0.3)), and the second, expit(b + N(0, 0.3)), which could not be
    measured in a fifth of the answers, see one cause each; the third, N(0, 100), sees none.
    """
    rng = np.random.default_rng(seed)
    n = fitted + judged
    a, b = rng.normal(size=(2, n))
    chance = expit(1 - 1.5 * a - 1.5 * b)
    seen = np.exp(a + rng.normal(0, 0.3, n)), expit(b + rng.normal(0, 0.3, n))
    doubt = np.column_stack([*seen, rng.normal(0, 100, n)])
    doubt[rng.uniform(size=n) < 0.2, 1] = np.nan
    return Labelled(doubt, rng.uniform(size=n) < chance, chance, fitted)
