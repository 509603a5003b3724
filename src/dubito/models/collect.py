"""From questions to evidence: generate, embed, weigh, judge; in shards that can be resumed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Answer
from dubito.models.base import Generation, LanguageModel, shards

if TYPE_CHECKING:
    from dubito.models.encoder import Encoded, Encoder
    from dubito.models.judge import Judge

NO_OFFSETS = "it is not known which characters the tokens stand for"


@dataclass(slots=True)
class Cost:
    """Seconds spent in each stage: (wall, processor)."""

    stages: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, stage: str, since: tuple[float, float]) -> None:
        """Count the time since a moment to a stage."""
        wall, cpu = self.stages.get(stage, (0.0, 0.0))
        now = moment()
        self.stages[stage] = (wall + now[0] - since[0], cpu + now[1] - since[1])

    def join(self, other: "Cost") -> None:
        """Add another account to this one."""
        for stage, (wall, cpu) in other.stages.items():
            mine = self.stages.get(stage, (0.0, 0.0))
            self.stages[stage] = (mine[0] + wall, mine[1] + cpu)


def moment() -> tuple[float, float]:
    """Wall and processor clock, in seconds."""
    return perf_counter(), process_time()


@dataclass(eq=False)
class Collector:
    """A model and the helpers that measure meaning; these are loaded when a plan asks for them.

    Without a model it only adds meaning to evidence that is there already (`enrich`).
    """

    model: LanguageModel | None = None
    encoder: "Encoder | None" = None
    judge: "Judge | None" = None
    cost: Cost = field(default_factory=Cost)

    def __call__(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation | None = None,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> list[Evidence]:
        """The evidence of each prompt, in order, with all that the plan asks for."""
        if self.model is None:
            raise ValueError("no model to ask; give the collector one")
        found: list[Evidence | None] = [None] * len(prompts)
        for shard in shards(len(prompts)):
            start = moment()
            asked = [prompts[i] for i in shard]
            made = self.model.generate(asked, plan, generation or Generation(), progress=progress)
            for at, evidence in made:
                found[shard[at]] = evidence
            self.cost.add("generation", start)
            done = self.enrich([e for i in shard if (e := found[i]) is not None], plan)
            for i, evidence in zip(shard, done, strict=True):
                found[i] = evidence
        return [e for e in found if e is not None]

    def enrich(self, evidence: Sequence[Evidence], plan: Plan) -> list[Evidence]:
        """Add embeddings, entailment, relevance and matches to evidence from anywhere.

        All are read from one pass of the encoder over the distinct answers.
        """
        wanted = plan.embeddings or plan.entailment or plan.relevance or plan.matching
        if not evidence or not wanted:
            return list(evidence)
        start = moment()
        encoded = iter(self.the_encoder()([s.text for e in evidence for s in answers_of(e)]))
        rows = [[next(encoded) for _ in answers_of(e)] for e in evidence]
        self.cost.add("encoding", start)
        start = moment()
        out = list(evidence)
        if plan.embeddings:
            out = [embedded(e, row) for e, row in zip(out, rows, strict=True)]
        if plan.relevance:
            out = [weighed(e, row) for e, row in zip(out, rows, strict=True)]
        if plan.matching:
            from dubito.models.word_match import matching

            out = [replace(e, matching=matching(row)) for e, row in zip(out, rows, strict=True)]
        if plan.entailment:
            out = self.judged(out, rows)
        self.cost.add("meaning", start)
        return out

    def the_encoder(self) -> "Encoder":
        """The sentence encoder, loaded at its first use."""
        if self.encoder is None:
            from dubito.models.encoder import load_encoder

            self.encoder = load_encoder()
        return self.encoder

    def judged(
        self, evidence: Sequence[Evidence], rows: "Sequence[Sequence[Encoded]]"
    ) -> list[Evidence]:
        """Entailment and contradiction between the answers."""
        if self.judge is None:
            from dubito.models.judge import WordJudge

            self.judge = WordJudge()
        verdicts = self.judge([e.prompt for e in evidence], rows)
        return [
            replace(e, entailment=yes, contradiction=no)
            for e, (yes, no) in zip(evidence, verdicts, strict=True)
        ]


def embedded(evidence: Evidence, row: "Sequence[Encoded]") -> Evidence:
    """Embeddings of the answer and the samples."""
    return replace(evidence, embeddings=np.stack([e.embedding for e in row]))


def weighed(evidence: Evidence, row: "Sequence[Encoded]") -> Evidence:
    """Relevance of each token whose place in the text is known."""
    from dubito.models.encoder import relevance

    answer, *samples = [
        s if s.offsets is None else replace(s, relevance=relevance(e, s.offsets))
        for s, e in zip(answers_of(evidence), row, strict=True)
    ]
    out = replace(evidence, answer=answer, samples=tuple(samples))
    if all(s.offsets is not None for s in answers_of(evidence)):
        return out
    return replace(out, missing={**out.missing, "relevance": NO_OFFSETS})


def answers_of(evidence: Evidence) -> tuple[Answer, ...]:
    """The greedy answer, then the samples: the order of all matrices."""
    return (evidence.answer, *evidence.samples)
