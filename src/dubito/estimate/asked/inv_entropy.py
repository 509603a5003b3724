"""Inverse entropy [song2025]: do answers tell which wording of the question they came from?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from dubito.estimate.asked.ways import sample_embeddings, ways
from dubito.estimate.draws import refuse_fewer
from dubito.evidence import Evidence, Floats, Missing, Plan, Score
from dubito.maths.strings import pairwise, rouge_l

Alike = Callable[[Sequence[str]], Floats]  # n texts -> [n, n] >= 0, positive diagonal


def by_words(texts: Sequence[str]) -> Floats:
    """How alike the words of n texts and their order are, [n, n] in [0, 1]."""
    return pairwise(texts, rouge_l)


TURNING = 1 / math.e  # above it -d log d falls again


class Walk(NamedTuple):
    """Laws on the n wordings X and on the answers Y to them, [..., n] and [..., n, n]."""

    wordings: Floats  # P(X = i)
    answers: Floats  # P(Y = j)
    backward: Floats  # P(X = i | Y = j) in row j, column i
    forward: Floats  # P(Y = j | X = i) in row i, column j


def walk(wordings: ArrayLike, answers: ArrayLike) -> Walk:
    """From how alike n wordings [n, n] and their answers [..., n, n] are: uniform start.

    P(Y) is one step by the answers' normalised rows, P(X | Y) a step by the answers' rows and
    then one by the wordings'; P(X) and P(Y | X) follow by Bayes.
    Differs: the prose writes P(X) with one step fewer, which is not what its P(Y) gives.
    """
    step_x, step_y = row_shares(wordings), row_shares(answers)
    p_y = step_y.mean(axis=-2)  # [..., n]
    backward = step_y @ step_x  # [..., n, n]
    joint = p_y[..., None] * backward  # P(Y = j, X = i)
    p_x = joint.sum(axis=-2)  # [..., n]
    return Walk(p_x, p_y, backward, np.swapaxes(joint / p_x[..., None, :], -1, -2))


def row_shares(similarity: ArrayLike) -> Floats:
    """Rows scaled to a sum of 1.

    Raises:
        ValueError: a negative or unknown similarity, or one of 0 on the diagonal.
    """
    a = np.asarray(similarity, dtype=np.float64)  # [..., n, n]
    own = np.diagonal(a, axis1=-2, axis2=-1)
    if not (a >= 0).all() or not (own > 0).all():  # NaN fails too
        raise ValueError(
            "similarities must be at least 0 and those of a text with itself above 0, got "
            f"{a.min()} and {own.min()}; map cosines c to (1 + c) / 2"
        )
    return a / a.sum(axis=-1, keepdims=True)


def diagonal_entropy(conditional: Floats) -> Floats:
    """-sum d log d >= 0 over the diagonal, not normalised, nats: [..., n, n] -> [...].

    Log n where d is 1 / n throughout. No entropy of one distribution: each d has its own row.
    """
    return entr(np.diagonal(conditional, axis1=-2, axis2=-1)).sum(axis=-1)


def marginal_gap(found: Walk) -> Floats:
    """Wasserstein distance in [0, 1] of the probabilities in P(X) and in P(Y), as values."""
    return np.abs(np.sort(found.wordings) - np.sort(found.answers)).mean(axis=-1)


def strongest_tie(found: Walk) -> Floats:
    """The largest P(Y = i | X = i), in [0, 1]."""
    return np.diagonal(found.forward, axis1=-2, axis2=-1).max(axis=-1)


@dataclass(frozen=True)
class InvEntropy:
    """Doubt >= 0, nats: log n where the answers are the same to all n wordings, more as they part.

    Mean over `draws` picks of one of r answers to each wording of `diagonal_entropy` of
    P(X | Y). Compare only prompts with the same number of wordings. `parts` has the relatives:
    "forward" reads P(Y | X), "gap" and "tie" see `marginal_gap` and `strongest_tie`.

    Answers are compared by (1 + cosine) / 2 of their embeddings, wordings by `questions`.
    Differs: wordings by their words unless a measure of meaning is given. `Missing` where a
    diagonal exceeds 1 / e on average: there more spread would count as less doubt.
    """

    samples: int = 5
    _: KW_ONLY
    draws: int = 30
    seed: int = 0
    questions: Alike = by_words

    def __post_init__(self) -> None:
        """Refuse to pick from nothing."""
        refuse_fewer(self.samples, 1)
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")

    @property
    def plan(self) -> Plan:
        """Samples and their embeddings, for each wording."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt from the question and its rewordings, at least two."""
        every = ways(evidence, least=3)
        vectors = sample_embeddings(every, self.samples)  # [n, r, d]
        rng = np.random.default_rng(self.seed)
        picks = rng.integers(self.samples, size=(self.draws, len(every)))
        chosen = vectors[np.arange(len(every)), picks]  # [B, n, d]
        alike = np.clip((1 + chosen @ np.swapaxes(chosen, -1, -2)) / 2, 0.0, 1.0)
        found = walk(self.questions([e.prompt for e in every]), alike)
        peak = np.diagonal(found.backward, axis1=-2, axis2=-1).max(axis=-1).mean()
        if peak > TURNING:
            raise Missing(
                f"the diagonal of P(X | Y) reaches {peak:.2f}, where more spread lowers the score; "
                "ask in more ways or compare by a smoother similarity"
            )
        parts = {
            "forward": float(diagonal_entropy(found.forward).mean()),
            "gap": float(marginal_gap(found).mean()),
            "tie": float(strongest_tie(found).mean()),
        }
        return Score(float(diagonal_entropy(found.backward).mean()), parts=parts)
