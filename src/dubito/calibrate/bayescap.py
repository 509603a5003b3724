"""BayesCap [upadhyay2022]: doubt of a frozen predictor, learnt from its outputs alone."""

from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import gammaincinv
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.cap import CapLoss, fitted_to, train
from dubito.calibrate.frozen import fitted, new_rows, training_rows
from dubito.evidence import Floats
from dubito.nn.generalised_gaussian import generalised_gaussian_variance
from dubito.nn.tiny_training import Schedule


class ErrorShape(NamedTuple):
    """The generalised Gaussian of each error: [N] or [N, D], as the predictions are."""

    output: Floats  # the prediction as the cap repeats it
    scale: Floats
    shape: Floats


class BayesCap(RegressorMixin, BaseEstimator):
    """Variance of the error of each prediction, >= 0, higher = less trustworthy.

    X [N, d], y [N] or [N, D]. The predictions stay those of `estimator`; the cap learns to repeat
    them, and beside each how far and with what tails the truth lies from it. It sees the
    prediction and nothing of X: two inputs with one prediction have one doubt. `estimator` is
    cloned and fitted (None: linear regression); to keep a model as it is hand over
    `sklearn.frozen.FrozenEstimator(model)`, and rows it has not seen if it fits its own too well.

    `CapLoss` weighs the identity against the likelihood. Differs: see `Cap`; the weights stay
    constant, as in the paper's code, since the cap begins at the identity.
    """

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        widths: tuple[int, ...] = (32, 32),
        loss: CapLoss | None = None,
        schedule: Schedule | None = None,
        batch: int = 512,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.widths = widths
        self.loss = loss
        self.schedule = schedule
        self.batch = batch
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn `estimator_` and `cap_`."""
        X, y = training_rows(self, X, y, several=True)
        self.estimator_ = fitted(self.estimator, LinearRegression(), X, y)
        target = as_columns(y)
        self.cap_ = fitted_to(target, widths=self.widths, seed=self.random_state)
        train(
            self.cap_,
            as_columns(self.estimator_.predict(X)),
            target,
            self.loss or CapLoss(),
            self.schedule or Schedule(steps=1200, rate=3e-3, weight_decay=0.0),
            batch=self.batch,
            seed=self.random_state,
        )
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """The predictions of the frozen model."""
        check_is_fitted(self, "cap_")
        return self.estimator_.predict(new_rows(self, X))

    def predict_error(self, X: ArrayLike) -> ErrorShape:
        """The law of each error, around the prediction as the cap repeats it."""
        frozen = self.predict(X)
        with torch.inference_mode():
            capped = self.cap_(torch.from_numpy(as_columns(frozen)))
        output, inverse_scale, shape = (part.numpy().reshape(frozen.shape) for part in capped)
        return ErrorShape(output, 1 / inverse_scale, shape)

    def predict_variance(self, X: ArrayLike) -> Floats:
        """Variance of each error, in squared units of y."""
        _, scale, shape = self.predict_error(X)
        return generalised_gaussian_variance(
            torch.from_numpy(scale), torch.from_numpy(shape)
        ).numpy()

    def predict_interval(self, X: ArrayLike, *, level: float = 0.95) -> Floats:
        """Lower and upper end [..., 2] of the central interval that holds y with `level`."""
        if not 0 < level < 1:
            raise ValueError(f"level must lie inside (0, 1), got {level}")
        output, scale, shape = self.predict_error(X)
        # |error / scale|^shape is a gamma variable
        half = scale * gammaincinv(1 / shape, level) ** (1 / shape)
        return np.stack([output - half, output + half], axis=-1)


def as_columns(predictions: ArrayLike) -> Floats:
    """[N] or [N, D] as [N, D] floats, in memory of their own."""
    array = np.array(predictions, dtype=np.float64)
    return array.reshape(len(array), -1)
