"""Yes-or-no questions about things, answered with slips, and a predictor more or less sure."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from dubito.data.country_attributes import attributes
from dubito.evidence import Floats
from dubito.maths.entropy import log_normalise


@dataclass(frozen=True, eq=False)
class YesNo:
    """K labels, Q questions, and the probability that somebody who means a label says yes.

    The predictor is Bayes' rule from a uniform prior, its posterior raised to the power `gamma`
    and normalised: below 1 it believes too little of what it was told, above 1 too much, while
    its likeliest label stays the same.
    """

    labels: tuple[str, ...]  # K
    questions: tuple[str, ...]  # Q
    yes: Floats  # [K, Q] in (0, 1)
    gamma: float = 1.0

    def __post_init__(self) -> None:
        """Refuse certainty, which a slip would contradict."""
        if self.yes.shape != (len(self.labels), len(self.questions)):
            raise ValueError(f"yes must be [K, Q], got {self.yes.shape}")
        if not ((self.yes > 0) & (self.yes < 1)).all() or not self.gamma > 0:
            raise ValueError("probabilities must lie inside (0, 1) and gamma be above 0")

    def posterior(self, histories: Sequence[tuple[tuple[Hashable, Hashable], ...]]) -> Floats:
        """What the predictor believes after (question, was it yes) of one length: [H, K]."""
        place = {q: i for i, q in enumerate(self.questions)}
        log = np.log(np.stack([1 - self.yes.T, self.yes.T], axis=1))  # [Q, 2, K]
        steps = [[(place[str(q)], int(bool(a))) for q, a in h] for h in histories]
        told = np.array(steps, dtype=np.int64).reshape(len(histories), -1, 2)  # [H, k, 2]
        total = log[told[..., 0], told[..., 1]].sum(axis=1)  # [H, K]
        return np.exp(log_normalise(self.gamma * total))

    def answers(
        self, pairs: Sequence[tuple[int, Hashable]], rng: np.random.Generator
    ) -> list[bool]:
        """Drawn answers, one for each (row of a label, question)."""
        place = {q: i for i, q in enumerate(self.questions)}
        rows = np.array([row for row, _ in pairs], dtype=np.int64)
        columns = np.array([place[str(q)] for _, q in pairs], dtype=np.int64)
        said = rng.uniform(size=len(pairs)) < self.yes[rows, columns]
        return [bool(yes) for yes in said]


def coin_questions(
    seed: int, *, labels: int = 20, questions: int = 30, slip: float = 0.07, gamma: float = 1.0
) -> YesNo:
    """Each question is true of each label by a fair coin; answers slip now and then."""
    true = np.random.default_rng(seed).uniform(size=(labels, questions)) < 0.5
    return YesNo(
        tuple(f"thing {k}" for k in range(labels)),
        tuple(f"is it of kind {q}?" for q in range(questions)),
        np.where(true, 1 - slip, slip),
        gamma,
    )


def country_questions(*, slip: float = 0.05, gamma: float = 1.0) -> YesNo:
    """Real countries and what is true of them; the predictor expects slips.

    Raises:
        MissingExtra: the package countryinfo is not installed.
    """
    table = attributes()
    return YesNo(table.countries, table.questions, np.where(table.true, 1 - slip, slip), gamma)
