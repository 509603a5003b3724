"""Fitted maps from doubt to confidence: plain numbers, saved as JSON, applied without scikit-learn.

Confidence is the probability of being right, inside (0, 1); an unknown doubt (NaN) has none (NaN),
an infinite one counts as the most extreme doubt of the fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit

from dubito.evidence import Floats

FARTHEST = 30.0  # logit; expit of it still differs from 1 in float64


class Curve(Protocol):
    """Doubt [N] or doubts [N, M] in, confidence [N] out."""

    def __call__(self, doubt: Floats, /) -> Floats:
        """Probability [N] of being right, inside (0, 1)."""
        ...


@dataclass(frozen=True)
class Sigmoid:
    """expit(slope * doubt + intercept); a useful doubt has slope < 0."""

    slope: float
    intercept: float
    low: float
    high: float

    def logit(self, doubt: Floats) -> Floats:
        """Log odds [N] of being right, between -30 and 30."""
        line = self.slope * without_infinities(doubt, self.low, self.high) + self.intercept
        return np.clip(line, -FARTHEST, FARTHEST)

    def __call__(self, doubt: Floats) -> Floats:
        """Confidence [N] of doubt [N]."""
        return expit(self.logit(doubt))


@dataclass(frozen=True)
class Polyline:
    """Straight lines between knots (doubt, confidence), flat outside of them."""

    doubt: tuple[float, ...]  # [K] rising
    confidence: tuple[float, ...]  # [K] never rising

    def __call__(self, doubt: Floats) -> Floats:
        """Confidence [N] of doubt [N]."""
        return np.interp(doubt, self.doubt, self.confidence)


@dataclass(frozen=True)
class BetaCurve:
    """expit(a log s - b log(1 - s) + c) of a sigmoid's confidence s; a = b = 1, c = 0 leaves it."""

    slope: float
    intercept: float
    low: float
    high: float
    a: float
    b: float
    c: float

    def __call__(self, doubt: Floats) -> Floats:
        """Confidence [N] of doubt [N]."""
        z = Sigmoid(self.slope, self.intercept, self.low, self.high).logit(doubt)
        logit = self.a * log_expit(z) - self.b * log_expit(-z) + self.c
        return expit(np.clip(logit, -FARTHEST, FARTHEST))


@dataclass(frozen=True)
class Combination:
    """expit of a weighted sum of M standardised doubts and of flags for the missing ones."""

    centre: tuple[float, ...]  # [M]
    scale: tuple[float, ...]  # [M] > 0
    low: tuple[float, ...]  # [M]
    high: tuple[float, ...]  # [M]
    weight: tuple[float, ...]  # [M]
    missing_weight: tuple[float, ...]  # [M]
    intercept: float

    def __call__(self, doubt: Floats) -> Floats:
        """Confidence [N] of doubts [N, M]; a missing one counts as the mean, and by its flag."""
        if doubt.ndim != 2 or doubt.shape[1] != len(self.weight):
            raise ValueError(f"doubts [N, {len(self.weight)}] needed, got shape {doubt.shape}")
        finite = without_infinities(doubt, self.low, self.high)
        z = (finite - np.array(self.centre)) / np.array(self.scale)  # [N, M]
        missing = np.isnan(doubt)
        logit = np.where(missing, 0.0, z) @ np.array(self.weight) + self.intercept
        logit = logit + missing @ np.array(self.missing_weight)
        return expit(np.clip(logit, -FARTHEST, FARTHEST))


def without_infinities(doubt: Floats, low: ArrayLike, high: ArrayLike) -> Floats:
    """Infinite doubts moved to the extremes of the fit; all others, NaN too, as they are."""
    return np.where(np.isinf(doubt), np.clip(doubt, low, high), doubt)


CURVES: dict[str, Any] = {
    curve.__name__: curve for curve in (Sigmoid, Polyline, BetaCurve, Combination)
}


def save_curve(curve: Curve) -> dict[str, Any]:
    """The curve as numbers and lists, ready for JSON; `load_curve` reads them."""
    name = type(curve).__name__
    if name not in CURVES:
        raise ValueError(f"a curve is one of {sorted(CURVES)}, got {name}")
    given = {f.name: getattr(curve, f.name) for f in fields(CURVES[name])}
    return {"curve": name} | {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()}


def load_curve(saved: Mapping[str, Any]) -> Curve:
    """The curve that was saved: confidence from doubt without the data or the fit.

    Raises:
        ValueError: not a saved curve, a number missing or left over, or one that is not finite.
    """
    name = saved.get("curve")
    if name not in CURVES:
        raise ValueError(f"a saved curve names one of {sorted(CURVES)}, got {name!r}")
    given = {key: value for key, value in saved.items() if key != "curve"}
    expected = {f.name for f in fields(CURVES[name])}
    if set(given) != expected:
        raise ValueError(f"a saved {name} has {sorted(expected)}, got {sorted(given)}")
    for key, value in given.items():
        if not np.isfinite(np.asarray(value, dtype=np.float64)).all():
            raise ValueError(f"{key} of a saved {name} must be finite, got {value}")
    return CURVES[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})
