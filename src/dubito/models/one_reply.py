"""Answer and confidence in one reply: what to ask and how to take it apart [tian2023]."""

import re
from typing import NamedTuple

from dubito.data.hedges import PROBABILITIES, hedges
from dubito.evidence import Evidence, Sequence
from dubito.models.asking import parse_stated

# Phrases to choose from, from sure to hopeless; what each is worth stands in `PROBABILITIES`.
CLASSES = (
    "almost certain",
    "highly likely",
    "very good chance",
    "probable",
    "better than even",
    "about even",
    "probably not",
    "unlikely",
    "little chance",
    "almost no chance",
)
CLASS_PROBABILITIES = {phrase: PROBABILITIES[phrase] for phrase in CLASSES}

FORM = "Reply in two lines: 'Answer:' with your answer in a few words, then 'Confidence:' with "
# Both are for `Generation.instruction`, which follows the question.
IN_PERCENT = f"{FORM}the chance in percent, from 0% to 100%, that it is right."
IN_WORDS = f"{FORM}one of these phrases for how likely it is right: {', '.join(CLASSES)}."

# A colon or a number has to follow, so that an answer about probability stays an answer.
CONFIDENCE = re.compile(
    r"(?:^|(?<=[\s(\[*_.,;]))(?:my\s+)?(?:confidence|probability)"
    r"(?:\b[^:=\n\d]{0,40}[:=][*_\s]*|\s+(?=\d))",
    re.IGNORECASE,
)
ANSWER = re.compile(r"(?:^|(?<=[\s*_]))answer\s*:[*_\s]*", re.IGNORECASE)
EDGES = " \t\r\n*_,;(["


class Told(NamedTuple):
    """A reply taken apart."""

    answer: str
    confidence: float | None  # in [0, 1]; None: no one clear number or phrase


def take_apart(reply: str) -> Told:
    """The answer and the confidence that a reply to `IN_PERCENT` or `IN_WORDS` holds.

    Confidence is what follows the last label "Confidence:" (or "Probability:") in its line; a
    reply without the label is all answer. The confidence may stand before the answer.
    """
    labels = list(CONFIDENCE.finditer(reply))
    if not labels:
        return Told(unlabelled(reply), None)
    label = labels[-1]
    line, _, further = reply[label.end() :].partition("\n")
    before, later = reply[: label.start()], ANSWER.search(line) or ANSWER.search(further)
    if not before.strip(EDGES) and later:
        said, _, _ = line.partition(later[0])
        return Told(unlabelled(reply[label.end() :]), confidence(said))
    return Told(unlabelled(before), confidence(line))


def unlabelled(text: str) -> str:
    """What follows the first label "Answer:", or all of the text."""
    label = ANSWER.search(text)
    return (text[label.end() :] if label else text).strip(EDGES)


def confidence(text: str) -> float | None:
    """The number in [0, 1] that a text states, or what its one phrase of doubt is worth."""
    number = parse_stated(text)
    if number is not None or any(c.isdigit() for c in text):
        return number
    heard = set(hedges(text))
    return heard.pop() if len(heard) == 1 else None


def one_reply(evidence: Evidence) -> Evidence:
    """Evidence of a question that was asked with `IN_PERCENT` or `IN_WORDS`, taken apart.

    The greedy answer and the samples keep their answers alone, and `stated` is the confidence of
    the greedy one; `VerbalisedConfidence` reads it. What was measured of whole replies (tokens,
    probabilities, embeddings) is left away, since it is not of the answers.
    """
    told = take_apart(evidence.answer.text)
    reason = f"no one clear confidence in the reply {evidence.answer.text[:60]!r}"
    return Evidence(
        evidence.prompt,
        bare(evidence.answer),
        tuple(bare(s) for s in evidence.samples),
        stated=told.confidence,
        missing={} if told.confidence is not None else {"stated": reason},
        id=evidence.id,
    )


def bare(reply: Sequence) -> Sequence:
    """The answer alone."""
    return Sequence(take_apart(reply.text).answer, finished=reply.finished)
