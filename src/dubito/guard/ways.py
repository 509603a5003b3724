"""One way of answering: a model, what it reads, and how its answer is doubted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from dubito.answer import Spent, spent_on
from dubito.estimate.scoring import joint_plan, score
from dubito.evidence import Estimator, Evidence, Floats, Score
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import Retriever, with_passages


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One question asked in one way."""

    evidence: Evidence
    scores: Mapping[str, Score]
    passages: Sequence[str]
    spent: Spent

    @property
    def text(self) -> str:
        """What the model answered."""
        return self.evidence.answer.text.strip()


@dataclass(frozen=True, eq=False)
class Way:
    """How a question is asked; `action` names it in answers."""

    action: str
    collect: Collector
    using: Mapping[str, Estimator]
    generation: Generation = field(default_factory=Generation)
    retriever: Retriever | None = None
    k: int = 0
    larger: bool = False  # another model than the first way's

    def __call__(
        self,
        questions: Sequence[str],
        known: Sequence[Sequence[str]],
        progress: Callable[[int], None] | None = None,
    ) -> list[Asked]:
        """Each question asked and its answer doubted, in one batch.

        `known` are the passages found for each before; a way without a search shows them again.
        """
        start = perf_counter()
        found = known if self.retriever is None else self.retriever(questions, self.k)
        prompts = [with_passages(q, p) for q, p in zip(questions, found, strict=True)]
        evidence = self.collect(
            prompts, joint_plan(self.using.values()), self.generation, progress=progress
        )
        seconds = (perf_counter() - start) / max(len(questions), 1)
        return [
            Asked(
                e,
                score(e, self.using, errors=False),
                p,
                spent_on(e, seconds, retrieved=self.retriever is not None, escalated=self.larger),
            )
            for e, p in zip(evidence, found, strict=True)
        ]

    def doubts(self, asked: Sequence[Asked]) -> Floats:
        """[N, M] by question and estimator; NaN where one is not known."""
        return np.array([[a.scores[name].doubt for name in self.using] for a in asked])
