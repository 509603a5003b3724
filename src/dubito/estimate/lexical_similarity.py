"""Lexical dissimilarity of drawn answers [fomicheva2020]: how few words two of them share."""

from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import refuse_fewer
from dubito.estimate.similarity import ROUGE_L, Similarity
from dubito.evidence import Evidence, Plan, Score
from dubito.maths.graphs import pair_distance


@dataclass(frozen=True)
class LexicalSimilarity:
    """Doubt in [0, 1]: 1 - mean similarity of two drawn answers, by default ROUGE-L.

    Differs: words are not stemmed; the paper compares by METEOR, later work by ROUGE-L.
    """

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = ROUGE_L

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair."""
        refuse_fewer(self.samples, 2)

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        return Score(pair_distance(self.similarity.of_samples(evidence)))
