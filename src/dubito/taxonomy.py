"""The vocabulary of a survey of doubt [shorinwa2024]: a family by rule, and labels to choose by.

Differs: access, cost, level, output and direction are our completion of the survey's four
families; decisions, benchmarks and each room of learning are families of their own here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dubito.evidence import Plan
from dubito.method import Access, Family, Level, Method, Output

Direction = Literal["doubt", "confidence", "none"]
Labels = Literal["none", "training", "calibration"]

# Ties of cost are broken in this order.
FAMILIES: tuple[Family, ...] = (
    "token",
    "verbalised",
    "internal",
    "semantic",
    "classical",
    "calibration",
    "decision",
    "benchmark",
    "acquisition",
    "objective",
    "posterior",
    "alignment",
    "multitask",
    "merging",
    "embedding",
)
# What stands in a room of learning belongs to that room's family, whatever it reads.
LEARNING: dict[str, Family] = {
    "acquire": "acquisition",
    "learn": "objective",
    "posterior": "posterior",
    "align": "alignment",
    "multitask": "multitask",
    "merge": "merging",
    "embed": "embedding",
}
GIVES: dict[str, tuple[Output, Direction]] = {
    "estimate": ("rank", "doubt"),
    "calibrate": ("probability", "confidence"),
    "decide": ("decision", "confidence"),
    "data": ("questions", "none"),
    "acquire": ("query", "none"),
    "learn": ("model", "none"),
    "posterior": ("rank", "doubt"),
    "align": ("model", "none"),
    "multitask": ("model", "none"),
    "merge": ("model", "none"),
    "embed": ("embedding", "none"),
}
CAVEATS: dict[Family, tuple[str, ...]] = {
    "token": ("grows with the number of ways to word one meaning",),
    "verbalised": ("what a model says of itself is seldom calibrated",),
    "semantic": ("answers that agree may agree on something false",),
    "internal": ("needs the weights; what was learnt of one model tells nothing of another",),
    "classical": ("costs several models, or several passes of one",),
    "calibration": ("holds for questions like those of its labels",),
    "decision": ("its promise holds for questions like those of its labels",),
    "benchmark": (),
    "acquisition": ("what is labelled by doubt is no random sample of the questions",),
    "objective": ("changes the model, so all that was measured of it before",),
    "posterior": ("its spread is as good as its prior and its approximation",),
    "alignment": ("a reward that doubts itself still is not the truth",),
    "multitask": ("what helps one task may cost another; look at each",),
    "merging": ("holds for experts that grew from the same base",),
    "embedding": ("its doubt is about the meaning, not about the facts",),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a method's score is made of: all that the rule of families looks at."""

    access: frozenset[Access] = frozenset({"text"})
    said: bool = False  # words of the model about its own answer
    compares: bool = False  # the meanings of two answers or more
    output: Output = "rank"


@dataclass(frozen=True, slots=True)
class Cost:
    """Generations a question: `once` and `per_sample` for each of K samples."""

    once: int
    per_sample: int = 0

    def at(self, samples: int) -> int:
        """In all, with K samples."""
        return self.once + self.per_sample * samples


@dataclass(frozen=True, slots=True)
class Traits:
    """The labels of one method."""

    family: Family
    access: frozenset[Access]
    helpers: tuple[str, ...]  # further models: encoder, judge
    cost: Cost | None  # None: more than a sum of K tells, see its words
    labels: Labels
    levels: tuple[Level, ...]
    separates: bool
    output: Output
    direction: Direction
    caveats: tuple[str, ...]


def family_of(reading: Reading) -> Family | None:
    """The family by what is essential, the first that fits; None: the row has to say it."""
    rules: tuple[tuple[bool, Family], ...] = (
        (reading.output == "questions", "benchmark"),
        ("train" in reading.access, "classical"),
        (reading.said, "verbalised"),
        (bool(reading.access & {"hidden", "attention", "gradient"}), "internal"),
        (reading.compares, "semantic"),
        (bool(reading.access & {"logprobs", "logits"}), "token"),
        ("labels" in reading.access and reading.output == "probability", "calibration"),
        ("labels" in reading.access, "decision"),
    )
    return next((family for holds, family in rules if holds), None)


def reading_of(plan: Plan, needs: Iterable[Access] = (), *, several: bool = False) -> Reading:
    """What an estimator with this plan reads; `several` if it asks in several ways.

    Several answers are compared in meaning where an encoder or a judge reads them, and where
    nobody reads their probabilities.
    """
    access = frozenset(access_of(plan)) | (frozenset(needs) - {"labels"})
    meaning = plan.embeddings or plan.entailment or plan.matching
    return Reading(
        access,
        said=plan.stated or plan.p_true,
        compares=(plan.samples > 0 or several) and (meaning or not access & {"logprobs", "logits"}),
    )


def access_of(plan: Plan) -> tuple[Access, ...]:
    """What a model must show for this plan, from its text to its layers."""
    shown: tuple[tuple[Access, bool], ...] = (
        ("text", True),
        ("logprobs", plan.logprobs or plan.p_true or plan.unconditional or plan.top_k > 0),
        ("logits", plan.distribution or plan.sample_distributions),
        ("hidden", bool(plan.hidden)),
        ("attention", bool(plan.attention)),
    )
    return tuple(name for name, wanted in shown if wanted)


def helpers_of(plan: Plan) -> tuple[str, ...]:
    """The further models that read the answers."""
    helpers = (
        ("encoder", plan.embeddings or plan.relevance or plan.matching),
        ("judge", plan.entailment),
    )
    return tuple(name for name, wanted in helpers if wanted)


def calls_of(plan: Plan) -> str:
    """Generations a question, in words."""
    extra = plan.p_true + plan.stated
    return " + ".join(["1", *(["K"] if plan.samples else []), *([str(extra)] if extra else [])])


def cost_of(calls: str) -> Cost | None:
    """The cost that some words tell, up to a semicolon; None where they are no sum with K."""
    terms = calls.partition(";")[0].split(" + ")
    if not all(re.fullmatch(r"\d+|K", term) for term in terms):
        return None
    return Cost(sum(int(t) for t in terms if t != "K"), terms.count("K"))


def levels_of(reading: Reading, *, several: bool) -> tuple[Level, ...]:
    """What one doubt is of: the prompt where answers are drawn, else the answer and its tokens."""
    if several:
        return ("prompt",)
    spelt = bool(reading.access & {"logprobs", "logits"}) and not reading.said
    return ("token", "answer") if spelt else ("answer",)


def traits_of(method: Method, room: str, plan: Plan | None, *, several: bool = False) -> Traits:
    """All labels of a row: by its plan where it has one, else by what the row says."""
    given, direction = GIVES[room]
    output = method.output or given
    if plan is None:
        reading = Reading(frozenset({"text", *method.needs}), output=output)
        unlevelled = output == "questions" or room in LEARNING
        levels: tuple[Level, ...] = () if unlevelled else ("answer",)
    else:
        reading = reading_of(plan, method.needs, several=several)
        levels = levels_of(reading, several=several or plan.samples > 0)
    family = LEARNING.get(room) or family_of(reading) or method.family
    taught = room == "estimate" or room in LEARNING
    trained: Labels = "training" if taught else "calibration"
    return Traits(
        family=family,
        access=reading.access - {"labels"},
        helpers=() if plan is None else helpers_of(plan),
        cost=cost_of(method.calls or ("0" if plan is None else calls_of(plan))),
        labels=trained if "labels" in method.needs else "none",
        levels=method.levels or levels,
        separates=method.separates,
        output=output,
        direction=direction,
        caveats=(*CAVEATS[family], *method.caveats),
    )


def flipped(direction: Direction) -> Direction:
    """The direction of minus the score."""
    opposite: dict[Direction, Direction] = {"doubt": "confidence", "confidence": "doubt"}
    return opposite.get(direction, "none")
