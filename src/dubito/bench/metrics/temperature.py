"""Does a doubt rise when the sampling temperature does? TSU [song2025], which needs no labels."""

import math

import numpy as np
from numpy.typing import ArrayLike


def temperature_sensitivity(doubts: ArrayLike) -> float:
    """Share of N questions whose doubt rises strictly from each temperature to the next, in [0, 1].

    `doubts` is [N, m], the same questions at m >= 2 rising temperatures; higher is better. Ties
    count as no rise, so a constant doubt has 0. NaN for no questions.

    Raises:
        ValueError: fewer than two temperatures, or a NaN, which neither rises nor falls.
    """
    d = np.asarray(doubts, dtype=np.float64)
    if d.ndim != 2 or d.shape[1] < 2:
        raise ValueError(f"doubts must be [N, m] with m of at least 2, got shape {d.shape}")
    if np.isnan(d).any():
        rows = int(np.isnan(d).any(axis=1).sum())
        raise ValueError(f"{rows} of {len(d)} questions have a NaN; drop and count them")
    return float((d[:, 1:] > d[:, :-1]).all(axis=1).mean()) if len(d) else math.nan
