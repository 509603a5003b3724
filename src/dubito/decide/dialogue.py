"""A dialogue that finds something out: what to ask next, the answer, when to stop."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from dubito.decide.conformal_pursuit import ConformalPursuit
from dubito.decide.information_pursuit import InformationPursuit
from dubito.decide.inquiry import History


@dataclass
class Dialogue:
    """Turn by turn: `next_question()`, `update(answer)`, until `stop`; then `guess`.

    The question asked stays the same until its answer is there, however often one looks.
    """

    pursuit: ConformalPursuit | InformationPursuit
    _: KW_ONLY
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    history: History = ()
    asked: Hashable | None = field(default=None, init=False)  # still without an answer

    def next_question(self, questions: Sequence[Hashable] | None = None) -> Hashable | None:
        """What to ask now, out of these or of the bank; None: it is time to guess."""
        if self.asked is None:
            self.asked = self.pursuit.next_question(self.history, self.rng, questions)
        return self.asked

    def update(self, answer: Hashable) -> None:
        """Take the answer to what was asked.

        Raises:
            ValueError: nothing was asked.
        """
        if self.asked is None:
            raise ValueError(f"no question is open for the answer {answer!r}: ask one first")
        self.history, self.asked = (*self.history, (self.asked, answer)), None

    @property
    def stop(self) -> bool:
        """Is there nothing more to ask?"""
        return self.next_question() is None

    @property
    def guess(self) -> Hashable:
        """The likeliest label by now."""
        return self.pursuit.guess(self.history)


def ask(
    pursuit: ConformalPursuit | InformationPursuit,
    respond: Callable[[Hashable], Hashable],
    *,
    rng: np.random.Generator,
) -> Dialogue:
    """The dialogue that was held with somebody who answers each question."""
    dialogue = Dialogue(pursuit, rng=rng)
    while (question := dialogue.next_question()) is not None:
        dialogue.update(respond(question))
    return dialogue
