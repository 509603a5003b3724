"""Replies that hold an answer and a confidence, taken apart."""

import pytest

from dubito.data.hedges import PROBABILITIES
from dubito.estimate import VerbalisedConfidence
from dubito.evidence import Evidence, Missing, Sequence
from dubito.models.base import Generation
from dubito.models.one_reply import (
    CLASS_PROBABILITIES,
    CLASSES,
    IN_PERCENT,
    IN_WORDS,
    one_reply,
    take_apart,
)


@pytest.mark.parametrize(
    ("reply", "answer", "confidence"),
    [
        ("Answer: Lima\nConfidence: 85%", "Lima", 0.85),
        ("**Answer:** Lima\n**Confidence:** 85%", "Lima", 0.85),
        ("Lima. Confidence: 0.9", "Lima.", 0.9),
        ("Lima (confidence 70%)", "Lima", 0.7),
        ("answer: 42 km\nMy confidence level (in percent): 60", "42 km", 0.6),
        ("Answer: 1821\nProbability = 5%\nI looked it up in 1999.", "1821", 0.05),
        ("Confidence: 80%\nAnswer: Lima", "Lima", 0.8),
        ("Confidence: 80%. Answer: Lima", "Lima", 0.8),
        ("Answer: Lima\nConfidence: almost certain", "Lima", 0.95),
        ("Answer: Lima\nConfidence: Highly unlikely.", "Lima", 0.05),
        ("Answer: Lima\nConfidence: not likely, almost certain", "Lima", None),  # two phrases
        ("Answer: Lima\nConfidence: 80-90%", "Lima", None),
        ("Answer: Lima\nConfidence: likely 150%", "Lima", None),  # a number is no phrase
        ("Answer: Lima\nConfidence: who knows", "Lima", None),
        ("Answer: Lima\nConfidence:", "Lima", None),
        ("Answer: Lima", "Lima", None),
        ("A probability of winning the game", "A probability of winning the game", None),
        ("Confidence: 30%\nAnswer: Lima\nConfidence: 40%", "Lima", 0.4),  # the last one
        ("", "", None),
    ],
)
def test_taken_apart(reply: str, answer: str, confidence: float | None) -> None:
    told = take_apart(reply)
    assert told.answer == answer
    assert told.confidence == (None if confidence is None else pytest.approx(confidence))


@pytest.mark.parametrize("phrase", CLASSES)
def test_each_class_is_read_as_what_it_is_worth(phrase: str) -> None:
    told = take_apart(f"Answer: Lima\nConfidence: {phrase.capitalize()}")
    assert told.confidence == CLASS_PROBABILITIES[phrase] == PROBABILITIES[phrase]
    assert phrase in IN_WORDS


def test_classes_fall_from_sure_to_hopeless() -> None:
    worth = [CLASS_PROBABILITIES[c] for c in CLASSES]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == len(worth)
    assert worth[0] > 0.9
    assert worth[-1] < 0.1


def test_the_wording_follows_the_question() -> None:
    for instruction in (IN_PERCENT, IN_WORDS):
        asked = Generation(instruction=instruction).ask("Capital of Peru?")
        assert asked.startswith("Capital of Peru? ")
        assert "'Answer:'" in asked
        assert "'Confidence:'" in asked


def test_evidence_keeps_answers_and_what_was_stated() -> None:
    replies = ["Answer: Lima\nConfidence: 85%", "Answer: Cusco\nConfidence: 20%"]
    asked = Evidence("?", Sequence(replies[0]), (Sequence(replies[1], finished=False),), id="q")
    told = one_reply(asked)
    assert (told.prompt, told.id, told.answer.text) == ("?", "q", "Lima")
    assert [(s.text, s.finished) for s in told.samples] == [("Cusco", False)]
    assert VerbalisedConfidence()(told).doubt == pytest.approx(0.15)


def test_no_confidence_is_said() -> None:
    told = one_reply(Evidence("?", Sequence("Lima")))
    assert "Lima" in told.missing["stated"]
    with pytest.raises(Missing):
        VerbalisedConfidence()(told)
