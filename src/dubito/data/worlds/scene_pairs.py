"""Contrasted questions on rendered scenes: answerable on one, not on its twin [chandu2024].

Of the paper's five reasons three can be drawn: the thing is gone (EXTRANEOUS), a second one fits
(AMBIGUITY), another time is asked about (TEMPORAL). Differs: cells are painted over where the
paper inpaints photographs, and of TEMPORAL the question is changed, not the picture, so there a
reader of the question alone could tell the twins apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np

from dubito.data.reasons import Reason
from dubito.data.worlds.scenes import (
    COLOURS,
    EMPTY,
    KINDS,
    Scenes,
    cell_mask,
    detected,
    inpainted,
    render,
    scenes,
)
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

FORMS = ("What colour is the {}?", "How many shapes are a {}?", "How many were a {} before?")
QUESTIONS = tuple(form.format(kind) for form in FORMS for kind in KINDS)
ANSWERS = (*COLOURS, "1", "2", "3", "unknown")
UNKNOWN = len(ANSWERS) - 1
REASONS = (Reason.EXTRANEOUS, Reason.AMBIGUITY, Reason.TEMPORAL)
ANSWERABLE = -1
SPARE = 3  # scenes drawn for one that can be used


@dataclass(frozen=True, eq=False)
class ScenePairs:
    """N questions on pictures; the members of a pair are on the same side of the split."""

    pixels: Floats  # [N, 16, 16, 3]
    question: Integers  # [N] index into QUESTIONS
    answer: Integers  # [N] index into ANSWERS
    reason: Integers  # [N] index into REASONS, -1: answerable
    pair: Integers  # [N]
    testing: Flags  # [N]

    def rows(self, chosen: Flags) -> Self:
        """The chosen questions alone."""
        changes: dict[str, Any] = {
            "pixels": self.pixels[chosen],
            "question": self.question[chosen],
            "answer": self.answer[chosen],
            "reason": self.reason[chosen],
            "pair": self.pair[chosen],
            "testing": self.testing[chosen],
        }
        return replace(self, **changes)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pictures and questions; each gets another's answer and reason."""
        order = rng.permutation(len(self.answer))
        changes: dict[str, Any] = {"answer": self.answer[order], "reason": self.reason[order]}
        return replace(self, **changes)


Made = tuple[Floats, Integers, Integers, Integers, Integers]  # all of ScenePairs but `testing`
Maker = Callable[[Scenes, np.random.Generator], Made]


def scene_pairs(
    seed: int = 0, *, each: int = 600, test_share: float = 0.3, faithful: bool = True
) -> ScenePairs:
    """`each` pairs for every reason; an edited one brings a control, edited elsewhere.

    `faithful=False` spoils the edits that should remove a thing: they miss it and nothing checks
    them, so their twins are answerable in truth and called unanswerable.
    """
    rng = np.random.default_rng(seed)
    makers: tuple[Maker, ...] = (partial(extraneous, faithful=faithful), ambiguous, temporal)
    parts, first = [], 0
    for maker in makers:
        part = maker(scenes(SPARE * each, rng=rng), rng)
        ids = np.unique(part[-1])[:each]
        kept = np.isin(part[-1], ids)
        pixels, question, answer, reason, pair = (column[kept] for column in part)
        parts.append((pixels, question, answer, reason, first + np.searchsorted(ids, pair)))
        first += len(ids)
    pixels, question, answer, reason, pair = map(np.concatenate, zip(*parts, strict=True))
    held_out = rng.random(first) < test_share  # [pairs]
    return ScenePairs(pixels, question, answer, reason, pair, held_out[pair])


def extraneous(scene: Scenes, rng: np.random.Generator, *, faithful: bool = True) -> Made:
    """The colour of a thing, with it and painted over; and with another cell painted over."""
    scene, cell, kind = with_lone(scene, rng)
    whole = render(scene, rng)
    target = at(cell)
    beside = at((cell + rng.integers(1, 4, size=len(cell))) % 4)
    control = inpainted(whole, cell_mask(beside), rng)
    gone = inpainted(whole, cell_mask(target if faithful else beside), rng)
    good = removed(whole, gone, kind) if faithful else np.ones(len(kind), dtype=bool)
    colour = scene.colour[target]
    unknown = np.full(len(kind), UNKNOWN)
    return together(
        good, [(whole, kind, colour), (gone, kind, unknown), (control, kind, colour)], 0
    )


def ambiguous(scene: Scenes, rng: np.random.Generator) -> Made:
    """The colour of a thing, alone of its kind and with a second one of another colour."""
    scene, cell, kind = with_lone(scene, rng)
    room = (scene.kind == EMPTY) * rng.random(scene.kind.shape)
    free = at(room.argmax(axis=1))
    colour = scene.colour[at(cell)]
    other = (colour + rng.integers(1, len(COLOURS), size=len(cell))) % len(COLOURS)
    second = Scenes(
        np.where(free, kind[:, None], scene.kind), np.where(free, other[:, None], scene.colour)
    )
    whole = render(scene, rng)
    two = np.where(cell_mask(free)[..., None], render(second, rng), whole)
    unknown = np.full(len(kind), UNKNOWN)
    return together(room.any(axis=1), [(whole, kind, colour), (two, kind, unknown)], 1)


def temporal(scene: Scenes, rng: np.random.Generator) -> Made:
    """How many of a kind there are, and were before."""
    cell = ((scene.kind != EMPTY) * rng.random(scene.kind.shape)).argmax(axis=1)
    kind = scene.kind[at(cell)]
    whole = render(scene, rng)
    count = len(COLOURS) - 1 + scene.having(kind).sum(axis=1)
    unknown = np.full(len(kind), UNKNOWN)
    asks = [(whole, len(KINDS) + kind, count), (whole, 2 * len(KINDS) + kind, unknown)]
    return together(np.ones(len(kind), dtype=bool), asks, 2)


def with_lone(scene: Scenes, rng: np.random.Generator) -> tuple[Scenes, Integers, Integers]:
    """The scenes that have a thing alone of its kind, the cell and the kind of one such thing."""
    alone = np.stack([scene.having(np.full(len(scene.kind), k)) for k in range(len(KINDS))])
    alone &= alone.sum(axis=2, keepdims=True) == 1  # [KINDS, N, 4]
    pick = alone.any(axis=0) * rng.random(scene.kind.shape)
    some = pick.any(axis=1)
    cell = pick[some].argmax(axis=1)
    kept = Scenes(scene.kind[some], scene.colour[some])
    return kept, cell, kept.kind[at(cell)]


def at(cell: Integers) -> Flags:
    """One cell of each scene as a mask, [N] -> [N, 4]."""
    return np.arange(4) == cell[:, None]


def removed(before: Floats, after: Floats, kind: Integers) -> Flags:
    """Whether the detector sees the kind before and no longer after the edit, [N].

    This is the filter of pairs: an edit that changed nothing, or hit something else, fails it.
    """
    seen, left = ((detected(pixels) == kind[:, None]).any(axis=1) for pixels in (before, after))
    return seen & ~left


def together(good: Flags, members: list[tuple[Floats, Integers, Integers]], reason: int) -> Made:
    """The members (pixels, question, answer) of the good pairs, one column each."""
    number = np.arange(len(good))
    columns = [
        (p[good], q[good], a[good], np.where(a == UNKNOWN, reason, ANSWERABLE)[good], number[good])
        for p, q, a in members
    ]
    pixels, question, answer, why, pair = map(np.concatenate, zip(*columns, strict=True))
    return pixels, question, answer, why, pair
