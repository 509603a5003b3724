"""What every row of the table of methods that ask in several ways owes, whatever its idea."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from dubito.estimate import ASKED
from dubito.estimate.asked.judged import judge_samples
from dubito.estimate.asked.paraphrase import reworded
from dubito.evidence import Evidence, Missing, Plan
from dubito.method import Method
from inputs import hard_evidence, rich_evidence
from laws import arrays, assert_doubt, assert_frozen

WAYS = 13  # an answer and the four regenerations at each of three positions ask for most
# Not evidence but the forks along one answer; its own tests have the rest of this contract.
READ_FORKS = {"forking-paths"}
# Nor these, which read the distributions of several models: test_ensembles.py.
READ_MEMBERS = {
    "ensemble-mutual-information",
    "ensemble-epkl",
    "ensemble-reverse-information",
}
EVERY = pytest.mark.parametrize("method", ASKED, ids=lambda method: method.id)
EACH = pytest.mark.parametrize(
    "method",
    [m for m in ASKED if m.id not in READ_FORKS | READ_MEMBERS],
    ids=lambda method: method.id,
)
HARD = hard_evidence()

Ways = tuple[Evidence, ...]


@lru_cache
def different(seed: int) -> Ways:
    """One question asked in several ways, each answered in its own way."""
    question = rich_evidence().prompt
    wordings = (question, *reworded(question, WAYS - 1))
    rich = [rich_evidence(seed * 100 + i, k=20) for i in range(WAYS)]
    return tuple(replace(e, prompt=w) for e, w in zip(rich, wordings, strict=True))


def same_answer(seed: int) -> Ways:
    """The same answer read in each way, with log-probabilities of its own."""
    text = different(seed)[0].answer.text
    return tuple(replace(e, answer=replace(e.answer, text=text)) for e in different(seed))


def partly_same(seed: int) -> Ways:
    """The first answer again in each way but the last few, more of them in each seed."""
    changed = different(seed)[WAYS - 1 - seed :]
    return (*same_answer(seed)[: WAYS - 1 - seed], *changed)


def same_samples(seed: int) -> Ways:
    """The same drawn answers read in each way, with log-probabilities of its own."""
    first, *rest = different(seed)
    read = [
        replace(
            e,
            samples=tuple(
                replace(s, text=known.text)
                for s, known in zip(e.samples, first.samples, strict=True)
            ),
        )
        for e in rest
    ]
    return (first, *read)


def judged_beside_samples(seed: int) -> Ways:
    """The second way shows the drawn answers of the first."""
    first, second, *others = different(seed)
    return first, replace(second, prompt=judge_samples(first, 5)), *others


# What a row reads that is picky about the answers; all others read different ones.
FITTING: dict[str, Callable[[int], Ways]] = {
    "bayesian-in-expectation": same_answer,
    "sicb-specification-metric": same_answer,
    "mub": partly_same,
    "p-true-sampled": judged_beside_samples,
    "cheat-pairs": same_answer,
    "ensemble-sequence-reverse": same_samples,
}


def seen_by(method: Method, seed: int = 0, *, count: int = WAYS) -> list[Evidence]:
    """What the row's plan asks for of each way, no more."""
    plan = method.make().plan
    return [e.only(plan) for e in asked(method, seed)[:count]]


def asked(method: Method, seed: int = 0) -> Ways:
    """Several ways of asking that suit the row."""
    return FITTING.get(method.id, different)(seed)


def test_what_is_left_out_is_there():
    ids = {method.id for method in ASKED}
    assert READ_FORKS | READ_MEMBERS | set(FITTING) <= ids


@EVERY
def test_made_without_arguments(method):
    estimator = method.make()
    assert_frozen(estimator)
    assert estimator == method.make()
    assert isinstance(estimator.plan, Plan)


@EVERY
def test_the_row_says_what_it_costs(method):
    assert method.calls
    assert method.needs


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_doubts_what_it_sees(method, seed):
    assert_doubt(method.make()(seen_by(method, seed)))


@EACH
def test_doubt_depends_on_the_evidence(method):
    estimator = method.make()
    assert len({estimator(seen_by(method, seed)).doubt for seed in range(8)}) > 1


@EACH
def test_plan_is_used(method):
    """Each asked-for thing taken away: `Missing` or another score, never the same one."""
    estimator = method.make()
    plan, evidence = estimator.plan, asked(method)
    full = estimator(seen_by(method))
    for name in Plan.__dataclass_fields__:
        less = replace(plan, **{name: getattr(Plan(), name)})
        if less != plan:
            try:
                got = estimator([e.only(less) for e in evidence])
            except Missing:
                continue
            assert got != full, f"{name} is collected but not used"


@EACH
def test_one_way_of_asking_is_said_to_be_too_few_or_has_a_number(method):
    estimator = method.make()
    got = doubt_or_complaint(estimator, seen_by(method, count=1))
    assert got.strip() if isinstance(got, str) else math.isfinite(got)


def doubt_or_complaint(estimator, evidence) -> float | str:
    """The doubt, beside parts that are no NaN; or what the error says is amiss."""
    try:
        score = estimator(evidence)
    except (Missing, ValueError) as error:
        return str(error)
    assert not any(math.isnan(part) for part in score.parts.values())
    return score.doubt


@EACH
def test_no_way_of_asking_is_refused(method):
    with pytest.raises((Missing, ValueError), match=r"\w"):
        method.make()([])


@EACH
def test_missing_is_said(method):
    """Texts alone do not do where more was asked for."""
    estimator = method.make()
    texts = Plan(samples=estimator.plan.samples)
    if replace(estimator.plan, samples=0) != Plan():
        with pytest.raises(Missing, match=r"\w"):
            estimator([e.only(texts) for e in asked(method)])


@EACH
def test_same_bits_twice(method):
    """Asked twice: the same score, and the evidence as it was."""
    estimator = method.make()
    evidence = seen_by(method)
    before = [a for e in evidence for a in arrays(e)]
    first = estimator(evidence)
    assert estimator(evidence) == first
    for now, then in zip((a for e in evidence for a in arrays(e)), before, strict=True):
        np.testing.assert_array_equal(now, then)


@EACH
@pytest.mark.parametrize("case", HARD)
@pytest.mark.parametrize("at", [0, 1], ids=["question", "rewording"])
def test_hard_evidence(method, case, at):
    """A number (infinite allowed), `Missing` or a complaint in words; never NaN."""
    estimator = method.make()
    evidence = seen_by(method)
    hard = HARD[case]
    k = min(estimator.plan.samples, len(hard.samples))
    evidence[at] = hard.only(replace(estimator.plan, samples=k))
    got = doubt_or_complaint(estimator, evidence)
    assert got.strip() if isinstance(got, str) else not math.isnan(got)
