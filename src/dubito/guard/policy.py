"""What to do when in doubt: steps in the order in which they are tried."""

from collections.abc import Sequence
from dataclasses import dataclass

from dubito.decide.selective import RiskControl
from dubito.guard.router import Gate
from dubito.models.base import LanguageModel
from dubito.models.retrieval import Retriever


@dataclass(frozen=True, eq=False)
class Retrieve:
    """Ask again with passages before the question.

    Give a `budget` (at most this share of the questions is retrieved for) or a `risk` (what stays
    without passages is wrong at most this often); without either, everything doubtful enough to
    be among the worse half is retrieved for.
    """

    passages: Sequence[str] | Retriever  # texts to search by their words, or your own search
    k: int = 3
    budget: float | None = None
    risk: float | None = None

    def __post_init__(self) -> None:
        """Refuse a target that cannot be met."""
        if self.k < 1:
            raise ValueError(f"at least 1 passage has to be retrieved, got k={self.k}")
        _ = self.gate

    @property
    def gate(self) -> Gate:
        """When to come here."""
        return gate_of(self.budget, self.risk)


@dataclass(frozen=True, eq=False)
class Escalate:
    """Ask another model, with the passages that were found, if any.

    `budget` and `risk` as in `Retrieve`. With `samples` 0 the larger model answers once and only
    what one answer shows is measured.
    """

    model: str | LanguageModel
    budget: float | None = None
    risk: float | None = None
    samples: int | None = None  # drawn from it; None: as many as from the first model

    def __post_init__(self) -> None:
        """Refuse a target that cannot be met."""
        _ = self.gate

    @property
    def gate(self) -> Gate:
        """When to come here."""
        return gate_of(self.budget, self.risk)


@dataclass(frozen=True)
class Abstain:
    """Say nothing rather than something wrong; the last step.

    Of the answers given at most `risk` are wrong, with this `confidence` over the labelled
    questions that one may get. Too few of them, or too many wrong: everything is withheld.
    """

    risk: float = 0.1
    confidence: float = 0.95
    text: str = "I do not know."

    def __post_init__(self) -> None:
        """Refuse a promise that nobody can keep."""
        _ = self.promise

    @property
    def promise(self) -> RiskControl:
        """A rule that has not been fitted."""
        return RiskControl(risk=self.risk, confidence=self.confidence)


Step = Retrieve | Escalate | Abstain
HALF = 0.5


def gate_of(budget: float | None, risk: float | None) -> Gate:
    """The gate with this target; half of all questions without one."""
    return Gate(budget=HALF) if budget is None and risk is None else Gate(budget, risk)


def checked(policy: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, if their order makes sense.

    Raises:
        ValueError: abstaining is not the last step, or stands there twice.
    """
    early = [s for s in policy[:-1] if isinstance(s, Abstain)]
    if early:
        raise ValueError(f"to abstain is the last step, got another one after {early[0]}")
    return tuple(policy)
