"""Holding the entropy of forks keeps several right answers alive where plain training narrows."""

from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from dubito.align.siren import Siren
from dubito.claims.lab import Claim
from dubito.data.worlds.forked_answers import ForkedAnswers, forked_answers
from dubito.nn.tabular_policy import Term, Training, above_group, draw
from dubito.nn.token_entropy import token_entropies

TRAINING = Training(steps=400, optimiser=partial(torch.optim.Adam, lr=0.05))
DRAWN = 64
COEFFICIENT = 0.2


def held(logits: Tensor, world: ForkedAnswers, coefficient: float) -> Term:
    """SIREN, anchored at the policy that one begins with."""
    every = torch.ones(world.logits.shape[:2], dtype=torch.bool)  # [N, T]
    method = Siren(coefficient).fit(logits, every)
    return lambda table: method(table, every)


def naive(coefficient: float) -> Term:
    """The usual bonus: more entropy, over all tokens, everywhere."""
    return lambda table: -coefficient * token_entropies(table).mean()


@cache
def trained(world: ForkedAnswers, coefficient: float, *, bonus: bool = False) -> Tensor:
    """The table [N, T, V] after training with SIREN, or with the naive bonus; 0: neither."""
    start = torch.from_numpy(world.logits)
    right = torch.from_numpy(world.right).double()
    term = naive(coefficient) if bonus else held(start, world, coefficient)
    rewards = partial(rewards_of, right=right)
    seed = int(np.flatnonzero(world.right).sum())  # of this world alone
    advantage = lambda rewards, _logits: above_group(rewards)  # noqa: E731
    return TRAINING.run(start, rewards, advantage, seed, term=term if coefficient else None)


def rewards_of(actions: Tensor, *, right: Tensor) -> Tensor:
    """1 where all tokens are right: int [N, G, T], [N, T, V] -> [N, G]."""
    good = right.gather(-1, actions.transpose(1, 2))  # [N, T, G]
    return good.prod(dim=1)


def judged(world: ForkedAnswers, logits: Tensor) -> tuple[float, float]:
    """Of 64 answers: the share that is right, and how many different right ones a prompt has."""
    actions = draw(logits, DRAWN, torch.Generator().manual_seed(0))
    good = rewards_of(actions, right=torch.from_numpy(world.right).double()) > 0  # [N, 64]
    kinds = [len(a[g].unique(dim=0)) for a, g in zip(actions, good, strict=True)]
    return float(good.double().mean()), float(np.mean(kinds))


def distinct(world: ForkedAnswers, *, coefficient: float, bonus: bool = False) -> float:
    """Different right answers among 64 to a prompt."""
    return judged(world, trained(world, coefficient, bonus=bonus))[1]


def accuracy(world: ForkedAnswers, *, coefficient: float, bonus: bool = False) -> float:
    """Share of right answers."""
    return judged(world, trained(world, coefficient, bonus=bonus))[0]


def as_accurate(world: ForkedAnswers) -> float:
    """Accuracy above that without a term, plus a hundredth."""
    return accuracy(world, coefficient=COEFFICIENT) - accuracy(world, coefficient=0.0) + 0.01


def naive_destroys(world: ForkedAnswers) -> float:
    """By how much more than a half accuracy falls with the naive bonus of that coefficient."""
    lost = accuracy(world, coefficient=0.0)
    return lost - accuracy(world, coefficient=COEFFICIENT, bonus=True) - 0.5


CLAIM = Claim(
    world=forked_answers,
    tiny=partial(forked_answers, prompts=1, vocabulary=20),
    ours=partial(distinct, coefficient=COEFFICIENT),
    baselines={
        "no term": partial(distinct, coefficient=0.0),
        "a naive entropy bonus of 0.001": partial(distinct, coefficient=0.001, bonus=True),
        "a naive entropy bonus as strong": partial(distinct, coefficient=COEFFICIENT, bonus=True),
    },
    metric="different right answers among 64",
    margin=2.0,
    checks={
        "accuracy within a hundredth of no term": as_accurate,
        "a naive bonus as strong destroys accuracy": naive_destroys,
    },
    seeds=5,
    paper="jiang2025",
    paper_figure="AIME24/25, 7B: maj@k up by 6.6; about 4.8 over Dr. GRPO on five benchmarks",
    size="12 prompts with answers of 8 of 400 tokens, 16 right ones each; groups of 8, 400 steps",
)
