"""The steps of a reasoned answer: its lines, or its sentences where it is one line."""

import numpy as np

from dubito.estimate.sentence_doubt import sentences
from dubito.evidence import Integers, Missing, Sequence


def steps_of(answer: Sequence) -> Integers:
    """The number, from 0, of the step in which each of T tokens begins: [T], never falling.

    A line that has a word is a step, and blank ones belong to the step before; in a single line
    a sentence is a step.

    Raises:
        Missing: nobody recorded where the tokens stand in the text.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so they belong to no step")
    lines = answer.text.splitlines(keepends=True)
    starts = np.cumsum([0, *map(len, lines)])[:-1]
    said = [int(start) for start, line in zip(starts, lines, strict=True) if line.strip()]
    if len(said) < 2:
        found = sentences(answer.text, answer.offsets)
    else:
        begins = answer.offsets[:, 0] + [leading_space(t) for t in spelled(answer)]
        found = np.searchsorted(said[1:], begins, side="right")
    return np.unique(found, return_inverse=True)[1].reshape(-1)


def leading_space(token: str) -> int:
    """Characters before a token's word, which may be the line break; 0 where there is no word."""
    return len(token) - len(token.lstrip()) if token.strip() else 0


def spelled(answer: Sequence) -> list[str]:
    """What each token writes in the text."""
    return [answer.text[a:b] for a, b in np.asarray(answer.offsets)]


def step_masks(step: Integers) -> np.ndarray:
    """Which tokens each of S steps has: [T] -> bool [S, T]."""
    return np.asarray(step) == np.arange(int(np.max(step)) + 1)[:, None]
