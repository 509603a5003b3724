"""The one function that scores: reasons, standard errors, and no more than was asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from dubito.estimate import ESTIMATORS
from dubito.estimate.scoring import joint_plan, sampling_error, score, score_one, with_cause
from dubito.evidence import Evidence, Missing, Plan, Score, Sequence
from dubito.models.stored import evidence_from_texts
from inputs import cut, hard_evidence, rich_evidence, with_logprobs


@dataclass
class Of:
    """An estimator by a function of the samples' log-probabilities, [K]; counts its calls."""

    function: Callable[[np.ndarray], float]
    plan: Plan = field(default_factory=lambda: Plan(samples=4, logprobs=True))
    calls: int = 0

    def __call__(self, evidence: Evidence, /) -> Score:
        self.calls += 1
        sums = [0.0 if s.logprobs is None else s.logprobs.sum() for s in evidence.samples]
        return Score(float(self.function(np.array(sums))))


def spoken(*values: float) -> Evidence:
    """A sample for each log-probability; equal values are equal texts."""
    samples = tuple(Sequence(f"{v}", ("x",), logprobs=np.array([v])) for v in values)
    return Evidence("q", Sequence("a", ("a",), logprobs=np.array([-1.0])), samples)


def mean(x: np.ndarray) -> float:
    return float(x.mean())


def test_plans_join() -> None:
    one, other = Of(mean), Of(mean, Plan(samples=7, embeddings=True))
    assert joint_plan([one, other]) == Plan(samples=7, logprobs=True, embeddings=True)
    assert joint_plan([]) == Plan()


def test_each_estimator_by_its_name() -> None:
    scores = score(spoken(-1, -2, -3, -6), {"mean": Of(mean), "least": Of(np.min)})
    assert list(scores) == ["mean", "least"]
    assert scores["mean"].doubt == -3
    assert scores["least"].doubt == -6


def test_the_standard_error_of_a_mean_by_hand() -> None:
    """-1, -2, -3, -6: variance with n - 1 is (4 + 1 + 0 + 9) / 3 = 14 / 3; error sqrt(14 / 12)."""
    found = score_one(spoken(-1, -2, -3, -6), Of(mean))
    assert found.standard_error == pytest.approx(math.sqrt(14 / 12))


def test_duplicates_count_each_and_are_computed_once() -> None:
    """Direct leave-one-out over all K of a curved statistic; two of four samples are equal."""
    values = [-1.0, -2.0, -2.0, -6.0]
    estimator = Of(lambda x: float(np.exp(x).sum() ** 2))
    found = score_one(spoken(*values), estimator)
    left = [np.exp(np.delete(values, k)).sum() ** 2 for k in range(4)]
    direct = math.sqrt(3 * np.var(left))
    assert found.standard_error == pytest.approx(direct)
    assert estimator.calls == 1 + 3


def test_equal_words_with_other_probabilities_are_not_equal() -> None:
    same = tuple(replace(s, text="x") for s in spoken(-1, -2, -3, -6).samples)
    evidence = replace(spoken(-1), samples=same)
    assert score_one(evidence, Of(mean)).standard_error == pytest.approx(math.sqrt(14 / 12))


def test_equal_probabilities_of_other_words_are_not_equal() -> None:
    """The statistic looks at the words."""

    class Longest:
        plan = Plan(samples=3)

        def __call__(self, evidence: Evidence, /) -> Score:
            return Score(float(sum(len(s.text) for s in evidence.samples)))

    texts = evidence_from_texts("q", "a", ["x", "xxxx", "xxxxxxx"])
    left = [11, 8, 5]
    assert score_one(texts, Longest()).standard_error == pytest.approx(math.sqrt(2 * np.var(left)))


@pytest.mark.parametrize("method", [m for m in ESTIMATORS if m.make().plan.samples >= 3])
def test_every_method_against_direct_leave_one_out(method: object) -> None:
    estimator = method.make()  # type: ignore[attr-defined]
    evidence = rich_evidence(6, max(estimator.plan.samples, 3))
    found = score_one(evidence, estimator)
    seen = evidence.only(estimator.plan)
    k = len(seen.samples)
    left = [estimator(seen.take([j for j in range(k) if j != i])).doubt for i in range(k)]
    expected = math.sqrt((k - 1) * np.var(left))
    assert found.standard_error is not None
    assert found.standard_error == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("samples", [0, 2])
def test_too_few_samples_for_an_error(samples: int) -> None:
    found = score_one(spoken(-1, -2, -3), Of(lambda _: 1.0, Plan(samples=samples)))
    assert found.standard_error is None
    assert found.doubt == 1


def test_an_estimators_own_error_stays() -> None:
    class Sure:
        plan = Plan(samples=3)

        def __call__(self, _: Evidence, /) -> Score:
            return Score(1.0, standard_error=0.25)

    assert score_one(spoken(-1, -2, -3), Sure()).standard_error == 0.25


def test_errors_can_be_left_away() -> None:
    estimator = Of(mean)
    (found,) = score(spoken(-1, -2, -3, -6), {"m": estimator}, errors=False).values()
    assert found.standard_error is None
    assert found.doubt == -3
    assert estimator.calls == 1


def test_only_what_the_plan_asks_is_seen() -> None:
    """Four of five samples, without their log-probabilities."""
    estimator = Of(lambda x: float(len(x) + abs(x).sum()), Plan(samples=4))
    assert score_one(spoken(-1, -2, -3, -6, -7), estimator).doubt == 4


def test_a_reason_names_the_collectors_cause() -> None:
    evidence = evidence_from_texts("q", "Lima", ["Cusco"] * 10)
    (found,) = score(
        evidence, {"g-nll": next(m for m in ESTIMATORS if m.id == "g-nll").make()}
    ).values()
    assert math.isnan(found.doubt)
    assert found.reason == "only text was given"
    lacking = Missing("no a; collect it", "a")
    assert with_cause(lacking, spoken(-1)) == "no a; collect it"
    assert with_cause(lacking, replace(spoken(-1), missing={"b": "y"})) == "no a; collect it"
    assert with_cause(lacking, replace(spoken(-1), missing={"b": "y", "a": "x"})) == "x"
    assert with_cause(lacking, replace(spoken(-1), missing={"a of samples": "z"})) == "z"


def test_too_few_samples_is_a_reason() -> None:
    found = score_one(spoken(-1, -2), Of(mean))
    assert math.isnan(found.doubt)
    assert "4 samples asked for, 2 collected" in found.reason
    assert found.standard_error is None


def test_other_errors_are_not_swallowed() -> None:
    class Broken:
        plan = Plan()

        def __call__(self, _: Evidence, /) -> Score:
            raise LookupError("a bug")

    with pytest.raises(LookupError, match="a bug") as caught:
        score_one(spoken(-1), Broken())
    assert not isinstance(caught.value, Missing)


def test_what_is_missing_without_one_sample_leaves_the_error_unknown() -> None:
    """All but one sample are impossible: the doubt is known, that without the one is not."""

    def needs_one(x: np.ndarray) -> float:
        if not (x > -np.inf).any():
            raise Missing("every answer has probability 0")
        return float(np.exp(x).sum())

    found = score_one(spoken(-1, -np.inf, -np.inf, -np.inf), Of(needs_one))
    assert found.doubt == pytest.approx(math.exp(-1))
    assert found.reason == ""
    assert found.standard_error is None or math.isnan(found.standard_error)


def impossible_but_one() -> Evidence:
    first, *rest = rich_evidence(2).samples
    samples = (first, *(with_logprobs(s, -np.inf) for s in rest))
    return replace(rich_evidence(2), samples=samples)


def empty_but_one() -> Evidence:
    first, *rest = rich_evidence(2).samples
    return replace(rich_evidence(2), samples=(first, *(cut(s, 0) for s in rest)))


HARD = {
    **hard_evidence(),
    "impossible but one": impossible_but_one(),
    "empty but one": empty_but_one(),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_evidence_never_stops_the_table(name: str) -> None:
    """Every method: a number, or NaN with a reason; the errors are numbers, NaN or None."""
    with np.errstate(all="ignore"):
        scores = score(HARD[name], {m.id: m.make() for m in ESTIMATORS})
    for method, found in scores.items():
        assert math.isnan(found.doubt) == bool(found.reason), (method, found)
        assert found.standard_error is None or not found.standard_error < 0, method


def test_error_of_a_constant_is_zero() -> None:
    assert sampling_error(spoken(-1, -2, -3, -6), Of(lambda _: 1.0)) == 0
