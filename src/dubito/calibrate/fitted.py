"""What every fitted calibrator answers with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dubito.calibrate.curves import Curve
from dubito.evidence import Floats


def both_classes(confidence: Floats) -> Floats:
    """[N] -> [N, 2]: probability of being wrong, and of being right."""
    return np.column_stack([1 - confidence, confidence])


def decisions(confidence: Floats) -> NDArray[np.integer[Any]]:
    """[N] of 1 (right) where the confidence is at least 1/2, else 0; an unknown one is 0."""
    return (confidence >= 0.5).astype(int)


def direction(curve: Curve, low: float, high: float) -> int:
    """-1 where more doubt means less confidence, as it should; 1 where it means more; 0 flat."""
    at_low, at_high = curve(np.array([low, high]))
    return int(np.sign(at_high - at_low))
