"""Flexible recognition: one class, the few it may be, or none that is known [fan2023]."""

import math
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.classified import classified, seen_features
from dubito.calibrate.holdout import Rows, by_class
from dubito.evidence import Floats
from dubito.extras import require
from dubito.nn.kept import load_arrays, save_arrays

KIND = "dubito.evidential-confusion"
HEAD = ("centres", "log_width", "weight", "bias")  # numbers of `RadialHead`
ASIDE = 0.2  # share of the rows that set the thresholds


class Reading(NamedTuple):
    """How N points divide their mass 1: belief + confusion + ignorance."""

    belief: Floats  # [N, K] in one class alone
    ignorance: Floats  # [N] in none of the known classes
    confusion: Floats  # [N] in sets of two classes or more
    pairs: Floats  # [N, K, K] confusion of i and j, diagonal 0


class EvidentialConfusion(ClassifierMixin, BaseEstimator):
    """Beliefs in K classes, confusion and ignorance of X [N, d], and sets of classes.

    K plausibilities "it may be class i" on features that vanish far from the data; products of
    them share out the mass 1. Ignorance I in [0, 1]: more = unknown; confusion C in [0, 1]: more =
    ambiguous. On a fifth of the rows, set aside, `least_unknown_` is set so that a share `accept`
    has no more ignorance, and `least_confused_` so that those get `set_size` classes on average.
    Probabilities are b_i + (C + I) / K, the mean of the Dirichlet that the loss trains.

    Differs: features are given and standardised, where the paper trains a convolutional network
    below; the radial layer above them is ours, since ignorance cannot be relied on without;
    `joint` takes pl_i pl_j as the confusion of a pair, in place of the mass of {i, j} alone.
    """

    def __init__(
        self,
        *,
        centres: int = 64,
        steps: int = 400,
        regulariser: float = 1.0,
        joint: bool = False,
        accept: float = 0.95,
        set_size: float = 1.1,
        random_state: int | None = 0,
    ) -> None:
        self.centres = centres
        self.steps = steps
        self.regulariser = regulariser
        self.joint = joint
        self.accept = accept
        self.set_size = set_size
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the head and the two thresholds.

        Raises:
            ValueError: labels of one class, values that are not finite, an option out of range.
        """
        self.refuse_options()
        self.classes_, rows = classified(self, X, y)
        self.centre_, spread = rows.features.mean(axis=0), rows.features.std(axis=0)  # [d], [d]
        self.scale_ = np.where(spread > 0, spread, 1.0)
        scaled = Rows((rows.features - self.centre_) / self.scale_, rows.labels)
        rng = np.random.default_rng(self.random_state)
        parts = by_class(rows.labels, ASIDE, rng)
        self.learn(scaled.take(parts.learn), seed=int(rng.integers(2**31)))
        self.set_thresholds(self.of_scaled(scaled.features[parts.aside]))
        return self

    def refuse_options(self) -> None:
        """ValueError for an option out of its range."""
        if min(self.centres, self.steps) < 1 or not self.regulariser >= 0:
            raise ValueError(
                "centres and steps must be at least 1 and regulariser at least 0, "
                f"got {self.centres}, {self.steps} and {self.regulariser}"
            )
        if not 0 < self.accept <= 1 or not self.set_size >= 1:
            raise ValueError(
                "accept must lie in (0, 1] and set_size be at least 1, "
                f"got {self.accept} and {self.set_size}"
            )

    def learn(self, rows: Rows, *, seed: int) -> None:
        """Train the head."""
        heads = require("dubito.calibrate.flexible_head", extra="hf")
        head = heads.trained_head(
            rows,
            loss=heads.flexible_with(self.regulariser),
            centres=self.centres,
            steps=self.steps,
            seed=seed,
        )
        self.head_ = heads.arrays_of(head)

    def set_thresholds(self, aside: Reading) -> None:
        """Learn the two thresholds from rows of known classes."""
        self.least_unknown_ = share_below(aside.ignorance, self.accept)
        kept = aside.ignorance <= self.least_unknown_
        others = np.sort(beside_top(aside)[kept].ravel())  # [n (K - 1)]
        extra = math.floor(round((self.set_size - 1) * kept.sum(), 9))
        self.least_confused_ = float(others[-extra - 1]) if extra < len(others) else -1.0

    def of_scaled(self, features: Floats) -> Reading:
        """The reading of features that are standardised already."""
        heads = require("dubito.calibrate.flexible_head", extra="hf")
        return Reading(*heads.read(self.head_, features, joint=self.joint))

    def read(self, X: ArrayLike) -> Reading:
        """How the mass is shared out, of X [N, d]."""
        check_is_fitted(self, "least_confused_")
        return self.of_scaled((seen_features(self, X) - self.centre_) / self.scale_)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """[N, K]: belief and an equal share of what is not committed to one class."""
        belief = self.read(X).belief
        return belief + (1 - belief.sum(axis=1, keepdims=True)) / belief.shape[1]

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """[N]: the class most believed in, however unknown or ambiguous the point."""
        likeliest = self.read(X).belief.argmax(axis=1)
        return self.classes_[likeliest]

    def contains(self, X: ArrayLike) -> NDArray[np.bool_]:
        """[N, K]: the classes that each point may be; none where it is rejected as unknown."""
        return possible(self.read(X), unknown=self.least_unknown_, confused=self.least_confused_)

    def sets(self, X: ArrayLike) -> list[list[Any]]:
        """N lists of classes: one, several, or none."""
        return [self.classes_[row].tolist() for row in self.contains(X)]

    def save(self, path: str | Path) -> None:
        """Write the fitted model to one safetensors file."""
        check_is_fitted(self, "least_confused_")
        about = {
            "options": self.get_params(),
            "classes": self.classes_.tolist(),
            "least_unknown": self.least_unknown_,
            "least_confused": self.least_confused_,
        }
        arrays = {"mean": self.centre_, "spread": self.scale_} | self.head_
        save_arrays(path, KIND, about, arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that `save` wrote; it answers as it did."""
        about, arrays = load_arrays(path, KIND, names=("mean", "spread", *HEAD))
        model = cls(**about["options"])
        model.classes_ = np.array(about["classes"])
        model.least_unknown_ = about["least_unknown"]
        model.least_confused_ = about["least_confused"]
        model.centre_, model.scale_ = arrays["mean"], arrays["spread"]
        model.head_ = {name: arrays[name] for name in HEAD}
        vars(model)["n_features_in_"] = len(model.centre_)
        return model


def possible(seen: Reading, *, unknown: float, confused: float) -> NDArray[np.bool_]:
    """[N, K]: the class most believed in and those that share more confusion with it.

    None where ignorance is above `unknown`.
    """
    rows, top = np.arange(len(seen.belief)), seen.belief.argmax(axis=1)
    inside = seen.pairs[rows, top] > confused  # [N, K]
    inside[rows, top] = True
    return inside & (seen.ignorance <= unknown)[:, None]


def share_below(values: Floats, share: float) -> float:
    """The least of N values that at least this share of them does not exceed; 1 of none."""
    if not len(values):
        return 1.0
    rank = math.ceil(round(share * len(values), 9))  # 0.95 * 20 is a little off in floating point
    return float(np.sort(values)[rank - 1])


def beside_top(seen: Reading) -> Floats:
    """Confusion of the class most believed in with each of the others, [N, K] -> [N, K - 1]."""
    top = seen.belief.argmax(axis=1)
    rows = np.arange(len(top))
    others = np.arange(seen.belief.shape[1]) != top[:, None]  # [N, K]
    return seen.pairs[rows, top][others].reshape(len(top), -1)
