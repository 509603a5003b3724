"""Probability in, action out."""

from dubito.decide.selective import RiskControl
from dubito.method import Method

METHODS: tuple[Method, ...] = (
    Method(
        "risk-control",
        RiskControl,
        "a threshold of doubt below which at most a promised share of the answers is wrong",
        paper="angelopoulos2021",
        family="decision",
        needs=("labels",),
    ),
)

__all__ = ["METHODS", "RiskControl"]
