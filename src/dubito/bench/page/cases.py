"""Single answers: the most and the least doubtful, token by token, with what was meant instead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dubito.answer import meanings
from dubito.bench.evaluate import Results
from dubito.bench.heat import token_heat
from dubito.bench.page.readings import known_confidence, spokesman
from dubito.bench.page.words import listed, number, percent
from dubito.data.normalise import normalise
from dubito.data.question import Question
from dubito.estimate.tokens import surprises
from dubito.estimate.units import UnitSurprise, in_units, score_units
from dubito.evidence import Evidence, Missing

SHOWN = 5  # answers at each end
MEANINGS = 4
LONGEST = 180  # characters of a meaning


@dataclass(frozen=True, slots=True)
class Token:
    """One token to be coloured."""

    text: str
    doubt: str  # 0 to 1, as CSS wants it
    probability: str
    entropy: str  # "" where it was not measured


@dataclass(frozen=True, slots=True)
class Said:
    """One meaning among the drawn answers."""

    text: str
    share: float
    percent: str


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence of an answer that has several."""

    text: str
    surprise: str  # mean of its tokens, nats


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its answer."""

    question: str
    kind: str
    right: bool
    text: str
    finished: bool
    confidence: float
    percent: str
    tokens: Sequence[Token]  # none: `no_heat` says why
    no_heat: str
    sentences: Sequence[Part]  # none for an answer of one
    wanted: str
    said: Sequence[Said]
    more: int  # meanings that are not shown
    samples: int


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of the answers, the farthest first."""

    most: list[Case]
    least: list[Case]


def ends(results: Results) -> Ends:
    """The least and the most confident answers; no answer is in both lists."""
    name = spokesman(results)
    confidence = np.asarray(results.confidence[name])
    known = known_confidence(results, name)
    order = known[np.argsort(confidence[known], kind="stable")].tolist()
    low, high = order[: min(SHOWN, (len(order) + 1) // 2)], order[::-1][: len(order) // 2]
    return Ends(
        [case(results, i, float(confidence[i])) for i in low],
        [case(results, i, float(confidence[i])) for i in high[:SHOWN]],
    )


def case(results: Results, i: int, confidence: float) -> Case:
    """All that is shown of one answer."""
    question, evidence = results.questions[i], results.evidence[i]
    tokens, reason = coloured(evidence)
    said = meanings(evidence)
    return Case(
        question=question.text,
        kind=question.kind,
        right=bool(results.right[i]),
        text=evidence.answer.text,
        finished=evidence.answer.finished,
        confidence=confidence,
        percent=percent(confidence),
        tokens=tokens,
        no_heat=reason,
        sentences=parts(evidence),
        wanted=wanted(question),
        said=[Said(cut(m.text), float(m.share), percent(m.share)) for m in said[:MEANINGS]],
        more=max(len(said) - MEANINGS, 0),
        samples=len(evidence.samples),
    )


def coloured(evidence: Evidence) -> tuple[list[Token], str]:
    """The answer's tokens by their surprise; or none, and why."""
    try:
        surprise = surprises(evidence.answer)
    except Missing as missing:
        return [], str(missing)
    spans = token_heat(evidence, surprise.tolist())
    entropies = evidence.answer.entropies
    return [
        Token(
            span.text,
            f"{span.doubt:.3f}",
            likely(float(np.exp(-surprise[t]))),
            "" if entropies is None else number(float(entropies[t])),
        )
        for t, span in enumerate(spans)
    ], ""


def parts(evidence: Evidence) -> list[Part]:
    """The sentences of a long answer with their doubt; none where there is one, or no numbers."""
    told = in_units(evidence)
    if len(told.units) < 2:
        return []
    name, estimator = "surprise", UnitSurprise()
    return [
        Part(cut(s.unit.text), "n/a" if name in s.reasons else number(s.doubts[name]))
        for s in score_units(told, {name: estimator})
    ]


def likely(probability: float) -> str:
    """A probability in percent, with a digit more where it is small."""
    if 0 < probability < 0.001:
        return "below 0.1\N{NO-BREAK SPACE}%"
    digits = 1 if probability < 0.0995 or probability > 0.995 else 0
    return f"{number(100 * probability, digits)}\N{NO-BREAK SPACE}%"


def wanted(question: Question) -> str:
    """What would have been right, each name once."""
    if not question.answerable:
        told = "to decline or to ask back"
        return f"{told} ({question.reason})" if question.reason else told
    if question.all_of:
        return "all of: " + listed([names[0] for names in question.all_of], at_most=12)
    distinct = {normalise(name): name for name in reversed(question.answers)}
    return listed(list(distinct.values())[::-1], at_most=5, last="or")


def cut(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
