"""What can be asked to find out a label, and what an answer would change [chattopadhyay2022]."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dubito.evidence import Floats, Integers

History = tuple[tuple[Hashable, Hashable], ...]  # (question, answer), in the order asked
Posterior = Callable[[Sequence[History]], Floats]  # H histories -> [H, K], rows of sum 1
# (row of a label, question) each -> the answers that somebody who means the label would give
Answers = Callable[[Sequence[tuple[int, Hashable]], np.random.Generator], Sequence[Hashable]]


@dataclass(frozen=True, eq=False)
class Inquiry:
    """K labels of which one is meant, questions about it, a predictor and simulated answers."""

    labels: Sequence[Hashable]
    questions: Sequence[Hashable]  # the bank; others may be proposed at any turn
    posterior: Posterior
    answers: Answers

    def __post_init__(self) -> None:
        """Refuse what there is nothing to find out about."""
        if len(self.labels) < 2 or len(set(self.labels)) < len(self.labels):
            raise ValueError(f"at least 2 labels needed, all different, got {list(self.labels)}")
        if len(set(self.questions)) < len(self.questions):
            raise ValueError("a question stands twice in the bank; leave one out")

    def probabilities(self, histories: Sequence[History]) -> Floats:
        """The predictor's distributions over labels, checked: [H, K].

        Raises:
            ValueError: another shape, or rows that are no distributions.
        """
        p = np.asarray(self.posterior(histories), dtype=np.float64)
        expected = (len(histories), len(self.labels))
        if p.shape != expected:
            raise ValueError(f"the posterior must have shape {expected}, got {p.shape}")
        if not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1, atol=1e-5)):
            raise ValueError(f"a row of the posterior is no distribution; sums {p.sum(axis=1)}")
        return p

    def guess(self, history: History) -> Hashable:
        """The likeliest label; of equals the first."""
        return self.labels[int(self.probabilities([history])[0].argmax())]

    def unasked(
        self, history: History, questions: Sequence[Hashable] | None = None
    ) -> list[Hashable]:
        """Of these questions, or of the bank, those without an answer yet, in their order."""
        asked = {question for question, _ in history}
        return [q for q in (self.questions if questions is None else questions) if q not in asked]


class Foreseen(NamedTuple):
    """What the predictor would say after each of m questions, had n labels been meant."""

    posterior: Floats  # [m, n, K]
    label: Integers  # [n]


@dataclass(frozen=True)
class Foresight:
    """Draws n labels and simulates each one's answer to each question.

    Differs: the same labels serve all questions, so that these do not differ by luck, and what
    several labels answer alike is predicted once. `from_posterior` draws labels by what is
    believed by now, which helps late; the published code draws uniformly.
    """

    draws: int = 24
    from_posterior: bool = False

    def __post_init__(self) -> None:
        """Refuse to look at nothing."""
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")

    def __call__(
        self,
        inquiry: Inquiry,
        history: History,
        questions: Sequence[Hashable],
        rng: np.random.Generator,
    ) -> Foreseen:
        """The posteriors of extended histories."""
        believed = inquiry.probabilities([history])[0] if self.from_posterior else None
        if believed is not None:
            believed = believed / believed.sum()
        label = rng.choice(len(inquiry.labels), size=self.draws, p=believed)  # [n]
        pairs = [(int(row), q) for q in questions for row in label]
        steps = [
            (q, a) for (_, q), a in zip(pairs, inquiry.answers(pairs, rng), strict=True)
        ]  # m * n
        place = {step: i for i, step in enumerate(dict.fromkeys(steps))}
        p = inquiry.probabilities([(*history, step) for step in place])  # [distinct, K]
        rows = np.array([place[step] for step in steps]).reshape(len(questions), self.draws)
        return Foreseen(p[rows], label)


class Played(NamedTuple):
    """Histories of one length, and the row of the label that each is about."""

    histories: list[History]
    label: Integers  # [n]


def random_histories(inquiry: Inquiry, length: int, count: int, rng: np.random.Generator) -> Played:
    """`count` uniform labels, each with its answers to `length` random distinct questions.

    Raises:
        ValueError: fewer questions in the bank than that.
    """
    if not 0 <= length <= len(inquiry.questions):
        raise ValueError(
            f"length must be between 0 and {len(inquiry.questions)}, the questions there are, "
            f"got {length}"
        )
    label = rng.integers(len(inquiry.labels), size=count)
    chosen = rng.permuted(np.tile(np.arange(len(inquiry.questions)), (count, 1)), axis=1)
    pairs = [
        (int(row), inquiry.questions[q])
        for row, order in zip(label, chosen[:, :length], strict=True)
        for q in order
    ]
    answers = list(inquiry.answers(pairs, rng)) if pairs else []
    steps = [(q, a) for (_, q), a in zip(pairs, answers, strict=True)]
    return Played([tuple(steps[i * length : (i + 1) * length]) for i in range(count)], label)
