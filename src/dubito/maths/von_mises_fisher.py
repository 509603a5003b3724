"""The von Mises-Fisher law on the unit sphere of R^d [banerjee2005]: its concentration and entropy.

Bessel functions are taken exponentially scaled and in logs: high d and high concentration
would overflow them.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ive

TINY = 1e-280  # below it a scaled Bessel function has no digits left
FLAT = 1e-6  # a lower concentration cannot be told from none
NEWTON_STEPS = 8


class Spread(NamedTuple):
    """How a set of directions spreads."""

    entropy: float  # differential, nats; may be negative; at most that of the whole sphere
    concentration: float  # kappa in [0, cap]; 0 uniform
    capped: bool  # the directions are as good as equal: the entropy is that of the cap


def log_bessel(order: float, x: float) -> float:
    """log I_order(x) - x for x > 0, also where I itself leaves the range of floats."""
    scaled = float(ive(order, x))
    if scaled > TINY:
        return math.log(scaled)
    return debye(order, x) - x


def debye(order: float, x: float) -> float:
    """log I_order(x) by its uniform expansion for high orders, three corrections."""
    root = math.hypot(order, x)
    t = order / root
    u1 = (3 * t - 5 * t**3) / 24
    u2 = (81 * t**2 - 462 * t**4 + 385 * t**6) / 1152
    u3 = (30375 * t**3 - 369603 * t**5 + 765765 * t**7 - 425425 * t**9) / 414720
    series = 1 + u1 / order + u2 / order**2 + u3 / order**3
    return (
        root - order * math.asinh(order / x) - math.log(2 * math.pi * root) / 2 + math.log(series)
    )


def mean_length(concentration: float, dimensions: int) -> float:
    """A_d(kappa), the expected length in [0, 1) of the mean direction, rising in kappa."""
    if concentration < FLAT:
        return concentration / dimensions
    half = dimensions / 2
    return math.exp(log_bessel(half, concentration) - log_bessel(half - 1, concentration))


def sphere_entropy(concentration: float, dimensions: int) -> float:
    """Differential entropy in nats, falling in kappa >= 0 from the log of the sphere's area."""
    half = dimensions / 2
    if concentration < FLAT:
        return math.log(2) + half * math.log(math.pi) - float(gammaln(half))
    log_c = (half - 1) * math.log(concentration) - half * math.log(2 * math.pi)
    log_c -= log_bessel(half - 1, concentration)  # log C_d + kappa
    return -log_c + concentration * (1 - mean_length(concentration, dimensions))


def fit_concentration(length: float, dimensions: int, *, cap: float = 1e4) -> float:
    """The kappa in [0, cap] whose mean direction has this length in [0, 1], by Newton's method."""
    if length >= mean_length(cap, dimensions):
        return cap
    kappa = length * (dimensions - length**2) / (1 - length**2)
    for _ in range(NEWTON_STEPS if kappa > FLAT else 0):
        got = mean_length(kappa, dimensions)
        slope = 1 - got**2 - (dimensions - 1) / kappa * got
        if slope <= 0:  # rounding, near the cap
            break
        kappa = min(max(kappa - (got - length) / slope, kappa / 2), cap)
    return kappa


def fit_spread(rows: ArrayLike, *, repair: bool = True, cap: float = 1e4) -> Spread:
    """The law fitted to m directions [m, d], d >= 2; they are scaled to length 1.

    A few vectors of a high dimension have a long mean by chance: `repair` takes the expected
    excess 1 / m off its square. Equal rows, or a single one, have the concentration `cap`.

    Raises:
        ValueError: no rows, fewer than 2 dimensions, a row without direction.
    """
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2 or not len(x) or x.shape[1] < 2:
        raise ValueError(f"directions come as [m, d] with m >= 1 and d >= 2, got {x.shape}")
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    if not (np.isfinite(norms) & (norms > 0)).all():
        raise ValueError(f"a direction has a length above 0, got lengths {np.ravel(norms)}")
    m, d = x.shape
    square = float(((x / norms).mean(axis=0) ** 2).sum())
    if repair and m > 1:
        square = max((m * square - 1) / (m - 1), 0.0)
    kappa = fit_concentration(min(math.sqrt(square), 1.0), d, cap=cap)
    return Spread(sphere_entropy(kappa, d), kappa, kappa >= cap)
