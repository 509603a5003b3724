"""The chance that one of k drawn answers is right [chen2021]."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pass_at_k(right: ArrayLike, *, n: int, k: int) -> NDArray[np.floating[Any]]:
    """Unbiased coverage in [0, 1], from how many of n drawn answers are right: [...] -> [...].

    1 - C(n - right, k) / C(n, k): the chance that k of the n, taken without return, hold a right
    one. Its mean over draws of n is 1 - (1 - p)^k where each is right with probability p.

    Raises:
        ValueError: k outside 1..n, or a count that is none of 0..n.
    """
    count = np.asarray(right, dtype=np.float64)
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and n = {n}, got {k}")
    if not ((count >= 0) & (count <= n) & (count % 1 == 0)).all():
        raise ValueError(f"counts must be whole and lie between 0 and n = {n}, got {count}")
    taken = np.arange(k)
    wrong_left = n - count[..., None] - taken  # [..., k], holds 0 where fewer than k are wrong
    return 1 - (wrong_left / (n - taken)).prod(axis=-1)
