"""Where a pool repeats itself, labels for prompts unlike those labelled teach a reward sooner."""

from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dubito.acquire import BALPM, Pool, PowerBALD, Query, at_random, by_dispute
from dubito.claims.lab import Claim
from dubito.data.worlds.redundant_pairs import Pairs, RedundantPairs, redundant_pairs
from dubito.evidence import Floats, Integers
from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.descent import descend
from dubito.nn.member_mlp import MemberMLP
from dubito.nn.tiny_training import Schedule

MEMBERS, BATCH, ROUNDS = 5, 40, 8
SCHEDULE = Schedule(steps=200, rate=3e-3, weight_decay=0.01)
OURS = BALPM(weight=0.1)


class Curve(NamedTuple):
    """How well the reward models judge after each round, and what was labelled."""

    accuracy: tuple[float, ...]  # after 1, 2 .. 8 batches
    chosen: Integers  # rows of the pool in the order labelled


def trained(pairs: Pairs, rows: Integers, *, round_: int) -> MemberMLP:
    """Reward models begun afresh on these labelled pairs."""
    net = MemberMLP(MEMBERS, pairs.answers.shape[-1], (64, 64), seed=round_)
    first = pairs.first[rows]
    picked = np.where(first, 0, 1)
    at = np.arange(len(rows))
    shown = pairs.answers[rows]
    both = [torch.from_numpy(shown[at, i]).float() for i in (picked, 1 - picked)]

    def loss(won: Tensor, lost: Tensor) -> Tensor:
        return bradley_terry(net(won), net(lost)).mean(dim=(1, 2)).sum()

    descend(net, loss, both, SCHEDULE, batch=64, seed=round_)
    return net


def first_wins(net: MemberMLP, pairs: Pairs) -> Floats:
    """Each member's probability that the first answer is preferred, [E, N]."""
    with torch.no_grad():
        flat = torch.from_numpy(pairs.answers.reshape(-1, pairs.answers.shape[-1])).float()
        reward = net(flat).squeeze(-1).unflatten(1, (-1, 2))  # [E, N, 2]
        return (reward[..., 0] - reward[..., 1]).sigmoid().double().numpy()


@cache
def curve(world: RedundantPairs, query: Query) -> Curve:
    """Label batch by batch as the query wishes; the first batch is at random, the same for all."""
    pool, rng = world.pool, np.random.default_rng(0)
    labelled = np.zeros(len(pool.first), dtype=bool)
    rounds = min(ROUNDS, len(labelled) // BATCH - 1)
    chosen = at_random(Pool(labelled), BATCH, rng)
    accuracy: list[float] = []
    for round_ in range(rounds):
        labelled[chosen[-BATCH:]] = True
        net = trained(pool, chosen, round_=round_)
        said = first_wins(net, world.judged).mean(axis=0) > 0.5
        accuracy.append(float((said == world.judged.first).mean()))
        if round_ < rounds - 1:
            p = first_wins(net, pool)
            seen = Pool(labelled, pool.prompts, np.stack([p, 1 - p], axis=-1))
            chosen = np.concatenate([chosen, query(seen, BATCH, rng)])
    return Curve(tuple(accuracy), chosen)


def learnt(world: RedundantPairs, *, query: Query) -> float:
    """Share of judged pairs told rightly, on average over all rounds but the first."""
    return float(np.mean(curve(world, query).accuracy[1:]))


def fewer_labels(world: RedundantPairs) -> float:
    """Share of the labels saved until what random ones reach at the end is reached, less a third.

    The rounds before it, linearly between two of them; none saved where it is not reached.
    """
    goal, reached = curve(world, at_random).accuracy[-1], np.array(curve(world, OURS).accuracy)
    rounds = len(reached)
    if reached.max() < goal:
        return -1 / 3
    first = int((reached >= goal).argmax())
    before = reached[first - 1] if first else goal
    part = 1.0 if first == 0 else (goal - before) / (reached[first] - before)
    return 1 - (first + part) / rounds - 1 / 3


def all_kinds(world: RedundantPairs) -> float:
    """Kinds of prompts that are labelled more often than by dispute alone, after three rounds."""
    ours, alone = (
        len(np.unique(world.pool.kind[curve(world, query).chosen[: 3 * BATCH]]))
        for query in (OURS, by_dispute)
    )
    return float(ours - alone)


CLAIM = Claim(
    world=redundant_pairs,
    tiny=partial(redundant_pairs, pool=120, judged=100),
    ours=partial(learnt, query=OURS),
    baselines={
        "at random": partial(learnt, query=at_random),
        "BALD": partial(learnt, query=by_dispute),
        "power-BALD": partial(learnt, query=PowerBALD()),
    },
    metric="accuracy on all kinds alike, mean over the rounds",
    margin=0.01,
    checks={
        "a third of the labels saved against random ones": fewer_labels,
        "more kinds than by dispute alone": all_kinds,
    },
    seeds=6,
    paper="melo2024",
    paper_figure="33 to 68 % fewer labels than at random on TL;DR and CNN/DM",
    size="1,500 pairs, 85 % of them of two of 24 kinds; 8 rounds of 40; 5 reward models",
    tried="seeds 1000 to 1005: above random by 0.055 with a third of the labels saved and above "
    "power-BALD, but above BALD by 0.009 [-0.004, +0.022] only: here products of prompt and "
    "answer are features, so BALD alone does not collapse as in the card's trial. Weights .05, "
    ".1, .2 and the spread alone were looked at on building seeds 0 and 1",
)
