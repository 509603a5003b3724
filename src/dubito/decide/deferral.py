"""A learned rule of deferral: what the large model would gain on this answer [gupta2024]."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.utils import RegressorTags, Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from dubito.decide.deferral_features import DeferralFeatures
from dubito.decide.perceptron import Perceptron
from dubito.evidence import Evidence, Floats, Plan, Score

FLOAT: dict[str, Any] = {"dtype": np.float64}
ENOUGH = 1000  # rows, of which a tenth is enough to stop by


class LearnedDeferral(RegressorMixin, BaseEstimator):
    """Expected gain of deferring: X [N, F] features, y [N] quality of the large less the small.

    A network of two small layers fits y by squared loss or, with `binary`, the probability that
    y > 0 by logistic loss. Where both models err there is nothing to gain: y is the difference,
    not the small model's error. From 1000 rows on a tenth is held out to stop by. Labels that are
    all alike give that constant. Fit on other questions than those that the curve is judged on.
    """

    def __init__(
        self,
        *,
        binary: bool = False,
        hidden: tuple[int, ...] = (32, 32),
        l2: float = 0.01,
        epochs: int = 200,
        random_state: int | None = 0,
    ) -> None:
        self.binary = binary
        self.hidden = hidden
        self.l2 = l2
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `network_`.

        Raises:
            ValueError: NaN or infinity among the values, or fewer than two rows.
        """
        given: Any = X, y
        known: Any = validate_data(self, *given, y_numeric=True, ensure_min_samples=2, **FLOAT)
        features, gain = known
        target = np.asarray(gain > 0 if self.binary else gain, dtype=np.float64)
        scaler = StandardScaler().fit(features)
        self.network_ = (
            self.trained(scaler, features, target)
            if np.ptp(target)
            else constant(scaler, float(target[0]))
        )
        return self

    def trained(self, scaler: StandardScaler, X: Floats, target: Floats) -> Perceptron:
        """The network at its last epoch, or at its best one on what was held out."""
        rarer = min(target.sum(), len(target) - target.sum()) if self.binary else len(target)
        network = (MLPClassifier if self.binary else MLPRegressor)(
            hidden_layer_sizes=self.hidden,
            alpha=self.l2,
            max_iter=self.epochs,
            early_stopping=len(target) >= ENOUGH and rarer >= 10,
            random_state=self.random_state,
        )
        with catch_warnings():
            simplefilter("ignore", ConvergenceWarning)  # epochs are an option here, not a fault
            network.fit(scaler.transform(X), target)
        return perceptron(scaler, network.coefs_, network.intercepts_, logistic=self.binary)

    def __sklearn_tags__(self) -> Tags:
        """A chance of gain does not have the scale of y."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags = RegressorTags(poor_score=self.binary)
        return tags

    def predict(self, X: ArrayLike) -> Floats:
        """[N]: the gain that deferring is expected to bring; `binary`: the chance of one."""
        check_is_fitted(self, "network_")
        given: Any = X
        return self.network_(validate_data(self, given, reset=False, **FLOAT))

    def rule(self, features: DeferralFeatures | None = None) -> "DeferralRule":
        """The fitted network as a doubt; `features` made the columns that it was fitted on."""
        check_is_fitted(self, "network_")
        return DeferralRule(self.network_, features or DeferralFeatures())


@dataclass(frozen=True, eq=False)
class DeferralRule:
    """Doubt: the expected gain of deferring, in the unit of quality, read from the evidence."""

    network: Perceptron
    features: DeferralFeatures

    @property
    def plan(self) -> Plan:
        """What the features need."""
        return self.features.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(float(self.network(self.features(evidence)[None])[0]))

    def to_json(self) -> dict[str, Any]:
        """The network as plain numbers, and the depths that it reads."""
        return {"network": self.network.to_json(), "depths": list(self.features.depths)}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A rule that doubts as the saved one did."""
        features = DeferralFeatures(tuple(saved["depths"]))
        return cls(Perceptron.from_json(saved["network"]), features)


def perceptron(
    scaler: StandardScaler, weights: list[Floats], biases: list[Floats], *, logistic: bool
) -> Perceptron:
    """The fitted numbers of both."""
    centre, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_)
    return Perceptron(centre, scale, tuple(weights), tuple(biases), logistic)


def constant(scaler: StandardScaler, value: float) -> Perceptron:
    """What says the same of every row."""
    weight = np.zeros((len(np.asarray(scaler.mean_)), 1))
    return perceptron(scaler, [weight], [np.array([value])], logistic=False)
