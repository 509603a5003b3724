"""Does the answer agree with the samples? As uqlm asks it, by contradiction [chen2023] or else."""

from dataclasses import KW_ONLY, dataclass

from dubito.estimate.draws import drawn, of_answers, refuse_fewer
from dubito.estimate.likeness import NONCONTRADICTION
from dubito.estimate.similarity import Similarity
from dubito.evidence import Evidence, Integers, Plan, Score
from dubito.maths.meanings import mutual_classes


@dataclass(frozen=True)
class AnswerConsistency:
    """Doubt in [0, 1]: 1 - mean similarity of the greedy answer to K samples.

    The similarity is by default 1 - P(contradiction), averaged over both directions, and 1 for
    equal texts whatever a judge says.
    Differs: uqlm's confidence is 1 - this doubt with `NONCONTRADICTION`, `ENTAILMENT`, `EXACT` and
    `MATCHING`, except that a negative match counts as 0 here. By `COSINE` it takes half of
    1 + cosine, where this one takes the cosine, 0 where negative.
    """

    samples: int = 10
    _: KW_ONLY
    similarity: Similarity = NONCONTRADICTION

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples, and what their similarity needs."""
        return Plan(samples=self.samples) | self.similarity.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        drawn(evidence, least=1)
        return Score(float(1 - self.similarity(evidence)[0, 1:].mean()))


@dataclass(frozen=True)
class MeaningShare:
    """Doubt in [0, 1]: 1 - share of K samples that mean what the greedy answer means [cole2023].

    Differs: the paper counts equal strings, which is `AnswerConsistency` with `EXACT`.
    """

    samples: int = 10
    _: KW_ONLY
    threshold: float = 0.5  # of entailment, in each direction

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples and who entails whom."""
        return Plan(samples=self.samples, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        meanings = meanings_of_answers(evidence, self.threshold)  # [1+K]
        return Score(float((meanings[1:] != meanings[0]).mean()))


@dataclass(frozen=True)
class SemanticSetsConfidence:
    """Doubt in [0, 1]: (number of meanings - 1) / K among the greedy answer and K samples.

    1 - uqlm's semantic sets confidence [bouchard2025].
    Differs: answers are grouped by chains of mutual entailment, uqlm's by entailment in either
    direction, to the first group that fits.
    """

    samples: int = 10
    _: KW_ONLY
    threshold: float = 0.5  # of entailment, in each direction

    def __post_init__(self) -> None:
        """Refuse to compare the answer with nothing."""
        refuse_fewer(self.samples, 1)

    @property
    def plan(self) -> Plan:
        """Samples and who entails whom."""
        return Plan(samples=self.samples, entailment=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        meanings = meanings_of_answers(evidence, self.threshold)  # [1+K]
        return Score(float(meanings.max() / len(evidence.samples)))


def meanings_of_answers(evidence: Evidence, threshold: float) -> Integers:
    """The meaning of the greedy answer, always 0, and of K >= 1 samples, [1+K]."""
    drawn(evidence, least=1)
    entailment = of_answers(evidence, evidence.entailment, "entailment")
    return mutual_classes(entailment, threshold=threshold)
