"""From what a request asks for to estimators, and from an answer to what its client is told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dubito.answer import Answer, Calibration, Spent, doubted
from dubito.catalogue import estimators
from dubito.estimate.scoring import joint_plan
from dubito.evidence import Estimator, Evidence, Plan, Score
from dubito.models.collect import Collector
from dubito.serve.problems import Problem
from dubito.serve.wire import Options

NONE_ALLOWED = "it needs samples, and this request draws none; see the option `samples`"


@dataclass(frozen=True, slots=True, eq=False)
class Using:
    """The estimators of one request, and those that its budget leaves out."""

    ready: Mapping[str, Estimator]
    left_out: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """What they want collected."""
        return joint_plan(self.ready.values())


@dataclass(frozen=True, eq=False)
class Doubter:
    """How this server doubts where a request does not say it."""

    names: tuple[str, ...]
    samples: int = 0
    calibration: Calibration | None = None
    meaning: Collector | None = None  # embeds and judges; loads what it needs at first use

    def using(self, options: Options) -> Using:
        """The estimators for a request.

        Raises:
            Problem: 400 for an unknown name.
        """
        samples = self.samples if options.samples is None else options.samples
        if options.budget is not None:
            samples = min(samples, options.budget - 1)
        samples = samples if samples > 1 else 0  # one sample has nothing to be compared with
        names = tuple(options.estimators or self.names)
        try:
            return chosen(names, samples)
        except ValueError as error:
            raise Problem(400, str(error)) from error

    def answer(self, evidence: Evidence, using: Using, spent: Spent) -> Answer:
        """The evidence doubted; embeddings and entailments are added where they are asked for."""
        collect = self.meaning or Collector()
        full = collect.enrich([evidence], using.plan)[0]
        answer = doubted(full, using.ready, self.calibration, spent, errors=False)
        lacking = {name: Score.missing(NONE_ALLOWED) for name in using.left_out}
        return with_scores(answer, lacking) if lacking else answer


@lru_cache(maxsize=256)
def chosen(names: tuple[str, ...], samples: int) -> Using:
    """These estimators over K samples; without any, those that need none."""
    found = estimators(names, samples=samples or None)
    if samples:
        return Using(found)
    ready = {name: e for name, e in found.items() if not e.plan.samples}
    return Using(ready, tuple(name for name in found if name not in ready))


def with_scores(answer: Answer, more: Mapping[str, Score]) -> Answer:
    """The same answer with further scores."""
    return replace(answer, scores={**answer.scores, **more})


def block(answer: Answer, *, tokens: bool = False) -> dict[str, Any]:
    """The object `dubito` of a response; `tokens` adds the answer's own with their doubt."""
    told = answer.to_json()
    del told["text"]
    told["parts"] = parts(answer)
    told["doubt"] = {name: finite(d) for name, d in told["doubt"].items()}
    if tokens:
        told["tokens"] = heat(answer)
    return told


def finite(told: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: such a doubt is told in words."""
    value = told["value"]
    if value is not None and abs(value) == float("inf"):
        return {"value": None, "reason": "infinite: the model held this answer to be impossible"}
    return told


def parts(answer: Answer) -> dict[str, float]:
    """Aleatoric and epistemic doubt, by the first estimator that separates them; else nothing."""
    return next((dict(s.parts) for s in answer.scores.values() if s.parts), {})


def heat(answer: Answer) -> list[list[Any]]:
    """[token, doubt] of the answer, by the first estimator that doubts tokens."""
    names = answer.evidence.answer.tokens
    doubts = next((s.tokens for s in answer.scores.values() if s.tokens is not None), None)
    if doubts is None or len(doubts) != len(names):
        return []
    return [[token, doubt] for token, doubt in zip(names, doubts, strict=True)]


def headers(told: Mapping[str, Any]) -> dict[str, str]:
    """The same in short, for clients that read no body."""
    sure = told["confidence"]
    short = {"X-Dubito-Action": told["action"]}
    if sure is not None:
        short["X-Dubito-Confidence"] = f"{sure:.4f}"
    first = next((d["value"] for d in told["doubt"].values() if d["value"] is not None), None)
    if first is not None:
        short["X-Dubito-Doubt"] = f"{first:.4f}"
    if told.get("record"):
        short["X-Dubito-Record"] = told["record"]
    return short
