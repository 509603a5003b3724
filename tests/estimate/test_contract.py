"""What every row of the table of estimators owes, whatever its idea."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import ESTIMATORS
from dubito.evidence import Estimator, Evidence, Plan, Score, Sequence
from inputs import answered, hard_evidence, rich_evidence
from laws import (
    assert_doubt,
    assert_frozen,
    assert_missing_is_said,
    assert_never_silent,
    assert_order_free,
    assert_plan_is_used,
    assert_same_bits,
)

HARD = hard_evidence()
EACH = pytest.mark.parametrize("method", ESTIMATORS, ids=lambda method: method.id)


def test_ids_are_unique():
    ids = [method.id for method in ESTIMATORS]
    assert len(set(ids)) == len(ids)
    assert ids


@EACH
def test_made_without_arguments(method):
    estimator = method.make()
    assert isinstance(estimator, Estimator)
    assert_frozen(estimator)
    assert estimator == method.make()
    assert isinstance(estimator.plan, Plan)  # empty for one that reads the answer's text alone


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_doubts_what_it_sees(method, seed):
    estimator, evidence = method.make(), rich_evidence(seed)
    score = estimator(evidence.only(estimator.plan))
    assert_doubt(score, tokens=len(evidence.answer.tokens))


@EACH
def test_doubt_depends_on_the_evidence(method):
    estimator = method.make()
    rich = [rich_evidence(seed) for seed in range(5)]
    hesitant = answered(rich[0], replace(rich[0].answer, text="Perhaps Lima"))
    seen = [*rich, hesitant, HARD["all samples equal"]]
    doubts = {estimator(evidence.only(estimator.plan)).doubt for evidence in seen}
    assert len(doubts) > 1


@EACH
def test_plan_is_used(method):
    assert_plan_is_used(method.make(), rich_evidence())


@EACH
def test_missing_is_said(method):
    assert_missing_is_said(method.make(), rich_evidence())


@EACH
def test_samples_have_no_order(method):
    assert_order_free(method.make(), rich_evidence(1))


@EACH
def test_same_bits_twice(method):
    assert_same_bits(method.make(), rich_evidence())


@EACH
@pytest.mark.parametrize("case", HARD)
def test_hard_evidence(method, case):
    evidence = HARD[case]
    estimator = method.make()
    k = min(estimator.plan.samples, len(evidence.samples))
    assert_never_silent(estimator, evidence.only(replace(estimator.plan, samples=k)))


@EACH
def test_nan_logprobs_are_refused(method):
    """NaN among the log-probabilities that an estimator reads: an error that names them."""
    estimator, evidence = method.make(), rich_evidence()
    first, *rest = evidence.samples
    spoilt = (
        replace(evidence, answer=with_nan(evidence.answer)),
        replace(evidence, samples=(with_nan(first), *rest)),
    )
    full = score_or_complaint(estimator, evidence)
    got = [score_or_complaint(estimator, one) for one in spoilt]
    assert all(one == full or "logprobs" in str(one) for one in got)
    assert (got != [full, full]) == estimator.plan.logprobs


def with_nan(sequence: Sequence) -> Sequence:
    logprobs = np.array(sequence.logprobs)
    logprobs[1] = math.nan
    return replace(sequence, logprobs=logprobs)


def score_or_complaint(estimator: Estimator, evidence: Evidence) -> Score | str:
    try:
        return estimator(evidence.only(estimator.plan))
    except ValueError as error:
        return str(error)
