"""Conformal risk control [angelopoulos2024]: a setting whose expected loss is bounded."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.risk_control import corrected_risk, first_safe, least_safe


class ConformalRiskControl:
    """The least careful setting at which the mean loss of the next item is at most `alpha`.

    A setting is any number that makes the losses fall, such as the size of a set or how many
    claims are struck out; a loss lies between 0 and `bound`. The mean is over the sample fitted on
    as well as over the next item, all drawn alike: many samples, up to half of them, have a
    setting whose own risk is above alpha (`decide.RiskControl` promises for nearly each of them).
    Nor is much given away: losses that jump one at a time have a mean of at least
    alpha - 2 bound / (n + 1).
    """

    def __init__(self, *, alpha: float = 0.1, bound: float = 1.0) -> None:
        if not 0 < alpha < bound < math.inf:
            raise ValueError(f"0 < alpha < bound needed, got alpha {alpha} and bound {bound}")
        self.alpha = alpha
        self.bound = bound

    def fit(self, losses: ArrayLike, grid: ArrayLike) -> Self:
        """Learn `setting_` from losses [n, L] at the settings [L], rising; inf: none is safe.

        Also `risk_`, the corrected risk there (NaN for none), and `n_`.

        Raises:
            ValueError: a grid that does not rise, NaN, a loss above the bound or one that rises.
        """
        table, settings = np.asarray(losses, dtype=np.float64), np.asarray(grid, dtype=np.float64)
        if settings.shape != table.shape[1:] or not (np.diff(settings) > 0).all():
            raise ValueError(
                f"a rising setting for each column of losses needed, got {settings.shape} for "
                f"{table.shape}"
            )
        place = first_safe(table, self.alpha, self.bound)
        self.n_ = len(table)
        self.setting_, self.risk_ = math.inf, math.nan
        if place < len(settings):
            self.setting_ = float(settings[place])
            self.risk_ = float(corrected_risk(table[:, place], self.bound))
        return self

    def search(self, loss: Callable[[float], ArrayLike], *, low: float, high: float) -> Self:
        """Learn the same from a function, setting in [low, high] -> losses [n], without a grid."""
        found = least_safe(loss, self.alpha, self.bound, low=low, high=high)
        return self.fit(np.ravel(loss(min(found, high)))[:, None], [min(found, high)])

    def to_json(self) -> dict[str, Any]:
        """What was promised and found; the setting as text, since JSON has no infinity."""
        return {"alpha": self.alpha, "bound": self.bound, "setting": str(self.setting_)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """The rule that was saved."""
        control = cls(alpha=saved["alpha"], bound=saved["bound"])
        control.setting_ = float(saved["setting"])
        return control
