"""Three questions about handwritten digits, of one who already knows which digit each is."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

PRIMES = (2, 3, 5, 7)
LOOPS = (1, 0, 0, 0, 0, 0, 1, 0, 2, 1)  # of each digit; a 4 is open in this hand


@dataclass(frozen=True, eq=False)
class Learnt:
    """Pictures to learn from."""

    pixels: Floats  # [N, 64]
    digit: Integers  # [N]
    answers: Integers  # [3, N] is it prime, how many loops, is it bright


@dataclass(frozen=True, eq=False)
class DigitQuestions:
    """Pictures to learn from and to judge."""

    learn: Learnt
    fresh: Floats  # [M, 64]
    truth: Integers  # [3, M]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; those to judge get another's answers."""
        changes: dict[str, Any] = {"truth": self.truth[:, rng.permutation(self.truth.shape[1])]}
        return replace(self, **changes)


def digit_questions(seed: int, *, learn: int = 1300, judged: int | None = None) -> DigitQuestions:
    """1,797 digits: so many to learn from, of the rest at most `judged` to judge.

    Bright is what has more ink than the median of all digits.

    Raises:
        ValueError: a number that leaves nothing on one side.
    """
    pictures = digits(seed)
    pixels, digit = pictures.pixels.reshape(len(pictures.label), -1), pictures.label
    if not 0 < learn < len(digit):
        raise ValueError(f"of {len(digit)} digits some are learnt and some judged, got {learn}")
    ink = pixels.sum(axis=1)
    prime, bright = (
        flag.astype(np.int64) for flag in (np.isin(digit, PRIMES), ink > np.median(ink))
    )
    answers = np.stack([prime, np.array(LOOPS)[digit], bright])  # [3, N]
    end = None if judged is None else learn + judged
    known = Learnt(pixels[:learn], digit[:learn], answers[:, :learn])
    return DigitQuestions(known, pixels[learn:end], answers[:, learn:end])
