"""Where in a text its outcome was decided [bigelow2024]: outcomes along the tokens, and forks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats, Integers

# Two outcome distributions, [..., C] and [..., C], -> how far apart they are.
Distance = Callable[[Floats, Floats], Floats]


def l1(a: Floats, b: Floats) -> Floats:
    """Sum of absolute differences, in [0, 2] between distributions."""
    return np.abs(a - b).sum(axis=-1)


def l2(a: Floats, b: Floats) -> Floats:
    """Euclidean distance, in [0, sqrt 2] between distributions."""
    return np.sqrt(np.square(a - b).sum(axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """One position of a text: W tokens that could stand there, and where each would have led.

    Differs: token probabilities are scaled to a sum of 1 over the W tokens for outcomes and
    hazards alike, as in the released code.
    """

    probability: Floats  # [W] of each token
    outcomes: Floats  # [W, C] distribution of the outcome after it
    base: int = 0  # index of the token that was written

    def __post_init__(self) -> None:
        """Refuse what is no distribution; scale the probabilities."""
        p, o = np.asarray(self.probability, dtype=float), np.asarray(self.outcomes, dtype=float)
        if p.ndim != 1 or not (p >= 0).all() or not 0 < p.sum() < np.inf:
            raise ValueError(f"probabilities [W] of tokens must be at least 0, got {p}")
        if o.ndim != 2 or len(o) != len(p) or not np.allclose(o.sum(axis=1), 1):
            raise ValueError(f"each of {len(p)} tokens needs a distribution of outcomes, got {o}")
        if not 0 <= self.base < len(p):
            raise ValueError(f"base {self.base} is none of {len(p)} tokens")
        object.__setattr__(self, "probability", p / p.sum())
        object.__setattr__(self, "outcomes", o)

    @property
    def mixture(self) -> Floats:
        """The outcome before this token is chosen, [C]."""
        return self.probability @ self.outcomes

    def distances(self, distance: Distance = l1) -> Floats:
        """How far each token would have led from where the written one did, [W]; its own is 0."""
        return distance(self.outcomes, self.outcomes[self.base])


def outcomes_along(forks: Sequence[Fork]) -> Floats:
    """The outcome distribution before each token, [T, C]."""
    return np.stack([fork.mixture for fork in forks])


def forking_scores(forks: Sequence[Fork], distance: Distance = l1) -> Floats:
    """Expected distance between the outcomes of the written and of a drawn token, [T].

    In [0, 2] for the L1 distance; 0 where no other token leads elsewhere.
    """
    return np.array([fork.probability @ fork.distances(distance) for fork in forks])


def hazards(forks: Sequence[Fork], *, least: float, distance: Distance = l1) -> Floats:
    """Probability in [0, 1] that a drawn token leads at least so far elsewhere, [T].

    The written token never counts, not even for a least distance of 0.
    """
    found = []
    for fork in forks:
        far = fork.distances(distance) >= least
        far[fork.base] = False
        found.append(fork.probability @ far)
    return np.array(found)


def survival(hazard: ArrayLike) -> Floats:
    """Probability that no token up to here would have forked, [T], falling from at most 1."""
    return np.cumprod(1 - np.asarray(hazard, dtype=np.float64))


def drift(outcomes: Floats, distance: Distance = l2) -> Floats:
    """How far the outcome is from what it was at the start, [T, C] -> [T]; the first is 0."""
    return distance(outcomes, outcomes[0])


def merge_rare(outcomes: Floats, *, floor: float = 0.1, most: int = 6) -> tuple[Floats, Integers]:
    """Outcomes that are ever above the floor, at most so many, and the rest as a last column.

    [T, C] -> [T, M + 1] and the kept columns [M], the largest peak first.
    """
    peak = outcomes.max(axis=0)  # [C]
    order = np.argsort(-peak, kind="stable")
    kept = np.array([c for c in order[:most] if peak[c] > floor], dtype=np.int64)
    shown = outcomes[:, kept]
    rest = np.delete(outcomes, kept, axis=1).sum(axis=1, keepdims=True)
    return np.concatenate([shown, rest], axis=1), kept


def shares(outcome: ArrayLike, count: int) -> Floats:
    """Plain shares of C outcomes among n continuations, indices [n] -> [C].

    Differs: the paper describes weights by likelihood, the released code overwrites them with
    these; `Fork` takes either.
    """
    found = np.bincount(np.asarray(outcome, dtype=np.int64), minlength=count)
    if not len(found) == count or not found.sum():
        raise ValueError(f"outcomes of continuations must be 0 to {count - 1}, got {outcome}")
    return found / found.sum()
