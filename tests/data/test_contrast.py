"""Contrasted pairs in words: one question, two scenes, five reasons."""

from collections import Counter

import pytest

from dubito.data import Question, contrasts, is_right
from dubito.data.contrast import Contrast, split
from dubito.data.reasons import Reason

PAIRS = contrasts(300, seed=0)
QUESTION = Question("A red star. What colour is the star?", ("red",))
OTHER = Question("A cross. What colour is the star?", answerable=False)


def asked(question: Question) -> str:
    return question.text.rpartition(". ")[2]


def test_the_question_alone_tells_nothing() -> None:
    """Both members end in the same question, so a reader of it alone is at chance."""
    for pair in PAIRS:
        assert asked(pair.answerable) == asked(pair.unanswerable)
        assert asked(pair.answerable).endswith("?")


def test_scenes_differ_in_one_place() -> None:
    for pair in PAIRS:
        a, u = pair.answerable.text.split(". "), pair.unanswerable.text.split(". ")
        assert len(a) == len(u)
        assert sum(x != y for x, y in zip(a, u, strict=True)) == 1


def test_reasons_take_turns_and_are_kept() -> None:
    assert Counter(pair.reason for pair in PAIRS) == dict.fromkeys(Reason, 60)
    for pair in PAIRS:
        assert pair.unanswerable.kind == pair.reason.name
        assert pair.unanswerable.reason == pair.reason.value
    assert {r for r in Reason if r.aleatoric} == {Reason.TEMPORAL, Reason.AMBIGUITY}


def test_answers_are_right_and_wrong_where_they_should_be() -> None:
    for pair in PAIRS:
        reply = f"It is {pair.answerable.answers[0]}."
        assert is_right(reply, pair.answerable)
        assert not is_right(reply, pair.unanswerable)
        assert is_right("I don't know.", pair.unanswerable)
        assert not is_right("I don't know.", pair.answerable)


@pytest.mark.parametrize("reason", Reason)
def test_the_edit_takes_the_answer_away(reason: Reason) -> None:
    """But in the scene of two things that fit, where the answer is one of two."""
    for pair in contrasts(40, reasons=[reason]):
        scene, answer = pair.unanswerable.text, pair.answerable.answers[0]
        assert (answer in scene) == (reason is Reason.AMBIGUITY)
        assert answer in pair.answerable.text


def test_pairs_are_different_and_the_seed_decides() -> None:
    assert len({pair.answerable.text for pair in PAIRS}) == 300
    assert contrasts(20, seed=1) == contrasts(20, seed=1) != contrasts(20, seed=2)


def test_pairs_stay_together() -> None:
    train, held_out = split(PAIRS, share=0.3, seed=0)
    assert (len(train), len(held_out)) == (210, 90)
    assert {id(p) for p in train} | {id(p) for p in held_out} == {id(p) for p in PAIRS}


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="changed nothing"):
        Contrast(QUESTION, Question(QUESTION.text, answerable=False), Reason.EXTRANEOUS)
    with pytest.raises(ValueError, match="answerable question first"):
        Contrast(OTHER, QUESTION, Reason.EXTRANEOUS)
    with pytest.raises(ValueError, match="got 0"):
        contrasts(0)
    with pytest.raises(ValueError, match="got 5"):
        contrasts(5, reasons=[])
    with pytest.raises(ValueError, match=r"got 1\.0"):
        split(PAIRS, share=1.0)
