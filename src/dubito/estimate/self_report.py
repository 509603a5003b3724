"""What the model says of its answer: P(True) [kadavath2022], stated confidence [tian2023]."""

from dataclasses import dataclass

from dubito.evidence import Evidence, Plan, Score, measured


@dataclass(frozen=True)
class PTrue:
    """1 - P(True) in [0, 1]: the model's probability that its greedy answer is false.

    Read from the next token after it was shown its answer and asked whether that is true.
    """

    @property
    def plan(self) -> Plan:
        """The model's verdict on its answer."""
        return Plan(p_true=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The complement."""
        return Score(1 - probability(evidence.p_true, "p_true"))


@dataclass(frozen=True)
class VerbalisedConfidence:
    """1 - the confidence that the model states in words, in [0, 1]."""

    @property
    def plan(self) -> Plan:
        """The stated confidence."""
        return Plan(stated=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The complement."""
        return Score(1 - probability(evidence.stated, "stated"))


def probability(value: float | None, what: str) -> float:
    """The measured probability.

    Raises:
        ValueError: NaN or outside [0, 1], such as a percentage.
    """
    known = float(measured(value, what))
    if not 0 <= known <= 1:
        raise ValueError(f"{what} must be in [0, 1], got {known}; give a fraction, or None")
    return known
