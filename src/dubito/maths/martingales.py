"""A test martingale over p-values: the Simple Jumper [vovk2021]."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def jump_and_bet(
    log_capital: ArrayLike, p: ArrayLike, *, bets: ArrayLike, jump: float
) -> NDArray[np.floating[Any]]:
    """Log capital of E gamblers after one p-value: [..., E], [...] -> [..., E].

    First a share `jump` of all capital is spread evenly, then gambler e wins the factor
    1 + e (p - 1/2), a density of p on [0, 1]. So the sum of the capital is a martingale where p is
    uniform given the past. Begin with -log E each.
    """
    capital, slopes = np.asarray(log_capital), np.asarray(bets, dtype=np.float64)  # [..., E], [E]
    total = np.logaddexp.reduce(capital, axis=-1, keepdims=True)  # [..., 1]
    spread = np.logaddexp(np.log1p(-jump) + capital, np.log(jump / len(slopes)) + total)
    return spread + np.log1p(slopes * (np.asarray(p)[..., None] - 0.5))
