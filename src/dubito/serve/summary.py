"""What the records say: how often right, how well calibrated, what abstaining would buy, drift."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dubito.bench.metrics.probability import brier, ece, equal_mass_bins
from dubito.bench.metrics.rejection import risk_coverage_curve
from dubito.calibrate.drift import DriftMartingale
from dubito.maths.ranking import auroc

POINTS = 50  # of a curve


def summary(
    rows: Sequence[dict[str, Any]], judged: Sequence[dict[str, Any]], drift: DriftMartingale
) -> dict[str, Any]:
    """Of the latest requests and of those that were judged; None where nothing can be said."""
    sure = [r["confidence"] for r in rows if r["confidence"] is not None]
    return {
        "requests": len(rows),
        "actions": dict(Counter(r["action"] for r in rows)),
        "mean_confidence": float(np.mean(sure)) if sure else None,
        "feedback": feedback(judged),
        "drift": {
            "log_martingale": drift.log_martingale_,
            "alarm": drift.alarm_,
            "limit": -math.log(drift.delta),
        },
    }


def feedback(judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of the answers that somebody judged."""
    right = np.array([r["right"] for r in judged], dtype=bool)
    told: dict[str, Any] = {"n": len(right), "right": float(right.mean()) if len(right) else None}
    known = [r for r in judged if r["confidence"] is not None]
    if known:
        confidence = np.array([r["confidence"] for r in known])
        was_right = np.array([r["right"] for r in known], dtype=bool)
        bins = equal_mass_bins(confidence, was_right)
        told["calibration"] = {
            "confidence": bins.confidence.tolist(),
            "accuracy": bins.accuracy.tolist(),
            "size": bins.size.tolist(),
            "ece": number(ece(confidence, was_right)),
            "brier": number(brier(confidence, was_right)),
        }
    doubt = np.array([main_doubt(r) for r in judged], dtype=float)
    there = ~np.isnan(doubt)
    if there.any():
        curve = risk_coverage_curve(doubt[there], ~right[there])
        step = max(1, len(curve.coverage) // POINTS)
        told["risk_coverage"] = {
            "coverage": curve.coverage[step - 1 :: step].tolist(),
            "risk": curve.risk[step - 1 :: step].tolist(),
            "auroc": number(auroc(doubt[there], ~right[there])),
        }
    return told


def main_doubt(row: Mapping[str, Any]) -> float:
    """1 - confidence; without one the first doubt that is known, NaN without any."""
    if row["confidence"] is not None:
        return 1 - row["confidence"]
    return next((d for d in row["doubts"].values() if d is not None), math.nan)


def number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
