"""Halves, cross-fitted confidences, the selective rule."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from dubito.bench.evaluate import COMBINED, calibrated, combined, evaluate, halves, selective
from dubito.data.question import Question
from dubito.evidence import Evidence, Missing, Plan, Score, Sequence


@dataclass(frozen=True)
class Told:
    """Doubt = the number that the prompt ends with; negative: missing."""

    @property
    def plan(self) -> Plan:
        return Plan()

    def __call__(self, evidence: Evidence, /) -> Score:
        value = float(evidence.prompt.split()[-1])
        if value < 0:
            raise Missing("nothing told")
        return Score(value)


def world(doubts: list[float], right: list[bool]) -> tuple[list[Question], list[Evidence]]:
    questions = [
        Question(f"{i} how sure {d}", ("yes",), kind="ab"[i % 2]) for i, d in enumerate(doubts)
    ]
    evidence = [
        Evidence(q.text, Sequence("yes" if ok else "no"), id=q.id)
        for q, ok in zip(questions, right, strict=True)
    ]
    return questions, evidence


def test_halves_share_every_kind() -> None:
    """12 of kind a, 8 of kind b: 6 and 4 of each half."""
    questions = [Question(f"q{i}", ("x",), kind="a" if i < 12 else "b") for i in range(20)]
    second = halves(questions, seed=0)
    assert second.sum() == 10
    assert second[:12].sum() == 6
    assert (halves(questions, seed=0) == second).all()
    assert (halves(questions, seed=1) != second).any()


def test_an_answer_never_teaches_its_own_confidence() -> None:
    """Flipping one label changes the other half's confidences and none of its own half."""
    rng = np.random.default_rng(0)
    doubt, right = rng.normal(size=40), rng.random(40) < 0.5
    second = np.arange(40) % 2 == 1
    flipped = right.copy()
    flipped[0] = ~flipped[0]  # in the first half
    for fit in (calibrated, lambda d, r, s: combined(np.stack([d, d**2], axis=1), r, s)):
        before, after = fit(doubt, right, second), fit(doubt, flipped, second)
        assert (before[~second] == after[~second]).all()
        assert (before[second] != after[second]).any()


def test_a_perfect_doubt_is_found_perfect() -> None:
    right = [i % 3 != 0 for i in range(60)]
    questions, evidence = world([float(not r) + i / 1000 for i, r in enumerate(right)], right)
    results = evaluate(questions, evidence, {"told": Told(), "again": replace(Told())}, risk=0.3)
    row = next(r for r in results.rows if r.id == "told")
    assert row.metrics["auroc"].estimate == 1
    assert (results.right == right).all()
    assert {r.id for r in results.rows} == {"told", "again", COMBINED}
    # about 20 of the 30 are right; the threshold lies at a rank, so near their end, not at it
    assert results.selective.wrong < 0.1
    assert 0.5 < results.selective.answered < 0.75


def test_what_is_missing_is_counted() -> None:
    right = [i % 2 == 0 for i in range(20)]
    questions, evidence = world([-1.0 if i < 5 else float(i) for i in range(20)], right)
    results = evaluate(questions, evidence, {"told": Told()})
    assert results.rows[0].left_out == 5
    assert results.rows[0].reason == "nothing told"
    assert np.isnan(results.confidence["told"]).sum() == 5


def test_one_class_has_no_auroc() -> None:
    questions, evidence = world([float(i) for i in range(12)], [True] * 12)
    results = evaluate(questions, evidence, {"told": Told()})
    assert math.isnan(results.rows[0].metrics["auroc"].estimate)


def test_evidence_of_other_questions_is_refused() -> None:
    questions, evidence = world([1.0] * 6, [True] * 6)
    with pytest.raises(ValueError, match="in their order"):
        evaluate(questions, evidence[::-1], {"told": Told()})


def test_the_promise_does_not_see_the_second_half() -> None:
    """Changing labels of the second half changes what came of the rule, not whom it answers."""
    rng = np.random.default_rng(1)
    doubts = rng.random(200)
    right = rng.random(200) > doubts**4
    second = np.arange(200) % 2 == 1
    scores = {"told": [Score(float(d)) for d in doubts]}
    one = selective(scores, right, second, risk=0.3)
    other = selective(scores, np.where(second, ~right, right), second, risk=0.3)
    assert one.answered == other.answered > 0
    assert one.wrong + other.wrong == pytest.approx(1)
