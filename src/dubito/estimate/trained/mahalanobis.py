"""Distance of an answer's hidden state from known ones [lee2018], or less the usual [ren2023]."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.trained.states import mean_state, same_width, stacked
from dubito.estimate.trained.training import of_both_classes, refuse_unfitted, right_ones
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.maths.covariance import fit_gaussian, squared_mahalanobis


class Mahalanobis:
    """Doubt >= 0: squared Mahalanobis distance of the mean answer state from those of the fit.

    Of the order of the states' width d for an answer like those of the fit, which are the right
    ones, or all where there are no labels.
    Differs: the covariance is shrunk [ledoit2004], since labelled answers are often fewer than d;
    [lee2018] have a mean for each class, for which free text has no counterpart.
    """

    def __init__(self, *, depth: float = 1.0) -> None:
        self.depth = depth

    @property
    def plan(self) -> Plan:
        """Hidden states at one depth."""
        return Plan(hidden=(self.depth,))

    def fit(self, evidence: Sequence[Evidence], wrong: ArrayLike | None = None) -> Self:
        """Learn `location_` [d] and `precision_` [d, d] from N answers, wrong [N]."""
        known = stacked(right_ones(evidence, wrong), self.depth, mean_state)
        self.location_, self.precision_ = fit_gaussian(known)
        return self

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        refuse_unfitted(self)
        state = same_width(mean_state(evidence, self.depth), len(self.location_))
        return Score(float(squared_mahalanobis(state, self.location_, self.precision_)))


class RelativeMahalanobis:
    """Doubt, any real number: squared distance from known answers less that from a background.

    What is unusual among all answers alike cancels; below 0 for an answer that lies nearer to
    the known ones. The background are answers to prompts of any kind.
    Differs: where no background is given it is all answers of the fit, right and wrong, so that
    both kinds are needed.
    """

    def __init__(self, *, depth: float = 1.0) -> None:
        self.depth = depth

    @property
    def plan(self) -> Plan:
        """Hidden states at one depth."""
        return Plan(hidden=(self.depth,))

    def fit(
        self,
        evidence: Sequence[Evidence],
        wrong: ArrayLike | None = None,
        *,
        background: Sequence[Evidence] | None = None,
    ) -> Self:
        """Learn `locations_` [2, d] and `precisions_` [2, d, d], the known answers first.

        Raises:
            ValueError: neither labels nor a background, or labels of one class and no background.
        """
        if background is None:
            if wrong is None:
                raise ValueError("needs `wrong` or a `background`; without both nothing differs")
            of_both_classes(evidence, wrong)
        usual = evidence if background is None else background
        groups = (right_ones(evidence, wrong), usual)
        fits = [fit_gaussian(stacked(group, self.depth, mean_state)) for group in groups]
        self.locations_ = np.stack([fit.location for fit in fits])
        self.precisions_ = np.stack([fit.precision for fit in fits])
        return self

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt; both distances are its parts."""
        refuse_unfitted(self)
        state = same_width(mean_state(evidence, self.depth), self.locations_.shape[1])
        known, usual = distances(state, self.locations_, self.precisions_)
        return Score(known - usual, parts={"known": known, "background": usual})


def distances(state: Floats, locations: Floats, precisions: Floats) -> tuple[float, float]:
    """Squared distances of a state [d] from both fits."""
    first, second = (
        float(squared_mahalanobis(state, location, precision))
        for location, precision in zip(locations, precisions, strict=True)
    )
    return first, second
