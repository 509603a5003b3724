"""The metrics of doubt and of confidence, and the table over which bench and report loop."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dubito.bench.metrics.inputs import Scored, scored
from dubito.bench.metrics.probability import (
    Bins,
    accuracy,
    brier,
    calibration_error_squared,
    ece,
    ece_debiased,
    equal_mass_bins,
    log_loss,
)
from dubito.bench.metrics.rejection import (
    Curve,
    aurc,
    coverage_at_risk,
    prr,
    risk_coverage_curve,
)
from dubito.maths.ranking import auprc, auroc


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of METRICS."""

    function: Callable[..., float]  # (doubt, wrong) or (confidence, right)
    label: str  # for a table's head
    higher_is_better: bool
    needs: Literal["doubt", "confidence"]


METRICS: dict[str, Metric] = {
    "auroc": Metric(auroc, "AUROC", higher_is_better=True, needs="doubt"),
    "auprc": Metric(auprc, "AUPRC", higher_is_better=True, needs="doubt"),
    "prr50": Metric(partial(prr, max_rejection=0.5), "PRR50", True, "doubt"),
    "prr": Metric(prr, "PRR", higher_is_better=True, needs="doubt"),
    "aurc": Metric(aurc, "AURC", higher_is_better=False, needs="doubt"),
    "coverage_at_risk": Metric(coverage_at_risk, "coverage at 10 % risk", True, "doubt"),
    "ece": Metric(ece, "ECE", higher_is_better=False, needs="confidence"),
    "ece_debiased": Metric(ece_debiased, "ECE debiased", False, "confidence"),
    "brier": Metric(brier, "Brier", higher_is_better=False, needs="confidence"),
    "log_loss": Metric(log_loss, "log-loss", higher_is_better=False, needs="confidence"),
}

__all__ = [
    "METRICS",
    "Bins",
    "Curve",
    "Metric",
    "Scored",
    "accuracy",
    "auprc",
    "aurc",
    "auroc",
    "brier",
    "calibration_error_squared",
    "coverage_at_risk",
    "ece",
    "ece_debiased",
    "equal_mass_bins",
    "log_loss",
    "prr",
    "risk_coverage_curve",
    "scored",
]
