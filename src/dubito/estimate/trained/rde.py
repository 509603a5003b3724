"""Robust density estimation [yoo2022]: distance from the dense core of known hidden states."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.trained.states import mean_state, same_width, stacked
from dubito.estimate.trained.training import refuse_unfitted, right_ones
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.extras import require
from dubito.maths.covariance import squared_mahalanobis
from dubito.maths.kernel_pca import Axes, fit_axes, project, radial

ROWS_A_DIMENSION = 5  # what the determinant needs [rousseeuw1999]


class RobustDensity:
    """Doubt >= 0: squared distance of the mean answer state from the core, along D axes.

    Axes are the principal ones of a radial kernel, or of the states themselves (`linear`). The
    core's place and shape are those of the least determinant [rousseeuw1999], which odd answers
    among those of the fit cannot move. Fitted on the right answers, or on all without labels.
    D is at most `dimensions` and a fifth of the answers.
    Differs: the kernel's width follows the states' variance, since theirs suits one model only;
    one core, as free text has no classes; the log-density's constant is left out.
    """

    def __init__(
        self, *, depth: float = 1.0, dimensions: int = 100, linear: bool = False, seed: int = 0
    ) -> None:
        if dimensions < 1:
            raise ValueError(f"dimensions must be at least 1, got {dimensions}")
        self.depth = depth
        self.dimensions = dimensions
        self.linear = linear
        self.seed = seed

    @property
    def plan(self) -> Plan:
        """Hidden states at one depth."""
        return Plan(hidden=(self.depth,))

    def fit(self, evidence: Sequence[Evidence], wrong: ArrayLike | None = None) -> Self:
        """Learn the axes from `states_` [N, d], then `location_` [D] and `precision_` [D, D].

        Raises:
            ValueError: fewer than 10 answers, or all of them alike.
        """
        states = stacked(right_ones(evidence, wrong), self.depth, mean_state)
        if len(states) < 2 * ROWS_A_DIMENSION:
            raise ValueError(f"needs at least 10 answers to fit on, got {len(states)}")
        variance = float(states.var(axis=0).sum())
        if not variance:
            raise ValueError(f"all {len(states)} states of the fit are the same")
        self.centre_ = states.mean(axis=0)
        self.scale_ = variance**0.5
        self.states_ = (states - self.centre_) / self.scale_
        kernel = self.kernel(self.states_)
        most = min(self.dimensions, len(states) // ROWS_A_DIMENSION)
        axes = fit_axes(kernel, most)
        self.weights_, self.mean_ = axes
        covariance = require("sklearn.covariance", extra="calibrate")
        core = covariance.MinCovDet(random_state=self.seed).fit(project(kernel, axes))
        self.location_, self.precision_ = core.location_, core.get_precision()
        return self

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        refuse_unfitted(self)
        state = same_width(mean_state(evidence, self.depth), len(self.centre_))
        kernel = self.kernel((state - self.centre_)[None] / self.scale_)
        place = project(kernel, Axes(self.weights_, self.mean_))[0]  # [D]
        return Score(float(squared_mahalanobis(place, self.location_, self.precision_)))

    def kernel(self, states: Floats) -> Floats:
        """Of states [M, d], in units of the fit, with those of the fit: [M, N]."""
        if self.linear:
            return np.asarray(states @ self.states_.T)
        return radial(states, self.states_, gamma=1.0)
