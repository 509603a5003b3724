"""A tiny transformer that has heard the topic world: sure of the unknown, as large ones are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.topics import TopicWorld
from dubito.data.worlds.world import Answered, Flags
from dubito.evidence import Evidence, Floats, Integers, Sequence
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


def told(
    model: TinyTransformer, world: TopicWorld, rows: Integers, *, samples: int, seed: int
) -> Answered:
    """The model's greedy and drawn answers to these facts, one token each, as evidence."""
    asked = torch.from_numpy(world.questions(rows))
    generator = torch.Generator().manual_seed(seed)
    said = [model.greedy(asked, 1)] + [model.draw(asked, 1, generator) for _ in range(samples)]
    with torch.no_grad():
        logp = model(asked)[:, -1].double().log_softmax(dim=-1).numpy()  # [R, V]
    tokens = torch.cat(said, dim=1).numpy()  # [R, 1 + K]
    evidence = tuple(shown(t, p, str(row)) for t, p, row in zip(tokens, logp, rows, strict=True))
    return Answered(evidence, tokens[:, 0] != world.value_token(world.value[rows]))


def shown(tokens: Integers, logp: Floats, fact: str) -> Evidence:
    """Answers of one token each, [1 + K] under [V] log-probabilities; equal ones mean the same."""
    kinds, kind = np.unique(tokens, return_inverse=True)
    embeddings = np.eye(max(len(kinds), 2))[kind]  # [1 + K, d] equal or orthogonal
    same = embeddings @ embeddings.T
    said = [one_token(int(t), logp) for t in tokens]
    return Evidence(
        f"fact {fact}",
        said[0],
        tuple(said[1:]),
        embeddings=embeddings,
        entailment=same,
        contradiction=1 - same,
        id=fact,
    )


def one_token(token: int, logp: Floats) -> Sequence:
    """The record of one token under [V] log-probabilities, nats."""
    text = f"w{token}"
    return Sequence(
        text,
        tokens=(text,),
        offsets=np.array([[0, len(text)]]),
        logprobs=logp[[token]],
        entropies=-(np.exp(logp) @ logp)[None],
        uniform_kl=-logp.mean(keepdims=True) - np.log(len(logp)),
        uniform_renyi=-2 * np.log(np.exp(logp / 2).sum(keepdims=True) / np.sqrt(len(logp))),
    )
