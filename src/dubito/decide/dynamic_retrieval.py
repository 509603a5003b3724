"""Write sentence by sentence and look up only what the model seems not to know [dhole2025]."""

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field

from dubito.decide.asking_along import (
    about,
    answered,
    bare,
    next_sentence,
    search_query,
    texts,
    unread,
)
from dubito.decide.first_sentence import first_sentence, first_sentences
from dubito.estimate.scoring import score_one
from dubito.estimate.similarity_graph import DegreeMatrix
from dubito.evidence import Estimator, Plan
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import Retriever

SHARED_WORDS = DegreeMatrix(samples=8)


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence: what the model would have written, its doubt, and what was done."""

    tentative: str
    doubt: float  # NaN where it could not be measured; that is looked up
    query: str = ""  # empty: not looked up
    passages: tuple[str, ...] = ()
    sentence: str = ""  # what stands in the answer; empty where the model had no more to say


@dataclass(slots=True)
class Draft:
    """An answer on its way, with the trace of its sentences."""

    question: str
    steps: list[Step] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)  # before the model's eyes
    generations: int = 0  # of the model, the K samples of each look ahead among them
    ended: bool = False

    @property
    def text(self) -> str:
        """The answer."""
        return " ".join(s.sentence for s in self.steps if s.sentence)

    @property
    def retrievals(self) -> int:
        """How often the retriever was asked."""
        return sum(bool(s.query) for s in self.steps)


@dataclass(frozen=True)
class DynamicRetrieval:
    """Look ahead with K drawn sentences; where they doubt, retrieve and write the sentence anew.

    inf never retrieves; any number below the estimator's range always does. Choose the threshold
    with `dubito.maths.deferral`: by a rate of retrievals, or within a tolerance of the quality of
    retrieving always. Where sentences share a template the doubts lie closer together and the
    threshold is another one. A sentence that was written anew is not doubted again.

    The answer ends with a mark such as "The answer is", an empty or a repeated sentence, or after
    `sentences`. `keep` leaves earlier passages before the model's eyes.

    Differs: where the budget of retrievals is spent the model writes on without them.
    """

    estimator: Estimator = SHARED_WORDS
    _: KW_ONLY
    threshold: float = 0.4
    sentences: int = 5
    budget: int | None = None  # retrievals for one answer, at most
    passages: int = 3  # of each retrieval
    keep: bool = False

    def __post_init__(self) -> None:
        """Refuse a threshold that decides nothing and a search for nothing."""
        if math.isnan(self.threshold):
            raise ValueError("the threshold is NaN; give a number, or inf to retrieve never")
        if self.sentences < 1 or self.passages < 1:
            raise ValueError(
                "sentences and passages must be at least 1, "
                f"got {self.sentences} and {self.passages}"
            )
        plan = self.estimator.plan
        if plan.p_true or plan.stated or plan.hidden or plan.attention:
            raise ValueError(
                f"{self.estimator} reads whole answers from the inside; give an estimator of "
                "drawn sentences or of tokens"
            )

    def __call__(
        self,
        collect: Collector,
        retrieve: Retriever,
        questions: Sequence[str],
        generation: Generation | None = None,
    ) -> list[Draft]:
        """An answer to each question with its trace; all grow together, in batches."""
        generation = bare(generation or Generation())
        drafts = [Draft(q) for q in questions]
        for _ in range(self.sentences):
            ahead = self.look_ahead([d for d in drafts if not d.ended], collect, generation)
            doubtful = [(d, s) for d, s in ahead if not d.ended and self.retrieves(d, s.doubt)]
            for draft, step in ahead:
                if not draft.ended and not self.retrieves(draft, step.doubt):
                    settle(draft, step, step.tentative)
            self.look_up(doubtful, collect, retrieve, generation)
        return drafts

    def retrieves(self, draft: Draft, doubt: float) -> bool:
        """Is the doubt above the threshold, or unknown, and a retrieval left?"""
        left = self.budget is None or draft.retrievals < self.budget
        return left and not doubt <= self.threshold

    def look_ahead(
        self, drafts: Sequence[Draft], collect: Collector, generation: Generation
    ) -> list[tuple[Draft, Step]]:
        """The next sentence of each draft as the model would write it, and the doubt in it."""
        asked = [next_sentence(d.question, d.text, d.passages) for d in drafts]
        plan = self.estimator.plan
        seen = about(collect(asked, unread(plan), generation), [d.question for d in drafts])
        seen = collect.enrich([first_sentences(e) for e in seen], plan)
        ahead = []
        for draft, evidence in zip(drafts, seen, strict=True):
            draft.generations += 1 + plan.samples
            doubt = score_one(evidence, self.estimator, errors=False).doubt
            step = Step(evidence.answer.text.strip(), doubt)
            draft.ended = says_nothing_new(draft, step.tentative)
            ahead.append((draft, step))
        return ahead

    def look_up(
        self,
        doubtful: Sequence[tuple[Draft, Step]],
        collect: Collector,
        retrieve: Retriever,
        generation: Generation,
    ) -> None:
        """Ask for what is missing, read it, and write each sentence anew."""
        asked = [search_query(d.question, d.text, s.tentative) for d, s in doubtful]
        written = texts(collect, asked, generation)
        queries = [q or d.question for (d, _), q in zip(doubtful, written, strict=True)]
        found = retrieve(queries, self.passages) if queries else []
        for (draft, _), some in zip(doubtful, found, strict=True):
            before = draft.passages if self.keep else []
            draft.passages = list(dict.fromkeys([*before, *some]))
        read = [next_sentence(d.question, d.text, d.passages) for d, _ in doubtful]
        anew = collect(read, Plan(), generation)
        for (draft, step), query, some, e in zip(doubtful, queries, found, anew, strict=True):
            draft.generations += 2
            looked = Step(step.tentative, step.doubt, query, tuple(some))
            settle(draft, looked, first_sentence(e.answer).text.strip())


def settle(draft: Draft, step: Step, sentence: str) -> None:
    """Write the sentence, unless it says nothing new, and see whether it was the last."""
    silent = says_nothing_new(draft, sentence)
    draft.ended = silent or answered(sentence)
    draft.steps.append(
        Step(step.tentative, step.doubt, step.query, step.passages, "" if silent else sentence)
    )


def says_nothing_new(draft: Draft, sentence: str) -> bool:
    """Is it empty, or in the answer already?"""
    return not sentence or any(s.sentence == sentence for s in draft.steps)
