"""Which arms to pull, which answers to compare: queries over what a posterior takes them for."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from dubito.acquire.pool import Pool, choosable, given, highest
from dubito.evidence import Integers

Rng = np.random.Generator


@dataclass(frozen=True)
class DoubleThompson:
    """Arms that are best in draws of the posterior, all different [dwaracherla2024].

    Reads `values` of E members: a draw is one of them. The first arm is the best of a draw. For
    each further one, up to `resamples` fresh draws are asked until one of them has a best arm not
    chosen yet; where all agree, any other arm. Two arms are a pair to compare: each could be the
    best. Only differences of one member's values count. Differs: any k, two in the paper.
    """

    resamples: int = 30

    def __post_init__(self) -> None:
        """Refuse to draw nothing."""
        if self.resamples < 1:
            raise ValueError(f"resamples must be at least 1, got {self.resamples}")

    def __call__(self, pool: Pool, k: int, rng: Rng) -> Integers:
        """The k arms in the order drawn."""
        free = choosable(pool, k)
        best = given(pool.values, "values")[:, free].argmax(axis=1)  # [E] of each member
        chosen = [int(rng.choice(best))]
        while len(chosen) < k:
            drawn = rng.choice(best, size=self.resamples)
            new = drawn[~np.isin(drawn, chosen)]
            others = np.setdiff1d(np.arange(len(free)), chosen)
            chosen.append(int(new[0]) if len(new) else int(rng.choice(others)))
        return free[chosen]


@dataclass(frozen=True)
class Boltzmann:
    """k different arms, drawn by exp(mean value / temperature): the rule without a posterior."""

    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a temperature at which nothing is drawn."""
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, got {self.temperature}")

    def __call__(self, pool: Pool, k: int, rng: Rng) -> Integers:
        """Draw without return, in the order drawn."""
        free = choosable(pool, k)
        logs = given(pool.values, "values")[:, free].mean(axis=0) / self.temperature
        return highest(free, logs + rng.gumbel(size=len(free)), k)


def most_disputed_pair(pool: Pool, k: int, _rng: Rng) -> Integers:
    """Infomax: the two arms of which members dispute most which is better; of equal ones the first.

    By the variance of sigmoid(difference of the two values) over the members.

    Raises:
        ValueError: k is not 2.
    """
    if k != 2:
        raise ValueError(f"a pair has two arms, got k = {k}")
    free = choosable(pool, k)
    values = given(pool.values, "values")[:, free]  # [E, F]
    dispute = expit(values[:, :, None] - values[:, None]).var(axis=0)  # [F, F]
    return free[[*np.unravel_index(np.triu(dispute, 1).argmax(), dispute.shape)]]
