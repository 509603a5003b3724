"""Two cuts on one doubt: answer alone, look up once, or look up in several hops [zubkova2025]."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.deferral import cases, shares_above, threshold_at_rate

Mode = Literal["none", "single", "multi"]


@dataclass(frozen=True, slots=True)
class Cuts:
    """A doubt up to `low` looks nothing up, up to `high` once, above it in several hops.

    Both inf: never retrieve. -inf and inf: always once. Both -inf: always in hops.

    Raises:
        ValueError: NaN, or low above high.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse cuts in the wrong order."""
        if not self.low <= self.high:
            raise ValueError(f"low may not exceed high, got {self.low} and {self.high}")

    def mode(self, doubt: float) -> Mode:
        """What to do; what could not be measured (NaN) is looked up once."""
        if doubt <= self.low:
            return "none"
        return "multi" if doubt > self.high else "single"


def cuts_at_shares(doubt: ArrayLike, *, alone: float, multi: float) -> Cuts:
    """Cuts without labels: about these shares of the doubts [N] are answered alone or by hops.

    Equal doubts go the same way, so the shares are met as nearly as they can be.

    Raises:
        ValueError: no doubt, a NaN, shares outside [0, 1] or of more than 1 together.
    """
    if not (alone >= 0 and multi >= 0 and alone + multi <= 1):
        raise ValueError(
            f"shares are at least 0 and together at most 1, got alone {alone} and multi {multi}"
        )
    return Cuts(threshold_at_rate(doubt, 1 - alone), threshold_at_rate(doubt, multi))


def cuts_by_labels(doubt: ArrayLike, right: ArrayLike, steps: ArrayLike, *, price: float) -> Cuts:
    """The cuts of the best share of right answers less `price` times the mean retrievals.

    `right` [N, 3] and `steps` [N, 3] or [3] tell of each question what the three modes would give
    and cost, alone, single, multi. Of equally good cuts those that retrieve least.

    Raises:
        ValueError: no question, another shape, a NaN, or a price below 0.
    """
    (d,) = cases(doubt)
    worth = np.asarray(right, dtype=np.float64)
    if worth.shape != (len(d), 3) or not price >= 0:
        raise ValueError(
            f"right [{len(d)}, 3] and a price of at least 0 needed, got {worth.shape} and {price}"
        )
    worth = worth - price * np.broadcast_to(np.asarray(steps, dtype=np.float64), worth.shape)
    if not np.isfinite(worth).all():
        raise ValueError("NaN or infinity among what the modes give and cost; leave these out")
    at, _ = shares_above(d)  # [U] cuts to choose from
    upto = (d[:, None] <= at).T.astype(np.float64) @ worth  # [U, 3] summed below each cut
    total = (upto[:, 0] - upto[:, 1])[:, None] + (upto[:, 1] - upto[:, 2])  # [U low, U high]
    total = np.where(np.tri(len(at), dtype=bool).T, total.round(9), -math.inf)
    low, high = np.argwhere(total == total.max())[-1]  # the greatest low, then the greatest high
    return Cuts(float(at[low]), float(at[high]))
