"""What a language model believes about the label, from how likely it finds each label's text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dubito.decide.inquiry import History
from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Floats
from dubito.maths.entropy import log_normalise

Read = Callable[[str, Sequence[str]], Evidence]  # prompt, answers -> log-probabilities of each


@dataclass(frozen=True)
class LabelPosterior:
    """Histories -> probabilities over K labels, [H, K]: a predictor for an `Inquiry`.

    `read` is the method of a local model, `dubito.load(...).read`; `prompt` words a history.

    Differs: whole labels are read, end token included, instead of their first tokens, which two
    labels may share.
    """

    read: Read
    labels: tuple[str, ...]
    prompt: Callable[[History], str]

    def __call__(self, histories: Sequence[History]) -> Floats:
        """The probabilities."""
        return np.stack([self.one(history) for history in histories])

    def one(self, history: History) -> Floats:
        """After one history, [K]."""
        seen = self.read(self.prompt(history), self.labels)
        total = [-surprises(s).sum() for s in (seen.answer, *seen.samples)]
        return np.exp(log_normalise(total))
