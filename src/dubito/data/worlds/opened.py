"""A small transformer that opens its answer in one of two ways before it says what it believes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dubito.data.worlds.taught import CONTEXT
from dubito.data.worlds.topics import TopicWorld, topic_world
from dubito.data.worlds.world import Answered
from dubito.evidence import Evidence, Integers, Sequence, TopK
from dubito.nn.tiny_training import Batch, Schedule, fit
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer

LENGTH = 3  # opening, value, end
USUAL = 0.7  # probability of the first of the two openings
TOP = 5  # tokens kept at each position
Place = tuple[int, int]  # position in the answer, token put there


@dataclass(frozen=True, eq=False)
class Opened(Answered):
    """Answers of three tokens to R facts, and how each goes on when one token is replaced."""

    regenerated: tuple[Mapping[Place, Evidence], ...]  # R


def opened(
    seed: int, *, steps: int = 400, batch: int = 96, topics: int = 12, names: int = 10
) -> Opened:
    """A topic world of 2 relations in which an answer is [opening, value, end]; the value decides.

    The opening is a coin of 0.7 that says nothing, so an unsure answer has two open choices. At
    each position of the greedy answer, its 2nd to 5th likeliest tokens are followed greedily.
    Answers of the same value have the same embedding, others are at right angles.
    """
    world = topic_world(seed, topics=topics, names=names, relations=2)
    model = seeded_transformer(world.vocabulary + LENGTH, context=CONTEXT, seed=seed)
    rng = np.random.default_rng([seed, 4])
    fit(model, hearings(world, rng, batch), Schedule(steps=steps, rate=3e-3))
    rows = np.arange(len(world))
    evidence, regenerated = answered(model, torch.from_numpy(world.questions(rows)))
    right = [f"t{t}" for t in world.value_token(world.value[rows])]
    said = [e.answer.tokens[1] for e in evidence]
    wrong = np.array([a != b for a, b in zip(said, right, strict=True)])
    return Opened(evidence, wrong, regenerated)


def hearings(world: TopicWorld, rng: np.random.Generator, batch: int) -> Iterator[Batch]:
    """Batches of heard facts without end; the three tokens of the answer are learnt."""
    learnt = torch.zeros(batch, 5 + LENGTH, dtype=torch.bool)
    learnt[:, -LENGTH:] = True
    while True:
        heard = world.sentences(world.heard(rng, batch))  # [B, 6]
        opening = world.vocabulary + (rng.uniform(size=(batch, 1)) > USUAL)
        end = np.full((batch, 1), world.vocabulary + 2)
        yield torch.from_numpy(np.hstack([heard[:, :5], opening, heard[:, 5:], end])), learnt


@torch.no_grad()
def answered(
    model: TinyTransformer, questions: Tensor
) -> tuple[tuple[Evidence, ...], tuple[Mapping[Place, Evidence], ...]]:
    """Greedy answers to [R, 5] questions, and where each leads with another token in a place."""
    said = model.greedy(questions, LENGTH)  # [R, 3]
    logits: Tensor = model(torch.cat([questions, said], dim=1))[:, -LENGTH - 1 : -1]
    logp = logits.double().log_softmax(dim=-1)  # [R, 3, V]
    entropies = -(logp.exp() * logp).sum(dim=-1)  # [R, 3]
    best = logp.topk(TOP, dim=-1)
    size = logp.shape[-1]
    evidence = tuple(
        shown(said[r].numpy(), size, seen=Seen(entropies[r], best.indices[r], best.values[r]))
        for r in range(len(said))
    )
    rest: list[dict[Place, Evidence]] = [{} for _ in evidence]
    for t in range(LENGTH):
        for token in best.indices[:, t, 1:].T:  # [R]
            begun = torch.cat([said[:, :t], token[:, None]], dim=1)  # [R, t + 1]
            more = model.greedy(torch.cat([questions, begun], dim=1), LENGTH - 1 - t)
            whole = torch.cat([begun, more], dim=1).numpy()  # [R, 3]
            for r, ids in enumerate(whole):
                rest[r][t, int(token[r])] = shown(ids, size)
    return evidence, tuple(rest)


class Seen(NamedTuple):
    """What the model thought at each of three tokens."""

    entropies: Tensor  # [3]
    ids: Tensor  # [3, k]
    logprobs: Tensor  # [3, k]


def shown(ids: Integers, size: int, *, seen: Seen | None = None) -> Evidence:
    """An answer of three tokens [3]; its value, the second one of `size`, is its embedding."""
    tokens = tuple(f"t{i}" for i in ids)
    said = Sequence(" ".join(tokens), tokens=tokens)
    if seen is not None:
        top = TopK(seen.ids.numpy(), seen.logprobs.numpy())
        said = replace(said, entropies=seen.entropies.numpy(), top=top)
    return Evidence("?", said, embeddings=np.eye(size)[[ids[1]]])
