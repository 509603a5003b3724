"""BAL-PM [melo2024]: labels for what members dispute, at prompts unlike those already labelled.

Differs: one `dimension` for digamma's share, 1 as in the released script; the variants with
standardised terms of entropy or with the other sign are left out.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from dubito.acquire.plain import dispute
from dubito.acquire.pool import Pool, choosable, given
from dubito.evidence import Floats, Integers
from dubito.maths.neighbours import Balls, neighbour_distance

FLOOR = 1e-4  # on a width of copies, which is 0


@dataclass(frozen=True)
class BALPM:
    """Rows of highest dispute + `weight` times what they add to the labels' entropy, greedily.

    Reads `features` (of the prompt alone: two answers to it are no two places) and, unless
    `doubt` is off, `probabilities`; of a pair of answers these are those of its two outcomes.
    An example stands for the space around it up to its `neighbours`-th nearest among those
    without a label, itself counted; the more labels lie in there, the less it adds. Dispute is at
    most log 2 of a pair, a term is some nats: `weight` carries the units, try powers of ten.
    """

    weight: float = 0.01
    neighbours: int = 13
    dimension: float = 1.0
    doubt: bool = True

    def __post_init__(self) -> None:
        """Refuse options without a meaning."""
        if not (self.weight >= 0 and self.neighbours >= 2 and self.dimension > 0):
            raise ValueError(
                "weight must be at least 0, neighbours at least 2 and dimension above 0, "
                f"got {self.weight}, {self.neighbours} and {self.dimension}"
            )

    def __call__(self, pool: Pool, k: int, _rng: np.random.Generator) -> Integers:
        """The k rows, first chosen first; of equal ones the first. Nothing is drawn."""
        free = choosable(pool, k)
        places = given(pool.features, "features")
        doubts = dispute(pool, free) if self.doubt else np.zeros(len(free))
        balls = Balls(places[free], self.width(places[free]))
        inside = balls.count(places[pool.labelled])  # [F] of all rounds before
        score = doubts + self.weight * self.terms(balls.radius, inside)
        chosen: list[int] = []
        for _ in range(k):
            best = int(score.argmax())
            chosen.append(best)
            held = balls.hold(balls.points[[best]])[:, 0]
            # digamma(n + 2) is digamma(n + 1) + 1 / (n + 1).
            score[held] -= self.weight / (self.dimension * (inside[held] + 1))
            inside[held] += 1
            score[best] = -np.inf
        return free[chosen]

    def width(self, places: Floats) -> Floats:
        """Distance of each of F rows to its `neighbours`-th, itself the first; [F, d] -> [F].

        Where there are fewer rows, to the last of them.
        """
        others = min(self.neighbours, len(places)) - 1
        return neighbour_distance(places, others) if others else np.zeros(1)

    def terms(self, width: Floats, inside: Integers) -> Floats:
        """What each row adds to the entropy of what is labelled, nats: [F], [F] -> [F]."""
        return np.log(2 * width + FLOOR) - digamma(inside + 1) / self.dimension
