"""Conformal information pursuit [chan2025]: ask what leaves the smallest calibrated sets."""

import math
from collections.abc import Hashable, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubito.decide.inquiry import Foreseen, Foresight, History, Inquiry, Played
from dubito.evidence import Floats
from dubito.maths.entropy import entropy
from dubito.maths.quantiles import conformal_quantile

Sets = NDArray[np.bool_]


def prediction_sets(posterior: ArrayLike, threshold: float) -> Sets:
    """Which labels are likely enough: [..., K] -> [..., K].

    `threshold` is the conformal quantile of minus the true label's probability; infinite: all.
    """
    return -np.asarray(posterior, dtype=np.float64) <= threshold


def conformal_bound(sets: ArrayLike, label: ArrayLike, *, alpha: float) -> Floats:
    """Upper bound on the entropy of the label that is left, nats: [..., n, K], [n] -> [...].

    h(alpha) + (1 - a) mean log |C| over the draws whose set holds their label + alpha mean
    log(K - |C|) over the others, a = alpha - 1/(n + 1). A group without draws adds 0. For n below
    1/alpha - 1 the weight of the first exceeds 1. It may exceed log K. The others weigh alpha
    however many they are: of sets that miss more often it is no bound.

    Differs: nats instead of bits.

    Raises:
        ValueError: alpha outside (0, 1), no draws, or labels that do not fit.
    """
    within, row = np.asarray(sets, dtype=bool), np.asarray(label)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
    if within.ndim < 2 or row.shape != within.shape[-2:-1] or not row.size:
        raise ValueError(f"one label for each of n >= 1 sets, got {row.shape} for {within.shape}")
    n, k = within.shape[-2:]
    covered = within[..., np.arange(n), row]  # [..., n]
    size = within.sum(axis=-1)  # [..., n]
    inside = group_mean(np.log(np.maximum(size, 1)), covered)
    outside = group_mean(np.log(np.maximum(k - size, 1)), ~covered)
    doubt = float(entropy(np.log([alpha, 1 - alpha])))
    return doubt + (1 - (alpha - 1 / (n + 1))) * inside + alpha * outside


def group_mean(values: Floats, chosen: Sets) -> Floats:
    """Mean of the chosen values, 0 where none is: [..., n] -> [...]."""
    return np.where(chosen, values, 0.0).sum(axis=-1) / np.maximum(chosen.sum(axis=-1), 1)


class ConformalPursuit:
    """Asks the question after which the prediction sets should be smallest.

    A set holds the labels above a threshold that belongs to the number of answers known, so that
    it covers the true label with probability 1 - alpha; only the order of probabilities counts,
    not their size. Meant for probabilities that are over- or under-confident; with exact ones
    `InformationPursuit` is better. So calibrate first where labels allow it: on the scoreboard
    this rule beats entropy of under-confident probabilities, but not a random order.

    The coverage is exact for histories like those of the calibration, and approximate for those
    that the rule itself plays, since it chooses what to ask.

    Differs: finite-sample quantiles, where the published code takes the plain one. Stops early
    where the set holds `enough` labels or fewer (0: never; an empty set asks on), or, with a
    `tolerance` in nats, where no question lowers the bound by more than that. To stop early costs
    right guesses: a set of one label is wrong about as often as alpha says.
    """

    def __init__(
        self,
        *,
        alpha: float = 0.1,
        foresight: Foresight | None = None,
        enough: int = 1,
        tolerance: float | None = None,
    ) -> None:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must lie inside (0, 1), got {alpha}")
        if enough < 0:
            raise ValueError(f"enough must be at least 0, got {enough}")
        if tolerance is not None and math.isnan(tolerance):
            raise ValueError("tolerance must be a number of nats or None, got NaN")
        self.alpha = alpha
        self.foresight = foresight or Foresight()
        self.enough = enough
        self.tolerance = tolerance

    def fit(self, inquiry: Inquiry, calibration: Sequence[Played]) -> Self:
        """Learn `threshold_` [1+T] from played histories of each length 0 to T; also `inquiry_`.

        T is the number of turns that may be taken. A length with too few histories for alpha has
        an infinite threshold: its sets hold every label.

        Raises:
            ValueError: fewer than two lengths, or a history of another length than its place.
        """
        if len(calibration) < 2:
            raise ValueError(f"histories of length 0 and 1 at least, got {len(calibration)} kinds")
        for length, played in enumerate(calibration):
            if any(len(h) != length for h in played.histories) or not played.histories:
                raise ValueError(f"calibration[{length}] must hold histories of length {length}")
        self.inquiry_ = inquiry
        self.threshold_ = np.array([self.threshold(played) for played in calibration])
        return self

    def threshold(self, played: Played) -> float:
        """The conformal quantile of minus the true label's probability."""
        p = self.inquiry_.probabilities(played.histories)  # [n, K]
        return float(conformal_quantile(-p[np.arange(len(p)), played.label], self.alpha))

    @property
    def turns(self) -> int:
        """How many questions may be asked."""
        return len(self.threshold_) - 1

    def prediction_set(self, history: History) -> list[Hashable]:
        """The labels that are still possible, in their order."""
        p = self.inquiry_.probabilities([history])[0]
        within = prediction_sets(p, self.threshold_at(len(history)))
        return [label for label, inside in zip(self.inquiry_.labels, within, strict=True) if inside]

    def threshold_at(self, length: int) -> float:
        """The threshold for histories of this length.

        Raises:
            ValueError: longer than calibrated.
        """
        if length > self.turns:
            raise ValueError(f"calibrated for {self.turns} answers, got {length}; fit with more")
        return float(self.threshold_[length])

    def next_question(
        self,
        history: History,
        rng: np.random.Generator,
        questions: Sequence[Hashable] | None = None,
    ) -> Hashable | None:
        """The question to ask, out of these or of the bank; None: it is time to guess."""
        open_ = self.inquiry_.unasked(history, questions)
        over = not open_ or len(history) >= self.turns
        if over or 1 <= len(self.prediction_set(history)) <= self.enough:
            return None
        seen = self.foresight(self.inquiry_, history, open_, rng)
        bound = self.bounds(seen, len(history) + 1)  # [m]
        if self.tolerance is not None:
            same = np.broadcast_to(
                self.inquiry_.probabilities([history]), seen.posterior.shape[1:]
            )  # [n, K]
            now = self.bounds(Foreseen(same, seen.label), len(history))
            if now - bound.min() <= self.tolerance:
                return None
        return open_[int(bound.argmin())]

    def bounds(self, seen: Foreseen, length: int) -> Floats:
        """The bound after each of m questions, nats, the least is asked: [m].

        `length` is that of the histories foreseen.
        """
        sets = prediction_sets(seen.posterior, self.threshold_at(length))
        return conformal_bound(sets, seen.label, alpha=self.alpha)

    def guess(self, history: History) -> Hashable:
        """The likeliest label."""
        return self.inquiry_.guess(history)
