"""Similarity, distance, magnitude: probabilities that know the training data [schmaltz2025]."""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from dubito.calibrate.classified import classified, seen_features
from dubito.calibrate.holdout import Rows, by_class
from dubito.calibrate.sdm_activation import dkw_error, nearness, rescaled_similarity, sdm
from dubito.calibrate.sdm_adaptor import MOST, index_of, stored_distances, supported
from dubito.calibrate.sdm_kept import load_fitted, save_fitted
from dubito.calibrate.sdm_region import in_distribution, reliable_region
from dubito.evidence import Floats, Integers
from dubito.extras import require

LEAST = 1e-9  # nearness: 0 would lose which class is the likeliest


class Reading(NamedTuple):
    """What an SDM layer sees of N points."""

    similarity: Integers  # [N] q: nearest training points in a row that agree, 0 to 1000
    nearness: Floats  # [N] d in [0, 1]: 1 near the training data, 0 beyond all that is known
    logits: Floats  # [N, K]
    probability: Floats  # [N, K] rows of sum 1
    rescaled: Floats  # [N] q' in [0, q]: similarity after the probability has had its say
    matches: tuple[Integers, ...]  # N runs of rows of the fit that agree, nearest first


class Band(NamedTuple):
    """Probabilities [N, K] at the ends of the band around the nearness, and points behind it."""

    lower: Floats
    upper: Floats
    size: Integers  # [N, K] calibration points of each class with less rescaled similarity


class SDM(ClassifierMixin, BaseEstimator):
    """Class probabilities of X [N, d] that are sharp only near training points that agree.

    `reliable` says which predictions lie in the region where, of each class, at least `level` of
    the calibration points have a probability of `level` or more; `region_` is empty where none
    does (more data, more rounds or a lower level may help), and then nothing is reliable.
    Of the rows of a fit a share `calibration` of each class is set aside to choose the epoch and
    the region. With `rounds` the split and the first weights are drawn anew so often, the best is
    kept, and `losses_` show the spread. A class of one row makes everything unreliable.

    Differs: features are centred and divided by one number; nearness is at least 1e-9 in
    probabilities, so that the likeliest class shows; one round by default, where the paper has
    several. Of the paper's first version, a transform of the output's distribution functions is
    not here, nor the fine-tuning of the language model below.
    """

    def __init__(
        self,
        *,
        width: int = 32,
        epochs: int = 40,
        rate: float = 2e-3,
        level: float = 0.95,
        calibration: float = 0.4,
        rounds: int = 1,
        random_state: int | None = 0,
    ) -> None:
        self.width = width
        self.epochs = epochs
        self.rate = rate
        self.level = level
        self.calibration = calibration
        self.rounds = rounds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn the maps, the index of training points, and the region.

        Raises:
            ValueError: labels of one class, values that are not finite, an option out of range.
        """
        self.refuse_options()
        self.classes_, rows = classified(self, X, y)
        self.centre_ = rows.features.mean(axis=0)  # [d]
        self.scale_ = float((rows.features - self.centre_).std()) or 1.0
        self.learn(Rows((rows.features - self.centre_) / self.scale_, rows.labels))
        return self

    def refuse_options(self) -> None:
        """ValueError for an option out of its range."""
        if min(self.width, self.epochs, self.rounds) < 1 or not self.rate > 0:
            raise ValueError(
                "width, epochs and rounds must be at least 1 and rate above 0, "
                f"got {self.width}, {self.epochs}, {self.rounds} and {self.rate}"
            )
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie inside (0, 1), got {self.level}")

    def learn(self, rows: Rows) -> None:
        """Train in each round, keep the best, and measure it on the rows set aside."""
        training = require("dubito.calibrate.sdm_training", extra="hf")
        how = training.Schedule(self.width, self.epochs, self.rate)
        rng = np.random.default_rng(self.random_state)
        rounds = []
        for _ in range(self.rounds):
            parts = by_class(rows.labels, self.calibration, rng)
            sides = [rows.take(part) for part in parts]
            seed = int(rng.integers(2**31))
            trained = training.trained_adaptor(*sides, weigh=supported, how=how, seed=seed)
            rounds.append((trained, parts.learn, *sides))
        self.losses_ = np.array([one[0].loss for one in rounds])  # [J]
        best, self.rows_, train, aside = rounds[int(self.losses_.argmin())]
        self.adaptor_ = best.adaptor
        self.index_ = index_of(best.adaptor, train)
        self.calibrate(aside)

    def calibrate(self, aside: Rows) -> None:
        """Learn `distances_`, `region_` and what the band needs from the rows set aside."""
        vectors, logits = self.adaptor_(aside.features)
        support = self.index_.support(vectors, logits.argmax(axis=1), most=MOST)
        self.distances_ = stored_distances(support, aside.labels, len(self.classes_))
        seen = self.of_scaled(aside.features)
        self.region_ = reliable_region(seen.rescaled, seen.probability, aside.labels, self.level)
        self.aside_similarity_ = seen.rescaled  # [n]
        self.aside_labels_ = aside.labels  # [n]

    def of_scaled(self, features: Floats) -> Reading:
        """The reading of features that are centred and scaled already."""
        vectors, logits = self.adaptor_(features)
        said = logits.argmax(axis=1)
        support = self.index_.support(vectors, said, most=MOST)
        near = nearness(support.distance, self.distances_)
        probability = sdm(logits, support.similarity, np.maximum(near, LEAST))
        rescaled = rescaled_similarity(support.similarity, probability[np.arange(len(said)), said])
        matches = tuple(self.rows_[run] for run in support.matches)
        return Reading(support.similarity, near, logits, probability, rescaled, matches)

    def read(self, X: ArrayLike) -> Reading:
        """Everything that is seen of X, [N, d]."""
        check_is_fitted(self, "region_")
        return self.of_scaled((seen_features(self, X) - self.centre_) / self.scale_)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """[N, K]: probability of each class."""
        return self.read(X).probability

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """[N]: the class with the largest logit."""
        likeliest = self.read(X).logits.argmax(axis=1)
        return self.classes_[likeliest]

    def reliable(self, X: ArrayLike) -> NDArray[np.bool_]:
        """[N]: predictions inside the region; accept these, send the others elsewhere."""
        seen = self.read(X)
        return self.region_.holds(seen.rescaled, seen.probability, seen.logits.argmax(axis=1))

    def unfamiliar(self, X: ArrayLike) -> NDArray[np.bool_]:
        """[N]: points unlike the training data, whose rescaled similarity is below 1."""
        return ~in_distribution(self.read(X).rescaled)

    def band(self, X: ArrayLike) -> Band:
        """How far the probabilities move with the sampling error of the nearness."""
        seen = self.read(X)
        classes = range(len(self.classes_))
        known = [np.sort(self.aside_similarity_[self.aside_labels_ == c]) for c in classes]
        size = np.column_stack([np.searchsorted(k, seen.rescaled, side="left") for k in known])
        error = dkw_error(size, self.level).max(axis=1)  # [N]
        lower, upper = (
            sdm(seen.logits, seen.similarity, np.clip(seen.nearness + shift, 0, 1))
            for shift in (-error, error)
        )
        return Band(lower, upper, size)

    def save(self, path: str | Path) -> None:
        """Write the fitted model to one safetensors file."""
        check_is_fitted(self, "region_")
        save_fitted(path, self.get_params(), vars(self))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that `save` wrote; it answers as it did, and needs no torch."""
        options, fitted = load_fitted(path)
        model = cls(**options)
        vars(model).update(fitted)
        return model
