"""Tasks that share one head: the same handwritten digits, each task's seen another way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.shapes import digits
from dubito.evidence import Floats, Integers

Way = Callable[[Floats], Floats]  # of pixels [N, 8, 8] in [0, 1], to the same


def plain(pixels: Floats) -> Floats:
    """As they are."""
    return pixels


def turned(pixels: Floats) -> Floats:
    """A quarter turn."""
    return np.rot90(pixels, axes=(1, 2))


def overturned(pixels: Floats) -> Floats:
    """Half a turn."""
    return np.rot90(pixels, 2, axes=(1, 2))


def inverted(pixels: Floats) -> Floats:
    """Black for white."""
    return 1 - pixels


def mirrored(pixels: Floats) -> Floats:
    """Left for right."""
    return pixels[:, :, ::-1]


def dimmed(pixels: Floats) -> Floats:
    """Half as bright."""
    return pixels / 2


def rolled(pixels: Floats, *, columns: int = 1) -> Floats:
    """To the right, what leaves coming in on the left."""
    return np.roll(pixels, columns, axis=2)


def permuted(pixels: Floats, *, order: int) -> Floats:
    """All in one and the same order of their pixels, drawn from `order`."""
    places = np.random.default_rng(order).permutation(64)
    return pixels.reshape(len(pixels), 64)[:, places].reshape(pixels.shape)


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is learnt from, T tasks; the same digits in each, but no digit in two parts."""

    start: Floats  # [P, 64] for the base
    start_labels: Integers  # [P]
    tuned: Floats  # [T, N, 64] for the experts
    labels: Integers  # [N]
    few: Floats  # [T, U, 64] for what is chosen after that
    few_labels: Integers  # [U]


@dataclass(frozen=True, eq=False)
class TransformedDigits:
    """Lessons, and digits to judge."""

    lessons: Lessons
    fresh: Floats  # [T, M, 64]
    truth: Integers  # [M] in 0 .. 9
    live: bool = True  # off in a null; its claim says what is then left out

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same, what was learnt included; digits to judge get another's label."""
        changes: dict[str, Any] = {"truth": rng.permutation(self.truth)}
        return replace(self, **changes)

    def untaught(self) -> Self:
        """The same, without what the claim lives on."""
        changes: dict[str, Any] = {"live": False}
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Parts:
    """How many of 1,797 digits are for what; those left are judged."""

    start: int = 150
    tuned: int = 900
    few: int = 250


def transformed_digits(
    seed: int,
    ways: tuple[Way, ...],
    *,
    parts: Parts = Parts(),
    plain_start: bool = False,
    judged: int | None = None,
) -> TransformedDigits:
    """Digits seen in these ways; the base starts from all of them, or from plain ones alone.

    At most `judged` are judged.

    Raises:
        ValueError: parts that leave nothing to judge.
    """
    pictures = digits(seed)
    ends = np.cumsum([parts.start, parts.tuned, parts.few])
    if ends[-1] >= len(pictures.label):
        raise ValueError(f"{parts} leave none of {len(pictures.label)} digits to judge")
    start, tuned, few, fresh = np.split(pictures.pixels, ends)
    labels = np.split(pictures.label, ends)
    first = (plain,) if plain_start else ways
    lessons = Lessons(
        seen(start, first).reshape(-1, 64),
        np.tile(labels[0], len(first)),
        seen(tuned, ways),
        labels[1],
        seen(few, ways),
        labels[2],
    )
    return TransformedDigits(lessons, seen(fresh[:judged], ways), labels[3][:judged])


def seen(pixels: Floats, ways: tuple[Way, ...]) -> Floats:
    """The same pictures in each way, in rows: [N, 8, 8] -> [T, N, 64]."""
    return np.stack([way(pixels).reshape(len(pixels), 64) for way in ways])
