"""The doubt that an answer puts into words: its hedges, as readers hear them [tian2023]."""

from dataclasses import dataclass

from dubito.data.hedges import hedges
from dubito.evidence import Evidence, Missing, Plan, Score


@dataclass(frozen=True)
class HedgedWording:
    """1 - the lowest probability that a phrase of the answer conveys, in [0, 1); 0 without a hedge.

    Reads the text alone, so any answer of any model can be scored; English only.
    Differs: the paper asks the model for one phrase out of a list in its reply; here the answer is
    taken as it was said, and a plain statement is heard as certain.
    """

    @property
    def plan(self) -> Plan:
        """Nothing beyond the answer."""
        return Plan()

    def __call__(self, evidence: Evidence) -> Score:
        """The complement of the lowest one; `Missing` where the answer says nothing."""
        if not evidence.answer.text.strip():
            raise Missing("the answer has no words, so it has none of doubt")
        return Score(1 - min(hedges(evidence.answer.text), default=1.0))
