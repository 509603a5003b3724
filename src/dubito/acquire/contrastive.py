"""Contrastive acquisition [margatina2021]: alike to look at, and yet said to be different.

Differs: neighbours are sought among all rows, labelled or not, and the row itself is one of them;
the sum over C classes is divided by C; both as in the library of [schroder2022].
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from dubito.acquire.plain import mean_probability
from dubito.acquire.pool import Pool, choosable, given, highest
from dubito.evidence import Floats, Integers
from dubito.maths.directions import nearest_by_cosine


@dataclass(frozen=True)
class Contrastive:
    """Rows of highest divergence of what is said of their neighbours from what is said of them.

    Reads `features`, whose lengths do not count, and `probabilities`. Neighbours are the
    `neighbours` of highest cosine, the row itself the first; where there are fewer rows, all.
    """

    neighbours: int = 10

    def __post_init__(self) -> None:
        """Refuse a row that has no neighbour but itself."""
        if self.neighbours < 2:
            raise ValueError(f"neighbours must be at least 2, got {self.neighbours}")

    def __call__(self, pool: Pool, k: int, _rng: np.random.Generator) -> Integers:
        """The k rows, highest first; of equal ones the first. Nothing is drawn."""
        free = choosable(pool, k)
        return highest(free, self.score(pool, free), k)

    def score(self, pool: Pool, rows: Integers) -> Floats:
        """Mean KL(neighbour || row) over its neighbours and itself, over C: [F] -> [F], nats >= 0.

        Infinite where a neighbour may be what the row is said not to be.
        """
        features = given(pool.features, "features")
        said = mean_probability(pool, np.arange(len(features)))  # [N, C]
        count = min(self.neighbours, len(features))
        near = nearest_by_cosine(features, count - 1, rows)  # [F, k - 1]
        apart = rel_entr(said[near], said[rows][:, None]).sum(axis=(1, 2))  # [F]
        return apart / (count * said.shape[1])
