"""A task to start from, digits white on black, and few labels of another: black on white."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

NOISE = 0.25


@dataclass(frozen=True, eq=False)
class InvertedDigits:
    """Pixels in rows of 64; all kinds of digits, each picture in one of three parts only."""

    before: Floats  # [P, 64] inverted, one minus the pixel, to train a network on
    before_labels: Integers  # [P] in 0 .. 9
    few: Floats  # [N, 64] as they are, to adapt it with
    few_labels: Integers  # [N]
    fresh: Floats  # [M, 64] as they are, to judge
    truth: Integers  # [M]
    noisy: Floats  # [M, 64] the same with Gaussian noise of 0.25
    scrambled: Floats  # [M, 64] the same with their pixels in an order of each picture's own
    strange: np.ndarray  # bool [2 M]: of fresh and scrambled in a row, which are scrambled
    live: bool = True  # off in a null; its claim says what is then left out

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures; those to judge get another's label, and another's strangeness."""
        changes: dict[str, Any] = {
            "truth": rng.permutation(self.truth),
            "strange": rng.permutation(self.strange),
        }
        return replace(self, **changes)

    def untaught(self) -> Self:
        """The same pictures, without what the claim lives on."""
        changes: dict[str, Any] = {"live": False}
        return replace(self, **changes)


def inverted_digits(seed: int, *, few: int = 150, judged: int = 1000) -> InvertedDigits:
    """1,797 digits: so many to adapt with and to judge, the rest inverted.

    Raises:
        ValueError: numbers that leave nothing to train on before.
    """
    pictures = digits(seed)
    pixels, label = pictures.pixels.reshape(len(pictures.label), -1), pictures.label
    end = few + judged
    if not 0 < few < end < len(label):
        raise ValueError(f"{few} to adapt with and {judged} to judge leave none of {len(label)}")
    rng = np.random.default_rng([seed, 2])
    fresh = pixels[few:end]
    return InvertedDigits(
        before=1 - pixels[end:],
        before_labels=label[end:],
        few=pixels[:few],
        few_labels=label[:few],
        fresh=fresh,
        truth=label[few:end],
        noisy=fresh + NOISE * rng.normal(size=fresh.shape),
        scrambled=rng.permuted(fresh, axis=1),
        strange=np.arange(2 * judged) >= judged,
    )
