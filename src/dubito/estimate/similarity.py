"""How alike the answers to one prompt are: the measures that estimators take as an argument."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dubito.estimate.draws import drawn, of_answers
from dubito.evidence import Evidence, Floats, Plan
from dubito.maths.meanings import both_directions, semantic_distance
from dubito.maths.strings import jaccard, pairwise, rouge_l


@dataclass(frozen=True)
class Similarity:
    """A measure and what it needs: evidence -> [1+K, 1+K] in [0, 1], symmetric, diagonal 1.

    Row 0 is the greedy answer.
    """

    measure: Callable[[Evidence], Floats]
    plan: Plan

    def __call__(self, evidence: Evidence) -> Floats:
        """The matrix; `Missing` where the evidence lacks what it needs."""
        return self.measure(evidence)

    def of_samples(self, evidence: Evidence) -> Floats:
        """That of the K >= 2 drawn answers alone, [K, K]; `Missing` where they are fewer."""
        drawn(evidence)
        return self(evidence)[1:, 1:]


def mean_entailment(evidence: Evidence) -> Floats:
    """Probability of entailment, averaged over the two directions."""
    return both_directions(of_answers(evidence, evidence.entailment, "entailment"))


def distance(evidence: Evidence) -> Floats:
    """Squared semantic distance in [0, 1], row as premise and column as hypothesis."""
    return semantic_distance(
        of_answers(evidence, evidence.entailment, "entailment"),
        of_answers(evidence, evidence.contradiction, "contradiction"),
    )


def agreement(evidence: Evidence) -> Floats:
    """P(entailment) + P(neutral) / 2, averaged over the two directions."""
    return 1 - both_directions(distance(evidence))


def cosine(evidence: Evidence) -> Floats:
    """Cosine of the answers' embeddings, 0 where it is negative."""
    rows = of_answers(evidence, evidence.embeddings, "embeddings")
    between = np.clip(rows @ rows.T, 0.0, 1.0)
    np.fill_diagonal(between, 1.0)
    return between


def texts(evidence: Evidence) -> list[str]:
    """The greedy answer and the K drawn ones."""
    return [evidence.answer.text, *(s.text for s in evidence.samples)]


def shared_words(evidence: Evidence) -> Floats:
    """Jaccard index of the answers' sets of words; 1 for equal texts."""
    return pairwise(texts(evidence), jaccard)


def shared_order(evidence: Evidence) -> Floats:
    """ROUGE-L F1 of the answers' words; 1 for equal texts."""
    return pairwise(texts(evidence), rouge_l)


ENTAILMENT = Similarity(mean_entailment, Plan(entailment=True))
AGREEMENT = Similarity(agreement, Plan(entailment=True))
COSINE = Similarity(cosine, Plan(embeddings=True))
JACCARD = Similarity(shared_words, Plan())
ROUGE_L = Similarity(shared_order, Plan())
