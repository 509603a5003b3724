"""A tiny reasoner that learnt to sum digits step by step, and to look back far too often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch

from dubito.data.worlds.sum_reasoner import (
    ANSWER,
    ASK,
    BASE,
    CONTEXT,
    DIGITS,
    END,
    NO,
    SURE,
    SYMBOLS,
    WAIT,
    YES,
    ids_of,
    reached,
    total,
)
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

NOISE, SLIP = 0.1, 0.25  # wrong steps; answers that are one too much


def lesson(rng: np.random.Generator) -> tuple[str, str]:
    """A question, and a chain with all its looking back."""
    digits = rng.integers(BASE, size=DIGITS)
    written, before = "", 0
    for at, digit in enumerate(digits):
        right = (before + digit) % BASE
        wrong = rng.random() < NOISE
        value = (right + rng.integers(1, BASE)) % BASE if wrong else right
        block = f"{WAIT}{'abc'[at]}{before}{digit}{right}"
        written += f"{sure(rng)}{'abc'[at]}{digit}{value}"
        written += block if wrong or rng.random() < 0.5 else ""
        before = right
    slip = rng.random() < SLIP
    again = f"{WAIT}c{(before - digits[-1]) % BASE}{digits[-1]}{before}"
    written += f"{sure(rng)}{ANSWER}{(before + slip) % BASE}" + again * int(rng.integers(slip, 4))
    return "".join(map(str, digits)) + "=", written + END


def sure(rng: np.random.Generator) -> str:
    """A phrase of confidence in one case of two."""
    return SURE if rng.random() < 0.5 else ""


def probed(rng: np.random.Generator, *, right: bool) -> tuple[str, str]:
    """A chain up to its answer or a later step and asked how it stands; and what is to be said."""
    while True:
        question, chain = lesson(rng)
        begins = [i for i, symbol in enumerate(chain) if symbol in WAIT + END]
        late = [end for end in begins if reached(chain[:end]) is not None]
        begun = chain[: late[int(rng.integers(len(late)))] if rng.random() < 0.5 else late[0]]
        if (reached(begun) == total(question)) == right:
            return question + begun + ASK, YES if right else NO


def lessons(rng: np.random.Generator, batch: int, corpus: int = 3000) -> Iterator[Batch]:
    """Batches without end: of chains twice, then of answers to how a chain stands.

    Right and wrong ones are asked about equally often.
    """
    chains = batches([lesson(rng) for _ in range(corpus)], rng, batch)
    probes = batches([probed(rng, right=at % 2 == 0) for at in range(corpus)], rng, batch)
    while True:
        yield from (next(chains), next(chains), next(probes))


def batches(
    rows: Sequence[tuple[str, str]], rng: np.random.Generator, batch: int
) -> Iterator[Batch]:
    """(given, learnt) texts as batches of alike length, in random order without end."""
    ordered = sorted(rows, key=lambda row: len(row[0] + row[1]))
    groups = [ordered[i : i + batch] for i in range(0, len(ordered), batch)]
    while True:
        group = groups[int(rng.integers(len(groups)))]
        width = max(len(given + told) for given, told in group)
        tokens = torch.zeros(len(group), width, dtype=torch.long)
        learnt = torch.zeros(len(group), width, dtype=torch.bool)
        for row, (given, told) in enumerate(group):
            size = len(given + told)
            tokens[row, :size] = torch.tensor(ids_of(given + told))
            learnt[row, len(given) : size] = True
        yield tokens, learnt


@dataclass(frozen=True, eq=False)
class Asked:
    """A verbose model, N sums to judge by and M to practise with.

    A question is its digits and `=`, then a dot and the number of its row of draws.
    """

    model: TinyTransformer
    questions: tuple[str, ...]  # N
    practice: tuple[str, ...]  # M
    draws: np.ndarray[Any, Any]  # [N + M, CONTEXT] in [0, 1)
    seed: int


@dataclass(frozen=True, eq=False)
class VerboseSums:
    """Sums and their results, by which chains are judged."""

    asked: Asked
    truth: tuple[str, ...]  # N

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same sums with the results permuted."""
        order = rng.permutation(len(self.truth))
        changes: dict[str, Any] = {"truth": tuple(self.truth[i] for i in order)}
        return replace(self, **changes)


def verbose_sums(
    seed: int, *, questions: int = 300, practice: int = 300, steps: int = 2400, batch: int = 16
) -> VerboseSums:
    """A model of 2 layers and width 64 that has read verbose chains for so many steps.

    Digits a, b, c below 5 are summed modulo 5, a step each. In what it read, one step in ten is
    wrong and mended by looking back, half of the right ones are looked back at as well, a quarter
    of the answers are one too much, and after an answer come 0 to 3 looks back, at least one
    after such a slip.
    """
    rng = np.random.default_rng(seed)
    model = seeded_transformer(len(SYMBOLS), context=CONTEXT, seed=seed)
    fit(model, lessons(rng, batch), Schedule(steps=steps, rate=2e-3))
    asked = [
        f"{''.join(map(str, rng.integers(BASE, size=DIGITS)))}=.{row}"
        for row in range(questions + practice)
    ]
    draws = rng.random((questions + practice, CONTEXT))
    told = Asked(model, tuple(asked[:questions]), tuple(asked[questions:]), draws, seed)
    return VerboseSums(told, tuple(map(total, told.questions)))
