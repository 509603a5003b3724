"""Feature gaps [bakman2025]: how far an answer's state lacks what a good answer's would show."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from dubito.estimate.trained.contrasts import Contrast
from dubito.estimate.trained.states import mean_state, same_width, stacked
from dubito.estimate.trained.training import Judged, of_both_classes, refuse_unfitted
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.maths.logistic import fit_logistic
from dubito.maths.ranks import midranks
from dubito.maths.rejection import rejection_ratio

DEPTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # early layers know no such features
SURE = 1e-9  # labels stand this far from 0 and 1, inside which the fit wants them


class Feature(NamedTuple):
    """Where one depth shows a feature: its score of a state h is (h - centre) . direction."""

    depth: float
    centre: Floats  # [d] mean difference of the pairs
    direction: Floats  # [d] of length 1


class FeatureGaps:
    """Doubt in [0, 1]: probability of being wrong, from one dot product for each feature.

    A feature's direction is the first principal axis of what its contrast adds to the states; its
    depth is the one that ranks the labelled answers best; the scores, which are the `parts`, are
    weighed by a logistic regression. Before the fit the plan asks for all depths, then for those
    chosen.
    Differs: at test time one state serves all features, that of the prompt as it was asked, where
    the paper reads the answer again under each positive prompt; depths are shares of the layers.
    """

    def __init__(self, *, depths: tuple[float, ...] = DEPTHS, l2: float = 1.0) -> None:
        if not depths or not l2 > 0:
            raise ValueError(f"needs at least one depth and l2 > 0, got {depths} and {l2}")
        self.depths = depths
        self.l2 = l2

    @property
    def plan(self) -> Plan:
        """Hidden states at the depths that are read."""
        chosen = vars(self).get("depths_", self.depths)
        return Plan(hidden=tuple(float(depth) for depth in chosen))

    def fit(
        self, evidence: Sequence[Evidence], wrong: ArrayLike, *, contrasts: Sequence[Contrast]
    ) -> Self:
        """Learn each feature's depth and direction, and `weights_` [F] from wrong [N].

        `depths_` [F], `centres_` [F, d], `directions_` [F, d] and `names_` go with `contrasts`,
        whose answers need no labels and should be others than `evidence`.

        Raises:
            ValueError: no contrast, one that never varies, or labels of one class.
        """
        if not contrasts:
            raise ValueError("no contrast, so no feature to look for; give at least one")
        known = of_both_classes(evidence, wrong)
        found = [self.best(contrast, known) for contrast in contrasts]
        self.names_ = tuple(contrast.name for contrast in contrasts)
        self.depths_ = np.array([feature.depth for feature in found])
        self.centres_ = np.stack([feature.centre for feature in found])
        self.directions_ = np.stack([feature.direction for feature in found])
        scores = np.stack([self.scores(e) for e in known.evidence])  # [N, F]
        targets = np.clip(known.wrong.astype(np.float64), SURE, 1 - SURE)
        self.weights_, self.intercept_ = fit_logistic(scores, targets, l2=self.l2)
        return self

    def best(self, contrast: Contrast, known: Judged) -> Feature:
        """The feature at the depth whose score, in its better sign, ranks the labels best."""

        def ranking(feature: Feature) -> float:
            states = stacked(known.evidence, feature.depth, mean_state)
            return ranked(score(states, feature.centre, feature.direction), known)

        return max((feature_at(contrast, depth) for depth in self.depths), key=ranking)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt; the parts are the features' scores, before weight and sign."""
        refuse_unfitted(self)
        scores = self.scores(evidence)
        parts = {str(name): float(s) for name, s in zip(self.names_, scores, strict=True)}
        return Score(float(expit(scores @ self.weights_ + self.intercept_)), parts=parts)

    def scores(self, evidence: Evidence) -> Floats:
        """One score [F] for each feature."""
        width = self.centres_.shape[1]
        states = np.stack(
            [same_width(mean_state(evidence, float(depth)), width) for depth in self.depths_]
        )  # [F, d]
        return score(states, self.centres_, self.directions_)


def score(states: Floats, centre: Floats, direction: Floats) -> Floats:
    """(h - centre) . direction of states [..., d]: [...]."""
    return ((states - centre) * direction).sum(axis=-1)


def feature_at(contrast: Contrast, depth: float) -> Feature:
    """Mean and first principal axis of the differences that a contrast makes at a depth.

    The axis points with the mean: more of it is more of the positive prompt.

    Raises:
        ValueError: all differences are the same, which gives no direction.
    """
    positive = stacked(contrast.positive, depth, mean_state)  # [n, d]
    differences = positive - stacked(contrast.negative, depth, mean_state)
    centre = differences.mean(axis=0)
    _, lengths, axes = np.linalg.svd(differences - centre, full_matrices=False)
    if lengths[0] <= 1e-9 * np.linalg.norm(differences):
        raise ValueError(
            f"contrast {contrast.name!r} makes the same difference in all {len(differences)} "
            f"pairs at depth {depth}; it needs pairs on which it works more and less"
        )
    return Feature(depth, centre, axes[0] * (1.0 if centre @ axes[0] >= 0 else -1.0))


def ranked(scores: Floats, known: Judged) -> float:
    """Rejection ratio of the scores as doubt, in the sign that puts wrong answers above right."""
    ranks = midranks(scores)
    sign = 1.0 if ranks[known.wrong].mean() >= ranks[~known.wrong].mean() else -1.0
    return rejection_ratio(sign * scores, known.wrong)
