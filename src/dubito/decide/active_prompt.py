"""Which questions deserve a worked solution: those where drawn answers disagree [diao2023]."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import KW_ONLY, dataclass
from statistics import pvariance
from typing import SupportsFloat

import numpy as np

from dubito.decide.best_of_n import Outcome, plain_outcome
from dubito.estimate.asked.self_detection import class_entropy
from dubito.estimate.draws import drawn, refuse_fewer
from dubito.evidence import Evidence, Floats, Integers, Plan

Outcomes = Sequence[Hashable | None]  # what k drawn answers come to; None: no solution
Criterion = Callable[[Outcomes], float]  # doubt of one question, higher = more to learn


def share_of_different(outcomes: Outcomes) -> float:
    """Different answers over k, in [1/k, 1]; no solution is an answer of its own: disagreement."""
    return len(set(outcomes)) / len(outcomes)


def outcome_entropy(outcomes: Outcomes) -> float:
    """Entropy of the answers' shares in [0, log k], nats; no solution is an answer of its own."""
    # Most frequent first: the same counts give the same bits, else rounding would break ties.
    codes = {outcome: i for i, (outcome, _) in enumerate(Counter(outcomes).most_common())}
    return class_entropy([codes[o] for o in outcomes])


def outcome_variance(outcomes: Outcomes) -> float:
    """Population variance of those answers that are numbers, >= 0; NaN where none is.

    Differs: as the released code has it, not over the size of the question's numbers; so a
    question about large ones has more.
    """
    values = [float(o) for o in outcomes if isinstance(o, SupportsFloat)]
    return pvariance(values) if values else math.nan


def closeness_of_two(outcomes: Outcomes) -> float:
    """1 - |a - b| / k in [0, 1] for the counts a, b of the two likeliest answers.

    For tasks of two answers, where nearly all questions have two different ones among k. No
    solution counts for neither.
    """
    counts = [n for _, n in Counter(o for o in outcomes if o is not None).most_common(2)]
    first, second = (*counts, 0, 0)[:2]
    return 1 - (first - second) / len(outcomes)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """M questions, those to annotate first in front."""

    order: Integers  # [M] their places, most doubt first; those without a doubt last
    doubt: Floats  # [M] of each question as given; NaN: none
    entropy: Floats  # [M] which breaks ties


@dataclass(frozen=True)
class ActivePrompt:
    """Ranks unlabelled questions by how much k drawn answers to each disagree.

    Ties, of which a share of k has many, go by entropy and then by chance, with `seed`. Show the
    first n to whoever annotates: they may be near copies, or ill-posed and therefore in doubt.
    Draw the answers with the prompt and at the temperature of later use (0.7 in the paper); a
    greedy model never disagrees with itself. Give an `outcome` that finds the final answer of a
    reasoned text, else whole texts are compared.
    """

    samples: int = 10
    _: KW_ONLY
    criterion: Criterion = share_of_different
    outcome: Outcome = plain_outcome
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a lonely answer."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples alone."""
        return Plan(samples=self.samples)

    def __call__(self, evidence: Sequence[Evidence]) -> Ranking:
        """The ranking of a pool by its evidence; `Missing` where a question has no samples."""
        return self.rank([[self.outcome(s.text) for s in drawn(e, least=1)] for e in evidence])

    def rank(self, outcomes: Sequence[Outcomes]) -> Ranking:
        """The same from what the k >= 1 answers to each of M questions come to.

        Raises:
            ValueError: a question without an answer.
        """
        empty = [i for i, some in enumerate(outcomes) if not some]
        if empty:
            raise ValueError(f"question {empty[0]} has no drawn answers; leave it out or draw some")
        doubt = np.array([self.criterion(some) for some in outcomes], dtype=np.float64)
        spread = np.array([outcome_entropy(some) for some in outcomes], dtype=np.float64)
        chance = np.random.default_rng(self.seed).permutation(len(doubt))
        order = np.lexsort((chance, -spread, -doubt))  # NaN sorts last
        return Ranking(order, doubt, spread)


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A question with its worked solution."""

    question: str
    rationale: str
    answer: str


def exemplar_prompt(exemplars: Sequence[Exemplar], question: str) -> str:
    """The exemplars in their order, then the question that is to be answered likewise."""
    solved = [
        f"Question: {e.question}\nAnswer: {e.rationale} The answer is {e.answer}."
        for e in exemplars
    ]
    return "\n\n".join([*solved, f"Question: {question}\nAnswer:"])


def majority(outcomes: Outcomes) -> Hashable | None:
    """What most of the answers come to [wang2023], of equals the first drawn; None: no solution."""
    counts = Counter(o for o in outcomes if o is not None)
    return counts.most_common(1)[0][0] if counts else None
