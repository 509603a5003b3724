"""Exp3 [auer2002]: which arm to pull when rewards may follow no law at all."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats


def exp3_chances(log_weights: Floats, *, exploration: float) -> Floats:
    """How likely each of n arms is pulled, [n] -> [n] of sum 1, each at least exploration / n.

    (1 - exploration) times the share of its weight, and the rest for all arms alike. At an
    exploration of 1 all are alike whatever the weights.

    Raises:
        ValueError: exploration outside of (0, 1].
    """
    if not 0 < exploration <= 1:
        raise ValueError(f"exploration must be above 0 and at most 1, got {exploration}")
    weights = np.exp(log_weights - np.max(log_weights))
    return (1 - exploration) * weights / weights.sum() + exploration / len(weights)


def exp3_learnt(log_weights: Floats, rewards: ArrayLike, *, exploration: float) -> Floats:
    """The log weights after rewards in [0, 1], NaN for an arm that was not pulled; [n], [n] -> [n].

    Each adds exploration * reward / (n * chance). The largest of them is then set to 0, which
    changes no chance.

    Differs: several arms may be told at once, all at the chances of before, so their order does
    not count.

    Raises:
        ValueError: a reward outside of [0, 1], or not one for each arm.
    """
    told = np.asarray(rewards, dtype=np.float64)
    if told.shape != log_weights.shape or ((told < 0) | (told > 1)).any():
        raise ValueError(
            f"{len(log_weights)} rewards in [0, 1] needed, NaN where an arm was not pulled, "
            f"got {told.tolist()}"
        )
    chances = exp3_chances(log_weights, exploration=exploration)
    gained = exploration * np.nan_to_num(told) / (len(told) * chances)  # [n]
    return log_weights + gained - np.max(log_weights + gained)
