"""SUGAR: answer alone, look up once or in hops, by semantic entropy [zubkova2025]."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np

from dubito.decide.asking_along import about, unread
from dubito.decide.cuts import Cuts, Mode
from dubito.decide.hops import Trail, in_hops
from dubito.estimate.draws import log_likelihoods
from dubito.estimate.scoring import score_one
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy, meanings_of_samples
from dubito.evidence import Estimator, Evidence, Missing, Plan
from dubito.maths.entropy import group_logsumexp
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.models.retrieval import Retriever, with_passages

CUTS = Cuts(0.7, 1.55)  # nats, for 10 samples
COUNTED = DiscreteSemanticEntropy(samples=10)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with one question, and the answer if it is to stay without a retriever."""

    mode: Mode
    doubt: float  # NaN where it could not be measured
    answer: str


@dataclass(frozen=True, slots=True)
class Looked:
    """An answer, how it was found, and what it cost."""

    question: str
    text: str
    mode: Mode  # the one it ended in
    doubt: float  # of the closed book; NaN where it could not be measured
    retrievals: int
    generations: int  # of the model, the K samples among them
    passages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sugar:
    """No, one or several retrievals: by the doubt over the meanings of K closed-book answers.

    Known by heart, the likeliest answer of the heaviest meaning stands. `recheck` draws again
    after a single retrieval and goes on in hops where the doubt is still above the lower cut.
    Cuts come from `cuts_at_shares` or `cuts_by_labels`; the default ones are those of our
    experiment. A sure error has no doubt and is never looked up.

    Differs: the two cuts are our reading of one threshold; meanings are chains of mutual
    entailment, not compared with their first answer alone. With `SemanticEntropy()` meanings are
    weighed by likelihood, each text once; its log-probabilities also weigh the answer.
    """

    cuts: Cuts = CUTS
    _: KW_ONLY
    estimator: Estimator = COUNTED
    passages: int = 3  # of each retrieval
    hops: int = 3
    recheck: bool = False

    def __post_init__(self) -> None:
        """Refuse a search for nothing, and a doubt over no meanings."""
        if self.estimator.plan.samples < 2:
            raise ValueError(f"{self.estimator} draws too few samples to compare their meanings")
        if self.passages < 1 or self.hops < 1:
            raise ValueError(
                f"passages and hops must be at least 1, got {self.passages} and {self.hops}"
            )

    @property
    def plan(self) -> Plan:
        """What the estimator needs, and who entails whom."""
        return self.estimator.plan | Plan(entailment=True)

    def choose(self, evidence: Evidence) -> Choice:
        """The mode for one question, from closed-book evidence; no model, no retriever."""
        doubt = score_one(evidence, self.estimator, errors=False).doubt
        mode = self.cuts.mode(doubt)
        if mode != "none":
            return Choice(mode, doubt, evidence.answer.text)
        return Choice(mode, doubt, heaviest(evidence.only(self.plan)))

    def __call__(
        self,
        collect: Collector,
        retrieve: Retriever,
        questions: Sequence[str],
        generation: Generation | None = None,
    ) -> list[Looked]:
        """An answer to each question, the retriever asked as often as the doubt wants."""
        generation = generation or Generation()
        chosen = [self.choose(e) for e in collect(questions, self.plan, generation)]
        drawn = 1 + self.plan.samples
        found = [
            Looked(q, c.answer, c.mode, c.doubt, 0, drawn)
            for q, c in zip(questions, chosen, strict=True)
        ]
        once = self.once([f for f in found if f.mode == "single"], collect, retrieve, generation)
        found = merged(found, once, "single")
        several = [f for f in found if f.mode == "multi"]
        return merged(found, self.several(several, collect, retrieve, generation), "multi")

    def once(
        self,
        found: Sequence[Looked],
        collect: Collector,
        retrieve: Retriever,
        generation: Generation,
    ) -> list[Looked]:
        """Answers after one retrieval; their mode is "multi" where they are still in doubt."""
        questions = [f.question for f in found]
        passages = retrieve(questions, self.passages) if questions else []
        read = [with_passages(q, p) for q, p in zip(questions, passages, strict=True)]
        plan = self.plan if self.recheck else Plan()
        seen = about(collect(read, unread(plan), generation), questions)
        modes = [self.after(e) for e in collect.enrich(seen, plan)]
        return [
            replace(
                f,
                text=e.answer.text,
                mode=mode,
                retrievals=1,
                generations=f.generations + 1 + plan.samples,
                passages=tuple(p),
            )
            for f, e, mode, p in zip(found, seen, modes, passages, strict=True)
        ]

    def several(
        self,
        found: Sequence[Looked],
        collect: Collector,
        retrieve: Retriever,
        generation: Generation,
    ) -> list[Looked]:
        """Answers after several retrievals, which begin with what a single one has found."""
        trails = [Trail(f.question, found=list(f.passages)) for f in found]
        in_hops(trails, collect, retrieve, generation, hops=self.hops, passages=self.passages)
        return [
            replace(
                f,
                text=t.text,
                retrievals=f.retrievals + len(t.queries),
                generations=f.generations + t.generations,
                passages=t.passages,
            )
            for f, t in zip(found, trails, strict=True)
        ]

    def after(self, evidence: Evidence) -> Mode:
        """Is one retrieval enough, as far as anybody looks?"""
        if not self.recheck:
            return "single"
        doubt = score_one(evidence, self.estimator, errors=False).doubt
        return "multi" if doubt > self.cuts.low else "single"


def merged(found: Sequence[Looked], further: Sequence[Looked], mode: Mode) -> list[Looked]:
    """What was found further of those in this mode, in their places; all others as they were."""
    waiting = iter(further)
    return [next(waiting) if f.mode == mode else f for f in found]


def heaviest(evidence: Evidence) -> str:
    """The likeliest answer of the heaviest meaning; without log-probabilities, by counting.

    Ties go to what was drawn first.

    Raises:
        Missing: too few samples, or nobody judged who entails whom.
    """
    meanings = meanings_of_samples(evidence, 0.5)  # [K]
    samples = evidence.samples
    said = [s.text for s in samples]
    known = all(s.logprobs is not None for s in samples)
    weight = log_likelihoods(samples, length_normalised=True) if known else np.zeros(len(said))
    mass = group_logsumexp(weight, meanings)  # [M]
    if not mass.max() > -np.inf:
        raise Missing("every sample has probability 0, so no meaning is the heaviest")
    inside = np.flatnonzero(meanings == mass.round(9).argmax())
    return said[max(inside, key=lambda k: (weight[k], said.count(said[k])))]
