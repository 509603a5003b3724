"""Where a threshold of doubt first lets something wrong through."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats


def breaks(doubt: ArrayLike, flag: ArrayLike, *, wrong: Literal[0, 1]) -> Floats:
    """The doubt of each that is flagged `wrong`, infinite for all others: [N], [N] -> [N].

    A threshold above it lets the wrong one through. Without a doubt (NaN) nothing is let through.

    Raises:
        ValueError: other shapes, or a flag other than 0 and 1.
    """
    values, flags = np.asarray(doubt, dtype=np.float64), np.asarray(flag)
    if values.ndim != 1 or flags.shape != values.shape:
        raise ValueError(f"one flag for each doubt needed, got {flags.shape} for {values.shape}")
    if flags.size and not np.isin(flags, (0, 1)).all():
        raise ValueError(f"a flag is 0 or 1, got {flags[~np.isin(flags, (0, 1))][0]}")
    return np.where((flags == wrong) & ~np.isnan(values), values, np.inf)
