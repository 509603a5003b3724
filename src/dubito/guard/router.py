"""Ways of answering in turn: how sure each is, when to try the next, when to say nothing.

Numbers only: doubts in, routes out. `Guard` puts models around it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.special import logit

from dubito.calibrate.combination import fit_combination
from dubito.calibrate.curves import Combination, Curve, load_curve, save_curve
from dubito.calibrate.inputs import smoothed
from dubito.decide.selective import RiskControl
from dubito.evidence import Floats, Integers
from dubito.maths.arrays import Flags
from dubito.maths.quantiles import binomial_upper

FEWEST = 4  # labelled questions: two to learn from, two to prove the promise on
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Gate:
    """When to go on to the next way, by one of two targets.

    Attributes:
        budget: at most this share of all questions goes on.
        risk: of the answers that stay at most this share is wrong.
        confidence: with which the target is met, over the labelled questions that one may get.
    """

    budget: float | None = None
    risk: float | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuse no target, two of them, or one that is no share."""
        if (self.budget is None) == (self.risk is None):
            raise ValueError(
                f"give a gate a budget or a risk, one of them; got {self.budget} and {self.risk}"
            )
        if self.budget is not None and not 0 <= self.budget <= 1:
            raise ValueError(f"a budget is a share of the questions in [0, 1], got {self.budget}")

    def threshold(self, doubt: Floats, wrong: Flags, *, of: int) -> float:
        """The doubt [n] from which on questions go on; `of` questions were asked in all.

        -inf where all may go on, inf where none may.
        """
        if self.risk is not None:
            rule = RiskControl(risk=self.risk, confidence=self.confidence).fit(doubt, wrong)
            return rule.threshold_
        allowed = affordable(self.budget or 0.0, of, self.confidence)
        if allowed < 0:
            return math.inf
        falling = np.sort(doubt)[::-1]
        return -math.inf if allowed >= len(doubt) else float(np.nextafter(falling[allowed], 2.0))


def affordable(budget: float, n: int, confidence: float) -> int:
    """How many of n may go on so that in the long run at most this share does, for `confidence`
    of all samples; n for a budget of 1, -1 where n is too small to let even the next one go.

    With k going on, the threshold lies at the next doubt below them. The share of all doubts
    beyond it has the law Beta(k + 1, n - k), whatever the doubts' own.
    """
    if budget == 1:
        return n
    return int((binomial_upper(np.arange(n), n, confidence) <= budget).sum()) - 1


class Routes(NamedTuple):
    """What becomes of N questions."""

    asked: Integers  # [N] how many ways were tried, at least 1
    chosen: Integers  # [N] the way whose answer is given: the surest of those
    confidence: Floats  # [N] in that answer
    answered: Flags  # [N] False: better to say nothing


class Router:
    """W ways of answering, W - 1 gates between them, and perhaps a promise on what is answered.

    Each way has a confidence, learned from its doubts and from the confidence so far; the answer
    of the surest way tried is given. Half of the questions teach confidences and gates. The other
    half only sets the last threshold of doubt, by `RiskControl`: so its promise holds whatever the
    first half has taught.
    """

    def __init__(
        self, gates: Sequence[Gate] = (), promise: RiskControl | None = None, *, seed: int = 0
    ) -> None:
        self.gates = tuple(gates)
        self.promise = promise
        self.seed = seed

    def fit(self, doubts: Sequence[Floats], right: Flags) -> Self:
        """Learn `curves_`, `thresholds_` and the promise's own from each way asked every question.

        Args:
            doubts: [N, M_w] of each of the W ways; NaN where one is not known.
            right: [N, W] whether the way's answer was right.

        Raises:
            ValueError: fewer than 4 questions, or tables that do not fit together.
        """
        right = checked(doubts, right, ways=len(self.gates) + 1)
        order = np.random.default_rng(self.seed).permutation(len(right))
        teach, prove = np.sort(order[::2]), np.sort(order[1::2])
        self.learn([d[teach] for d in doubts], right[teach])
        if self.promise is not None:
            _, chosen, confidence = self.walk([d[prove] for d in doubts])
            self.promise.fit(1 - confidence, ~right[prove][np.arange(len(prove)), chosen])
        return self

    def learn(self, doubts: Sequence[Floats], right: Flags) -> None:
        """Confidences and gates, each gate from confidences that did not see its question."""
        n = len(right)
        self.curves_: list[Curve] = []
        self.thresholds_: list[float] = []
        best, given = np.full(n, -1.0), np.zeros(n, dtype=bool)
        reached, before = np.ones(n, dtype=bool), None
        for way, own in enumerate(doubts):
            features = with_before(own, before)
            self.curves_.append(taught(features, right[:, way]))
            sure = out_of_fold(features, right[:, way], seed=self.seed)
            given = np.where(sure > best, right[:, way], given)
            best = before = np.maximum(best, sure)
            if way < len(self.gates):
                doubt = 1 - best
                threshold = self.gates[way].threshold(doubt[reached], ~given[reached], of=n)
                self.thresholds_.append(threshold)
                reached &= doubt >= threshold

    def confidence(self, way: int, doubts: Floats, before: Floats | None) -> Floats:
        """[N] that this way is right, from its doubts [N, M] and the confidence [N] so far."""
        return self.curves_[way](with_before(doubts, before))

    def goes_on(self, way: int, confidence: Floats) -> Flags:
        """[N] is the next way to be tried, with this confidence so far?"""
        return 1 - confidence >= self.thresholds_[way]

    def answers(self, confidence: Floats) -> Flags:
        """[N] is an answer of this confidence to be given?"""
        if self.promise is None:
            return np.ones(len(confidence), dtype=bool)
        return self.promise.predict(1 - confidence)

    def route(self, doubts: Sequence[Floats]) -> Routes:
        """What becomes of N questions whose doubts [N, M_w] are known for every way."""
        asked, chosen, confidence = self.walk(doubts)
        return Routes(asked, chosen, confidence, self.answers(confidence))

    def walk(self, doubts: Sequence[Floats]) -> tuple[Integers, Integers, Floats]:
        """How many ways are tried, whose answer is the surest, and how sure it is; [N] each."""
        n = len(doubts[0])
        asked, chosen = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        best, going = np.full(n, -1.0), np.ones(n, dtype=bool)
        for way, own in enumerate(doubts):
            sure = self.confidence(way, own, best if way else None)
            asked += going
            chosen = np.where(going & (sure > best), way, chosen)
            best = np.where(going, np.maximum(best, sure), best)
            if way < len(self.gates):
                going &= self.goes_on(way, best)
        return asked, chosen, best

    def to_json(self) -> dict[str, Any]:
        """All that routing needs, as plain numbers."""
        return {
            "curves": [save_curve(c) for c in self.curves_],
            "thresholds": [repr(t) for t in self.thresholds_],  # JSON has no infinity
            "promise": None if self.promise is None else self.promise.to_json(),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any], gates: Sequence[Gate]) -> Self:
        """A router that routes as the saved one did."""
        promise = saved["promise"]
        router = cls(gates, None if promise is None else RiskControl.from_json(promise))
        router.curves_ = [load_curve(c) for c in saved["curves"]]
        router.thresholds_ = [float(t) for t in saved["thresholds"]]
        if len(router.curves_) != len(gates) + 1 or len(router.thresholds_) != len(gates):
            raise ValueError(
                f"{len(gates)} gates need {len(gates) + 1} curves, got {len(router.curves_)}"
            )
        return router


def checked(doubts: Sequence[Floats], right: Flags, *, ways: int) -> Flags:
    """The labels [N, W] as truth values."""
    labels = np.asarray(right)
    shapes = [np.shape(d) for d in doubts]
    n = len(labels)
    if labels.shape != (n, ways) or [s[0] for s in shapes] != [n] * ways:
        raise ValueError(
            f"{ways} ways need doubts [N, M] of each and labels [N, {ways}], "
            f"got {shapes} and {labels.shape}"
        )
    if n < FEWEST:
        raise ValueError(f"at least {FEWEST} labelled questions are needed to fit, got {n}")
    return labels.astype(bool)


def with_before(doubts: Floats, before: Floats | None) -> Floats:
    """[N, M + 1] the doubts and, where there is one, the log odds of the confidence so far."""
    if before is None:
        return doubts
    return np.column_stack([doubts, logit(np.clip(before, 1e-12, 1 - 1e-12))])


def taught(features: Floats, right: Flags) -> Combination:
    """A confidence from features [N, M]; the penalty grows with M, since doubts are alike."""
    return fit_combination(features, smoothed(right.astype(float)), l2=float(features.shape[1]))


def out_of_fold(features: Floats, right: Flags, *, seed: int) -> Floats:
    """[N] confidence in each row by a curve that has not seen it."""
    n = len(right)
    fold = np.random.default_rng([seed, 1]).permutation(n) % min(FOLDS, n)
    found = np.empty(n)
    for f in range(fold.max() + 1):
        found[fold == f] = taught(features[fold != f], right[fold != f])(features[fold == f])
    return found
