"""A guard around a scripted model: what it does, why it says so, what it keeps on disk."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import dubito
from dubito.data.question import Question
from dubito.guard import Abstain, Escalate, Guard, Retrieve
from scripted import Scripted, passage, puzzle

NAMES = ("perplexity", "lexical-similarity")
KNOWN = [puzzle(i) for i in range(200)]
FRESH = [puzzle(i) for i in range(1000, 1200)]
PASSAGES = [passage(i) for i in (*range(200), *range(1000, 1200))]


def guard(*policy: Retrieve | Escalate | Abstain, knows: float = 0.5) -> Guard:
    return Guard(Scripted(knows), policy, names=NAMES, samples=4)


def finds_nothing(queries: Sequence[str], k: int) -> list[list[str]]:
    return [[] for _ in queries][: len(queries) * k]


def right(answers: list[dubito.Answer], questions: list[Question]) -> np.ndarray:
    return np.array([a.text in q.answers for a, q in zip(answers, questions, strict=True)])


def test_it_abstains_where_it_does_not_know() -> None:
    fitted = guard(Abstain(risk=0.1)).fit(KNOWN)
    answers = fitted.answers([q.text for q in FRESH])
    told = np.array([a.action == "answer" for a in answers])
    assert 0.3 < told.mean() < 0.6  # it knows half
    assert right(answers, FRESH)[told].mean() > 0.95
    withheld = next(a for a in answers if a.action == "abstain")
    assert withheld.text == "I do not know."
    assert withheld.evidence.answer.text in ("Foo", "Bar", "Baz", "Qux", "Zip", "Zap")
    assert "as it takes for at most 10% wrong" in withheld.reasons[-1]


def test_it_retrieves_for_those_that_need_it() -> None:
    fitted = guard(Retrieve(PASSAGES, k=2, budget=0.7), Abstain(risk=0.1)).fit(KNOWN)
    answers = fitted.answers([q.text for q in FRESH])
    assert right(answers, FRESH).mean() > 0.95
    retrieved = np.array([a.action == "retrieve" for a in answers])
    assert 0.4 < retrieved.mean() < 0.7
    one = answers[int(np.argmax(retrieved))]
    assert any("Known as thing" in p for p in one.passages)
    assert "went on to retrieve" in one.reasons[0]
    assert one.cost.retrievals == 1
    assert one.cost.generations == 2 * 5
    assert one.cost.tokens == 2 * 5 * 2
    kept = answers[int(np.argmin(retrieved))]
    assert kept.cost.generations == 5
    assert "no need to retrieve" in kept.reasons[0]


def test_it_escalates_with_what_it_found() -> None:
    """The search knows half of what is needed, the larger model the rest."""
    larger = Scripted(knows=1.0, name="larger", seed=5)
    some = [passage(i) for i in (*range(0, 200, 2), *range(1000, 1200, 2))]
    policy = (Retrieve(some, budget=1.0), Escalate(larger, budget=0.5, samples=0), Abstain())
    fitted = Guard(Scripted(0.3), policy, names=NAMES, samples=4).fit(KNOWN)
    larger.asked.clear()
    answers = fitted.answers([q.text for q in FRESH])
    escalated = np.array([a.cost.escalations for a in answers])
    assert 0.2 < escalated.mean() < 0.5
    assert len(larger.asked) == escalated.sum()
    assert all(prompt.startswith("Facts:") for prompt in larger.asked)
    assert right(answers, FRESH).mean() > 0.9


def test_one_question_is_answered_as_among_many() -> None:
    fitted = guard(Retrieve(PASSAGES, budget=0.6), Abstain(risk=0.2)).fit(KNOWN)
    many = fitted.answers([q.text for q in FRESH[:20]])
    for alone, among in zip((fitted(q.text) for q in FRESH[:20]), many, strict=True):
        assert (alone.text, alone.action, alone.confidence) == (
            among.text,
            among.action,
            among.confidence,
        )
    assert fitted.answers([]) == []


def test_saved_and_loaded_it_answers_alike(tmp_path: Path) -> None:
    fitted = guard(Retrieve(PASSAGES, budget=0.6), Abstain(risk=0.2)).fit(KNOWN)
    fitted.save(tmp_path / "guard")
    assert sorted(f.name for f in (tmp_path / "guard").iterdir()) == [
        "guard.json",
        "passages-0.jsonl",
    ]
    again = Guard.load(tmp_path / "guard", model=Scripted(0.5))
    texts = [q.text for q in FRESH[:50]]
    for mine, theirs in zip(fitted.answers(texts), again.answers(texts), strict=True):
        assert mine.text == theirs.text
        assert mine.confidence == theirs.confidence
        assert mine.reasons == theirs.reasons
    again.save(tmp_path / "guard")  # in its own place
    with pytest.raises(ValueError, match="something else"):
        fitted.save(tmp_path)


def test_what_is_no_guard_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no guard"):
        Guard.load(tmp_path)
    (tmp_path / "guard.json").write_text(json.dumps({"version": 99}))
    with pytest.raises(ValueError, match="version is 99"):
        Guard.load(tmp_path)
    with pytest.raises(ValueError, match="search of your own"):
        Guard(Scripted(), (Retrieve(finds_nothing),), names=NAMES).fit(KNOWN[:20]).save(
            tmp_path / "new"
        )
    assert not (tmp_path / "new").exists()


def test_few_labels_withhold_everything_and_say_why() -> None:
    fitted = guard(Abstain(risk=0.1)).fit(KNOWN[:10])
    answer = fitted(FRESH[0].text)
    assert answer.action == "abstain"
    assert "more labels" in answer.reasons[-1]


@pytest.mark.parametrize("knows", [0.0, 1.0])
def test_a_model_that_knows_all_or_nothing(knows: float) -> None:
    fitted = guard(Abstain(risk=0.1), knows=knows).fit(KNOWN)
    answers = fitted.answers([q.text for q in FRESH])
    assert {a.action for a in answers} == ({"answer"} if knows else {"abstain"})


def test_equal_questions_again_and_again() -> None:
    fitted = guard(Abstain(risk=0.1)).fit([KNOWN[0]] * 60)
    assert math.isfinite(fitted(KNOWN[0].text).confidence or math.nan)


def test_texts_with_answers_are_questions() -> None:
    texts, answers = [q.text for q in KNOWN], [q.answers[0] for q in KNOWN]
    by_text = guard(Abstain()).fit(texts, answers).router_.to_json()
    assert by_text == guard(Abstain()).fit(KNOWN).router_.to_json()
    with pytest.raises(ValueError, match="each of 200 questions"):
        guard(Abstain()).fit(texts)
    with pytest.raises(ValueError, match="got 1"):
        guard(Abstain()).fit(texts, answers[:1])


def test_a_measure_that_is_missing_everywhere_is_lived_with() -> None:
    """P(True) is nothing this model shows; its column is flagged and the other one decides."""
    fitted = Guard(Scripted(), (Abstain(),), names=("p-true", "perplexity"), samples=4).fit(KNOWN)
    answers = fitted.answers([q.text for q in FRESH])
    assert right(answers, FRESH)[[a.action == "answer" for a in answers]].mean() > 0.9


def test_misuse_is_named() -> None:
    with pytest.raises(ValueError, match="last step"):
        guard(Abstain(), Retrieve(PASSAGES))
    with pytest.raises(ValueError, match="no method"):
        Guard(Scripted(), names=("perplexi",))
    with pytest.raises(ValueError, match="call fit"):
        guard(Abstain())("What is thing 1?")
    with pytest.raises(ValueError, match="at least 4"):
        guard(Abstain()).fit(KNOWN[:3])
    with pytest.raises(ValueError, match="k=0"):
        Retrieve(PASSAGES, k=0)


def test_it_is_a_public_name() -> None:
    assert dubito.Guard is Guard
