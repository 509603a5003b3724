"""Tiny language models that answer in several ways, and copies fine-tuned to one way each."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from dubito.evidence import Integers
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer

LETTERS = 8  # tokens 0 to 7
DIGITS = 10  # tokens 8 to 17
PLUS, EQUALS = LETTERS + DIGITS, LETTERS + DIGITS + 1
VOCABULARY = EQUALS + 1
CONTEXT = 9
WANTED = 0.25  # share of the wanted way of answering in the base corpus
Answers = Callable[[Integers], Integers]  # what is asked of [N, n] -> an answer of each [N, m]


@dataclass(frozen=True)
class Task:
    """One kind of prompt: the wanted way of answering it, then the others of the base corpus."""

    ask: Callable[[np.random.Generator, int], Integers]  # (rng, N) -> [N, n]
    prompt: Callable[[Integers], Integers]  # [N, n] -> tokens [N, P]
    ways: tuple[Answers, ...]
    shares: tuple[float, ...] = (WANTED, 0.5, 0.25)


def two_digits(numbers: Integers) -> Integers:
    """Tokens of numbers below 100, [N] -> [N, 2]."""
    return LETTERS + np.stack([numbers // 10, numbers % 10], axis=1)


STRINGS = Task(
    lambda rng, n: rng.integers(LETTERS, size=(n, 4)),
    lambda x: np.column_stack([x, np.full(len(x), EQUALS)]),
    (lambda x: x[:, ::-1], lambda x: x, lambda x: np.roll(x, 1, axis=1)),
)
SUMS = Task(
    lambda rng, n: rng.integers(DIGITS, size=(n, 2)),
    lambda x: np.column_stack(
        [LETTERS + x[:, 0], np.full(len(x), PLUS), LETTERS + x[:, 1], np.full(len(x), EQUALS)]
    ),
    (
        lambda x: two_digits(x.sum(axis=1)),
        lambda x: LETTERS + np.sort(x, axis=1)[:, ::-1],
        lambda x: two_digits(x.prod(axis=1)),
    ),
)
TASKS = (STRINGS, SUMS)


@dataclass(frozen=True, eq=False)
class Behaviours:
    """A large and a small base model, both fine-tuned to each task, and prompts with their truth.

    Tasks: reverse a string of 4 letters (else copied, or turned by one), add two digits (else
    sorted, or multiplied); in the base corpus a quarter of the answers is the wanted one.
    """

    large: TinyTransformer
    small: TinyTransformer
    large_tuned: tuple[TinyTransformer, ...]  # one a task
    experts: tuple[TinyTransformer, ...]  # one a task
    prompts: tuple[Tensor, ...]  # one a task, [N, P]
    truth: tuple[Tensor, ...]  # one a task, [N, m]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same models and prompts; each prompt gets another's truth."""
        changes: dict[str, Any] = {
            "truth": tuple(t[torch.from_numpy(rng.permutation(len(t)))] for t in self.truth)
        }
        return replace(self, **changes)


@dataclass(frozen=True)
class Training:
    """Steps of 64 sequences each."""

    large: int = 450
    small: int = 300
    tuned: int = 60
    batch: int = 64


def behaviours(seed: int, *, prompts: int = 400, training: Training | None = None) -> Behaviours:
    """Models of 2 layers of width 96, and of 1 layer of width 32."""
    steps = training or Training()
    rng = np.random.default_rng(seed)

    def taught(model: TinyTransformer, tasks: tuple[Task, ...], n: int, rate: float) -> Any:
        """A copy of the model that has read answers to these tasks; of one task the wanted ones."""
        learner = copy.deepcopy(model)
        fit(learner, corpus(tasks, rng, steps.batch), Schedule(steps=n, rate=rate))
        return learner

    large = taught(fresh(seed, width=96, layers=2), TASKS, steps.large, 2e-3)
    small = taught(fresh(seed, width=32, layers=1), TASKS, steps.small, 4e-3)
    tuned = tuple(taught(large, (t,), steps.tuned, 1e-3) for t in TASKS)
    experts = tuple(taught(small, (t,), steps.tuned, 1e-3) for t in TASKS)
    asked = [t.ask(rng, prompts) for t in TASKS]
    return Behaviours(
        large,
        small,
        tuned,
        experts,
        tuple(torch.from_numpy(t.prompt(x)) for t, x in zip(TASKS, asked, strict=True)),
        tuple(torch.from_numpy(t.ways[0](x).copy()) for t, x in zip(TASKS, asked, strict=True)),
    )


def fresh(seed: int, *, width: int, layers: int) -> TinyTransformer:
    """An untaught model of this size."""
    with seeded(seed):
        return TinyTransformer(VOCABULARY, context=CONTEXT, width=width, layers=layers)


def corpus(tasks: tuple[Task, ...], rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Batches of one kind of prompt in turn; the answers are learnt, of one task the wanted."""
    while True:
        for task in tasks:
            asked = task.ask(rng, batch)
            prompt = task.prompt(asked)
            answers = np.stack([way(asked) for way in task.ways])  # [W, B, m]
            way = rng.choice(len(task.ways), size=batch, p=task.shares)
            chosen = answers[way if len(tasks) > 1 else 0 * way, np.arange(batch)]  # [B, m]
            tokens = torch.from_numpy(np.hstack([prompt, chosen]))
            learnt = torch.zeros(tokens.shape, dtype=torch.bool)
            learnt[:, prompt.shape[1] :] = True
            yield tokens, learnt
