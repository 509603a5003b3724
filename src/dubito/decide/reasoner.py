"""What a reasoning model must do so that its chain can be steered step by step."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Step(Protocol):
    """What a model has written next."""

    @property
    def text(self) -> str:
        """Its words."""
        ...

    @property
    def state(self) -> object:
        """The chain with it."""
        ...

    @property
    def tokens(self) -> int:
        """How many it is long."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the model has ended its answer with it."""
        ...


class Written(NamedTuple):
    """A step as it is."""

    text: str
    state: object
    tokens: int
    ended: bool = False


class Reasoner(Protocol):
    """A model that goes on with many chains side by side.

    A state is whatever stands for a chain so far; it is never changed, so a step that is not
    wanted is dropped by going on from the state before it.
    """

    def begin(self, question: str) -> object:
        """The state before the first step."""
        ...

    def go_on(self, states: Sequence[object]) -> Sequence[Step]:
        """The next step of each."""
        ...

    def say(self, state: object, text: str) -> Step:
        """The state with words that the model did not choose."""
        ...

    def confidences(self, states: Sequence[object]) -> Sequence[float]:
        """How sure the model says it is of the answer reached, in [0, 1]; NaN if it does not say.

        It is asked on a copy: the chain does not hold the question.
        """
        ...

    def close(self, states: Sequence[object]) -> Sequence[Step]:
        """No more steps: the final answer of each."""
        ...


def confident(affirmative: float, doubting: float) -> float:
    """P(affirmative) / (P(affirmative) + P(doubting)) in [0, 1]; NaN where both are 0."""
    total = affirmative + doubting
    return affirmative / total if total > 0 else float("nan")
