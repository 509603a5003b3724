"""Active instruction tuning [kung2023]: train on tasks whose answers hang on each word asked.

Differs: a task map's thresholds are yours; the paper draws no lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dubito.acquire.instructions import Instruction
from dubito.evidence import Floats, Integers

AMBIGUOUS, EASY, DIFFICULT = 0, 1, 2
X = TypeVar("X")


class TaskPoint(NamedTuple):
    """Where a task lies on the task map."""

    uncertainty: float  # in [0, 1], higher = more worth training on
    probability: float  # of the model's own answers, in [0, 1]


@dataclass(frozen=True)
class PromptUncertainty:
    """How much a model's answers gain or lose when words of the instruction are left out.

    No labels are read: the model's own answers to the instruction as it is are scored again under
    `versions` thinned ones, which are drawn once for a task and shared by its inputs. Choose the
    tasks by `by_value`, tasks of one word and of many apart, by `Quotas`; then train from the
    base on all that are chosen so far. A model that was trained on a task tells nothing of it.
    """

    versions: int = 10
    rate: float = 0.2

    def __post_init__(self) -> None:
        """Refuse options without a meaning."""
        if self.versions < 1 or not 0 <= self.rate <= 1:
            raise ValueError(
                "versions must be at least 1 and rate in [0, 1], "
                f"got {self.versions} and {self.rate}"
            )

    def __call__(
        self,
        instruction: Instruction,
        inputs: X,
        rng: np.random.Generator,
        *,
        answer: Callable[[Instruction, X], Sequence[str]],
        logprobs: Callable[[Instruction, X, Sequence[str]], Sequence[ArrayLike]],
    ) -> TaskPoint:
        """One task, from n inputs of it; 10 are enough.

        Args:
            instruction: of the task.
            inputs: n of them, as `answer` and `logprobs` take them; `instruction.prompt` makes
                an input a text to go on from.
            rng: draws the words that are left out.
            answer: the greedy answer to each input.
            logprobs: log p of each token of given answers, nats; the n rows may differ in length.
        """
        said = answer(instruction, inputs)
        original = np.array(
            [sequence_probability(row) for row in logprobs(instruction, inputs, said)]
        )
        changed = [
            [sequence_probability(row) for row in logprobs(other, inputs, said)]
            for other in (instruction.thinned(self.rate, rng) for _ in range(self.versions))
        ]  # [k, n]
        uncertainty = prompt_uncertainty(original, np.transpose(changed))
        return TaskPoint(float(uncertainty), float(original.mean()))


def sequence_probability(logprobs: ArrayLike) -> float:
    """The geometric mean of L tokens' probabilities, in [0, 1]; [L] nats.

    Raises:
        ValueError: no token, or one that is NaN or above 0.
    """
    row = np.asarray(logprobs, dtype=np.float64)
    if row.ndim != 1 or not row.size or not (row <= 0).all():
        raise ValueError(
            f"log-probabilities [L] of an answer needed, at most 0, got {row.tolist()}"
        )
    return float(np.exp(row.mean()))


def prompt_uncertainty(original: ArrayLike, perturbed: ArrayLike) -> Floats:
    """Mean |perturbed - original| over n inputs and k versions, in [0, 1]: [..., n], [..., n, k].

    Of thinned instructions, or of k passes with dropout on. Size first, then the mean: what one
    version gains does not make up for what another loses.

    Raises:
        ValueError: shapes that do not fit, or a probability outside of [0, 1].
    """
    p, q = np.asarray(original, dtype=np.float64), np.asarray(perturbed, dtype=np.float64)
    if not p.size or not q.size or q.shape[:-1] != p.shape:
        raise ValueError(f"probabilities [..., n] and [..., n, k] needed, got {p.shape}, {q.shape}")
    for x in (p, q):
        if not ((x >= 0) & (x <= 1)).all():
            raise ValueError(f"probabilities must lie in [0, 1], got {x.min()} to {x.max()}")
    return np.abs(q - p[..., None]).mean(axis=(-2, -1))


def task_kinds(
    uncertainty: ArrayLike, probability: ArrayLike, *, at: float, sure: float
) -> Integers:
    """AMBIGUOUS where the uncertainty is at least `at`; else EASY where `sure`, else DIFFICULT.

    [T], [T] -> [T]. Quantiles of what was measured will do as thresholds.
    """
    u, p = np.asarray(uncertainty, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    return np.where(u >= at, AMBIGUOUS, np.where(p >= sure, EASY, DIFFICULT))
