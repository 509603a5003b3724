"""Why a question cannot be answered: a taxonomy of five reasons [chandu2024]."""

from enum import Enum


class Reason(Enum):
    """What the unanswerable one of two contrasted questions lacks."""

    KNOWLEDGE = "facts that neither the scene nor common sense holds"
    COMPLEXITY = "counting, reading or analysis beyond what can be done"
    EXTRANEOUS = "the thing asked about, which is not there"
    TEMPORAL = "a sight of another time"
    AMBIGUITY = "one referent: several things fit"

    @property
    def aleatoric(self) -> bool:
        """Whether no further information about this input would help; else it is epistemic."""
        return self in {Reason.TEMPORAL, Reason.AMBIGUITY}
