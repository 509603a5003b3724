"""Verbalised probability [lin2022]: a model learns to state how often it is right on such tasks."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from dubito.evidence import Floats, Integers
from dubito.nn.tiny_training import Batch

WORDS = ("lowest", "low", "medium", "high", "highest")
ROUNDING = 1e-9  # 100 * 0.57 is 56.99999999999999


class Stated(NamedTuple):
    """A confidence read from the token that states it, in [0, 1], higher is more certain."""

    likeliest: Tensor  # [B] what the user sees
    expected: Tensor  # [B] the mean over what may be stated, finer


def share_right(task: ArrayLike, right: ArrayLike) -> Floats:
    """Share of the model's own answers that are right in the sub-task of each, [N], [N] -> [N].

    This is what an answer's confidence is taught to be: grades of single answers would make the
    stated numbers go to both ends.

    Raises:
        ValueError: rows of two lengths, or none.
    """
    names, grade = np.asarray(task), np.asarray(right, dtype=np.float64)
    if names.ndim != 1 or names.shape != grade.shape or not names.size:
        raise ValueError(f"a task and a grade for each answer, got {names.shape}, {grade.shape}")
    place = np.unique(names, return_inverse=True)[1]
    return (np.bincount(place, weights=grade) / np.bincount(place))[place]


def level(confidence: ArrayLike, *, highest: int = 100) -> Integers:
    """Confidences as whole numbers in 0 .. highest, rounded down.

    Raises:
        ValueError: one outside of [0, 1].
    """
    p = np.asarray(confidence, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"confidences must lie in [0, 1], got {p.min()} to {p.max()}")
    return np.floor(highest * p + ROUNDING).astype(np.int64)


def word(confidence: float) -> str:
    """Which of the five words a confidence is: each stands for a fifth of [0, 1]."""
    return WORDS[min(int(level(confidence, highest=len(WORDS))), len(WORDS) - 1)]


def of_word(name: str) -> float:
    """The middle of what the word stands for.

    Raises:
        ValueError: there is no such word.
    """
    if name not in WORDS:
        raise ValueError(f"no confidence is called {name!r}; there are: {', '.join(WORDS)}")
    return (WORDS.index(name) + 0.5) / len(WORDS)


def followed_by(said: Tensor, query: int, verdict: Tensor) -> Batch:
    """Answers [B, T], a query and what is to follow it, [B]; the last token alone is learnt.

    So the answers, which are the model's own, are not taught.
    """
    asked = said.new_full((len(said), 1), query)
    tokens = torch.cat([said, asked, verdict[:, None].to(said)], dim=1)  # [B, T + 2]
    learnt = torch.zeros_like(tokens, dtype=torch.bool)
    learnt[:, -1] = True
    return tokens, learnt


def stated(logits: Tensor, tokens: Tensor, values: Tensor) -> Stated:
    """The confidence after the query, read over the K tokens that state one: [B, V] -> [B].

    Args:
        logits: of the token after the query, [B, V].
        tokens: those that state a confidence, [K].
        values: what each of them states, [K] in [0, 1].

    Raises:
        ValueError: another number of values than of tokens, or a value outside of [0, 1].
    """
    if tokens.shape != values.shape or not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError(
            f"a value in [0, 1] for each token, got {values.tolist()} for {tokens.tolist()}"
        )
    p = logits[:, tokens].softmax(dim=-1)  # [B, K]
    value = values.to(p)
    return Stated(value[p.argmax(dim=-1)], p @ value)
