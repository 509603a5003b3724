"""A tiny transformer that has heard the topic world: sure of the unknown, as large ones are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.topics import TopicWorld
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

CONTEXT = 16  # two whole questions with their answers and room for a query


@dataclass(frozen=True, eq=False)
class Answers:
    """The model's own greedy answers to R facts."""

    value: Integers  # [R]; -1 where the answer is no value at all
    probability: Floats  # [R] of the greedy token, over the whole vocabulary
    right: Flags  # [R]


def taught(world: TopicWorld, *, seed: int, steps: int = 500, batch: int = 192) -> TinyTransformer:
    """A model trained on what the world lets be heard; some seconds. Loss on the value tokens."""
    model = seeded_transformer(world.vocabulary, context=CONTEXT, seed=seed)
    rng = np.random.default_rng([seed, 2])
    fit(model, hearings(world, rng, batch), Schedule(steps=steps))
    return model


def hearings(world: TopicWorld, rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Batches of heard sentences without end; the value alone is learnt."""
    learnt = torch.zeros(batch, 6, dtype=torch.bool)
    learnt[:, -1] = True
    while True:
        yield torch.from_numpy(world.sentences(world.heard(rng, batch))), learnt


def answers(model: TinyTransformer, world: TopicWorld, rows: Integers) -> Answers:
    """Greedy answers to these facts, graded."""
    with torch.no_grad():
        logits: Tensor = model(torch.from_numpy(world.questions(rows)))[:, -1]  # [R, V]
    p, token = logits.double().softmax(dim=-1).max(dim=-1)  # [R], [R]
    value = token.numpy() - (world.vocabulary - world.values)
    value = np.where(value >= 0, value, -1)
    return Answers(value, p.numpy(), value == world.value[rows])
