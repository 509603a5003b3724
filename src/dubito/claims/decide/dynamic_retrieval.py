"""Sentences looked up in doubt are nearly as right as all looked up, at half the retrievals."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from dubito.claims.hop_measures import (
    both_right,
    both_right_at_random,
    near_always,
    near_half,
)
from dubito.claims.lab import Claim
from dubito.data.worlds.two_hop import TwoHops, two_hops
from dubito.data.worlds.world import Flags
from dubito.decide.dynamic_retrieval import Draft, DynamicRetrieval
from dubito.estimate.similarity_graph import DegreeMatrix, Eccentricity
from dubito.evidence import Estimator, Evidence, Floats, Plan
from dubito.evidence import Sequence as Answer
from dubito.maths.deferral import threshold_at_rate
from dubito.maths.ranking import auroc
from dubito.models.base import Generation
from dubito.models.collect import Collector

DEGREE = DegreeMatrix(samples=8)
ECCENTRICITY = Eccentricity(samples=8)
READ = "The archive has an entry on {}."
PLACE = "question {q} step {hop}"
SAID = "In step {hop} of question {q} the thing that we find is {thing}."


@dataclass(frozen=True)
class Writer:
    """A language model that writes the world's sentences, one a hop, and queries."""

    evidence: tuple[tuple[Evidence, ...], ...]
    name: str = "writer"

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation | None = None,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        """The next sentence of each draft, with the world's samples where the plan wants them."""
        del generation, progress
        for i, prompt in enumerate(prompts):
            q = int(re.findall(r"Question (\d+)\?", prompt)[-1])
            hop = prompt.count("In step") - prompt.count("Perhaps wrong: In step")
            if "search query" in prompt:
                yield i, Evidence(prompt, Answer(PLACE.format(q=q, hop=hop)))
            elif READ.format(PLACE.format(q=q, hop=hop)) in prompt:
                yield i, Evidence(prompt, Answer(SAID.format(hop=hop, q=q, thing="as the entry")))
            else:
                yield i, self.remembered(prompt, q, hop, plan)

    def remembered(self, prompt: str, q: int, hop: int, plan: Plan) -> Evidence:
        """The sentence that the model would write, and drawn ones; nothing after two hops."""
        if hop > 1:
            return Evidence(prompt, Answer(""), (Answer(""),) * plan.samples)
        known = self.evidence[q][hop]
        said = [Answer(SAID.format(hop=hop, q=q, thing=a.text)) for a in known.samples]
        first = Answer(SAID.format(hop=hop, q=q, thing=known.answer.text))
        return Evidence(prompt, first, tuple(said[: plan.samples]))


def same_text(_: Sequence[str], rows: Sequence[Sequence[str]]) -> list[tuple[Floats, Floats]]:
    """A judge: equal sentences entail each other, others do not."""
    same = [(np.array(row)[:, None] == np.array(row)).astype(np.float64) for row in rows]
    return [(s, 1 - s) for s in same]


def found(queries: Sequence[str], _: int) -> list[list[str]]:
    """A retriever; whether what it finds is right is the world's truth."""
    return [[READ.format(query)] for query in queries]


@lru_cache(maxsize=8)
def written(
    evidence: tuple[tuple[Evidence, ...], ...], rule: DynamicRetrieval
) -> tuple[Draft, ...]:
    """What the loop writes; a world and its null share it."""
    readers: dict[str, Any] = {"encoder": list, "judge": same_text}
    collect = Collector(Writer(evidence), **readers)
    return tuple(rule(collect, found, [f"Question {q}?" for q in range(len(evidence))]))


def doubt(world: TwoHops, estimator: Estimator) -> Floats:
    """Of both sentences of each question, where nothing is looked up, [Q, 2]."""
    drafts = written(world.evidence, DynamicRetrieval(estimator, threshold=np.inf))
    return np.array([[s.doubt for s in d.steps] for d in drafts]).round(9)


def looked_up(world: TwoHops, estimator: Estimator) -> Flags:
    """The sentences that the loop looks up when the rate is to be one half, [Q, 2]."""
    # Between two doubts, where the last digits of a doubt cannot matter.
    threshold = threshold_at_rate(doubt(world, estimator).ravel(), 0.5) + 1e-9
    drafts = written(world.evidence, DynamicRetrieval(estimator, threshold=threshold))
    return np.array([[bool(s.query) for s in d.steps] for d in drafts])


def triggered(world: TwoHops, *, estimator: Estimator) -> float:
    """Share of questions right when the doubt triggers retrieval."""
    return both_right(world, looked_up(world, estimator))


def at_random(world: TwoHops) -> float:
    """The same where chance triggers as many retrievals."""
    return both_right_at_random(world, float(looked_up(world, DEGREE).mean()))


def within(world: TwoHops, *, estimator: Estimator) -> float:
    """How much nearer than 0.04 it comes to retrieving always."""
    return near_always(world, looked_up(world, estimator))


def half_the_calls(world: TwoHops, *, estimator: Estimator) -> float:
    """How much nearer than 0.05 the share of retrievals comes to one half."""
    return near_half(looked_up(world, estimator))


def survives_template(world: TwoHops) -> float:
    """AUROC of the doubt in templated sentences against unknown hops, less 0.95."""
    return auroc(doubt(world, DEGREE).ravel(), ~world.known.ravel()) - 0.95


CLAIM = Claim(
    world=two_hops,
    tiny=partial(two_hops, questions=30),
    ours=partial(triggered, estimator=DEGREE),
    baselines={"random trigger at the same rate": at_random},
    metric="accuracy",
    margin=0.25,
    checks={
        "degrees within 0.04 of always": partial(within, estimator=DEGREE),
        "eccentricity within 0.04 of always": partial(within, estimator=ECCENTRICITY),
        "degrees at 45 to 55% of the calls": partial(half_the_calls, estimator=DEGREE),
        "eccentricity at 45 to 55% of the calls": partial(half_the_calls, estimator=ECCENTRICITY),
        "tells unknown hops through the template": survives_template,
    },
    first_seed=4000,  # the estimators have met this world before, up to seed 3009
    paper="dhole2025",
    paper_figure="F1 0.605 by eccentricity with half the calls, 0.552 always (2WikiMultihopQA)",
    size="300 questions of two sentences, K = 8",
)
