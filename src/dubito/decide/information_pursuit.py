"""Information pursuit [chattopadhyay2022]: ask what leaves the least expected entropy."""

from collections.abc import Hashable, Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from dubito.decide.inquiry import Foresight, History, Inquiry
from dubito.evidence import Floats
from dubito.maths.entropy import entropy

FLOOR = 1e-5  # of a probability


def expected_entropy(posterior: ArrayLike) -> Floats:
    """Mean entropy of n simulated posteriors, nats, in [0, log K]: [..., n, K] -> [...].

    Differs: floored at 1e-5 as published, then normalised again.
    """
    p = np.maximum(np.asarray(posterior, dtype=np.float64), FLOOR)
    return entropy(np.log(p / p.sum(axis=-1, keepdims=True))).mean(axis=-1)


@dataclass(frozen=True, eq=False)
class InformationPursuit:
    """Asks the question after which the predictor should be surest of a label.

    The best greedy rule where the predictor's probabilities are right; where they are not, see
    `ConformalPursuit`.
    """

    inquiry: Inquiry
    _: KW_ONLY
    turns: int = 20
    foresight: Foresight = field(default_factory=Foresight)

    def __post_init__(self) -> None:
        """Refuse a game without a turn."""
        if self.turns < 1:
            raise ValueError(f"turns must be at least 1, got {self.turns}")

    def values(
        self, history: History, questions: Sequence[Hashable], rng: np.random.Generator
    ) -> Floats:
        """Expected entropy after each of m questions, nats, the least is asked: [m]."""
        return expected_entropy(self.foresight(self.inquiry, history, questions, rng).posterior)

    def next_question(
        self,
        history: History,
        rng: np.random.Generator,
        questions: Sequence[Hashable] | None = None,
    ) -> Hashable | None:
        """The question to ask, out of these or of the bank; None: the turns or they are over."""
        open_ = self.inquiry.unasked(history, questions)
        if not open_ or len(history) >= self.turns:
            return None
        return open_[int(self.values(history, open_, rng).argmin())]

    def guess(self, history: History) -> Hashable:
        """The likeliest label."""
        return self.inquiry.guess(history)
