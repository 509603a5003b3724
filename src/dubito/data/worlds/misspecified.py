"""A noise-free curve that a cubic cannot follow, so that its excess error is known everywhere."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class Misspecified:
    """N points to fit on and G to judge at; the same again with twice as many to fit on."""

    x: Floats  # [N, 1]
    y: Floats  # [N]
    more_x: Floats  # [2N, 1]
    more_y: Floats  # [2N]
    at: Floats  # [G, 1] rising
    order: Integers  # [G] whose excess error each point is told to have

    def excess(self, predicted: Floats) -> Floats:
        """Squared error above that of the best predictor, which is 0, of predictions [G]."""
        return np.square(predicted - curve(self.at[:, 0]))[self.order]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same curve and points; each place gets the excess error of another."""
        changes: dict[str, Any] = {"order": rng.permutation(self.order)}
        return replace(self, **changes)


def curve(x: Floats) -> Floats:
    """sin(6x) with a step of 1.2 at 0.2."""
    return np.sin(6 * x) + 0.6 * np.sign(x - 0.2)


def misspecified(seed: int, *, points: int = 40, judged: int = 400) -> Misspecified:
    """Half of the points in [-1, -0.2], half in [-0.2, 1]; judged on an even grid of [-1, 1]."""
    rng = np.random.default_rng(seed)

    def drawn(n: int) -> Floats:
        left, right = rng.uniform(-1, -0.2, n // 2), rng.uniform(-0.2, 1, n - n // 2)
        return np.concatenate([left, right])[:, None]

    x, more = drawn(points), drawn(2 * points)
    at = np.linspace(-1, 1, judged)[:, None]
    return Misspecified(x, curve(x[:, 0]), more, curve(more[:, 0]), at, np.arange(judged))
