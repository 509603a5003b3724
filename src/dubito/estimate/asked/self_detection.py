"""Self-detection [zhao2023]: does the answer survive when the question is put in other words?"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import ArrayLike

from dubito.estimate.asked.ways import answer_embeddings, ways
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.entropy import entropy
from dubito.maths.meanings import mutual_classes


def class_entropy(classes: ArrayLike) -> float:
    """Entropy of how often each class occurs, in [0, log n], nats: [n] -> one number."""
    _, counts = np.unique(np.asarray(classes), return_counts=True)
    return float(entropy(np.log(counts / counts.sum())))


@dataclass(frozen=True)
class SelfDetection:
    """Doubt in [0, log n], nats: entropy of the meanings of the answers to n wordings.

    Greedy answers whose embeddings have a cosine above the threshold, or that a chain of such
    pairs joins, mean the same. `parts["away"]` in [0, 1] is the share of wordings that leave the
    answer to the first. For a judge's meanings: `DiscreteSemanticEntropy` of `pooled` evidence.

    Differs: meanings are told by embeddings; how unusual the question's words are, the paper's
    second sign, is not looked at.
    """

    _: KW_ONLY
    threshold: float = 0.8

    def __post_init__(self) -> None:
        """Refuse a threshold that no cosine passes, or that all do."""
        if not -1 <= self.threshold < 1:
            raise ValueError(f"threshold must lie in [-1, 1), got {self.threshold}")

    @property
    def plan(self) -> Plan:
        """Embeddings of the answer to each wording."""
        return Plan(embeddings=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from the question and at least one rewording."""
        vectors = answer_embeddings(ways(evidence))  # [n, d]
        meaning = mutual_classes(vectors @ vectors.T, threshold=self.threshold)  # [n]
        away = float(np.mean(meaning[1:] != meaning[0]))
        return Score(class_entropy(meaning), parts={"away": away})
