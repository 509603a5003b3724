"""Pairs that a second judge agrees on and is sure about are hardly ever the wrong way round.

The reward model that proposes them overrates some answers; the judge, taught by the same labelled
pairs, does not share that error. Judged is the true utility.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.align.reward_gaps import surest
from dubito.align.upo import UPO, Verdicts, both_orders, verdicts
from dubito.claims.lab import Claim
from dubito.data.worlds.overrated_answers import (
    INPUTS,
    OverratedAnswers,
    Round,
    overrated_answers,
)
from dubito.nn.bradley_terry import bradley_terry
from dubito.nn.descent import descend, mlp
from dubito.nn.mc_dropout import dropout_passes
from dubito.nn.seeded import seeded
from dubito.nn.tabular_policy import learnt
from dubito.nn.tiny_training import Schedule

WIDTH, RATE_OF_DROPOUT, PASSES, SHARE = 64, 0.1, 10, 0.25
SCHEDULE = Schedule(steps=300, rate=3e-3)


class Proposed(NamedTuple):
    """The pairs that the reward model proposes, and what the judge says of them."""

    prompt: Tensor  # [N] each
    chosen: Tensor
    rejected: Tensor
    margin: Tensor  # [N] of the proposing rewards
    said: Verdicts
    once: Tensor  # [N] probability that the chosen is better, in one pass without dropout


Choice = Callable[[Proposed], Tensor]  # -> bool [N] which to learn from, a quarter


@cache
def proposed(seen: Round) -> Proposed:
    """Of the upper half of a prompt's candidates over the lower half, as the paper screens them."""
    answers = torch.from_numpy(seen.candidates)  # [N, A, d]
    scores = rewarded(seen, answers)
    scores = scores + torch.from_numpy(seen.excess) * scores.std()
    order = scores.argsort(dim=1, descending=True)  # [N, A]
    half = order.shape[1] // 2
    chosen = order[:, :half].repeat_interleave(half, dim=1).flatten()
    rejected = order[:, -half:].repeat(1, half).flatten()
    prompt = torch.arange(len(order)).repeat_interleave(half * half)
    judge = taught(seen)
    rows = torch.cat([answers[prompt, chosen], answers[prompt, rejected]], dim=-1)
    p = dropout_passes(judge, lambda: judge(rows).softmax(dim=-1), passes=PASSES)
    with torch.no_grad():
        once = judge(rows).softmax(dim=-1)[:, 0]
    margin = scores[prompt, chosen] - scores[prompt, rejected]
    return Proposed(prompt, chosen, rejected, margin, verdicts(p), once)


def rewarded(seen: Round, answers: Tensor) -> Tensor:
    """What a reward model that learnt from the pairs says, [N, A, d] -> [N, A]."""
    net = mlp(INPUTS, (WIDTH, WIDTH), 1, seed=0)

    def loss(won: Tensor, lost: Tensor) -> Tensor:
        return bradley_terry(net(won), net(lost)).mean()

    pairs = torch.from_numpy(seen.chosen), torch.from_numpy(seen.rejected)
    descend(net, loss, pairs, SCHEDULE, batch=64, seed=0)
    with torch.no_grad():
        return net(answers)[..., 0]


def taught(seen: Round) -> nn.Module:
    """A judge of two answers side by side, which learnt from the pairs in both orders."""
    rows = both_orders(torch.from_numpy(seen.chosen), torch.from_numpy(seen.rejected))
    with seeded(1):  # dropout in training too
        net = nn.Sequential(
            *(nn.Linear(2 * INPUTS, WIDTH), nn.ReLU(), nn.Dropout(RATE_OF_DROPOUT)),
            *(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Dropout(RATE_OF_DROPOUT)),
            nn.Linear(WIDTH, 2),
        ).double()
        descend(net, lambda x, y: cross_entropy(net(x), y), rows, SCHEDULE, batch=128, seed=0)
    return net


def quarter(pairs: Proposed) -> int:
    """How many are learnt from."""
    return round(SHARE * len(pairs.margin))


def agreed_share(pairs: Proposed) -> UPO:
    """The method with the share of agreed pairs that makes a quarter of all."""
    return replace(UPO(), share=min(1.0, quarter(pairs) / max(1, int(pairs.said.agreed.sum()))))


def sure(pairs: Proposed) -> Tensor:
    """Agreed on, and disputed least."""
    return agreed_share(pairs).surest(pairs.said)


def agreed(pairs: Proposed) -> Tensor:
    """Agreed on, drawn as the paper draws: nearly evenly."""
    return agreed_share(pairs).drawn(pairs.said, torch.Generator().manual_seed(0))


def widest(pairs: Proposed) -> Tensor:
    """The largest margins of the proposing rewards."""
    return surest(-pairs.margin, SHARE)


def confident(pairs: Proposed) -> Tensor:
    """The highest probability in one pass of the same judge, without dropout."""
    return surest(-pairs.once, SHARE)


def random(pairs: Proposed) -> Tensor:
    """Any."""
    generator = torch.Generator().manual_seed(0)
    return surest(torch.rand(len(pairs.margin), generator=generator), SHARE)


def wrong(world: OverratedAnswers, *, choice: Choice) -> float:
    """Share of the selected pairs whose rejected answer is worth more."""
    pairs = proposed(world.seen)
    utility = torch.from_numpy(world.utility)
    lead = utility[pairs.prompt, pairs.chosen] - utility[pairs.prompt, pairs.rejected]
    return float((lead < 0)[choice(pairs)].double().mean())


@cache
def policy(seen: Round, choice: Choice, hedge: float) -> Tensor:
    """Probabilities of each prompt's candidates after 100 steps on the selected pairs, [N, A]."""
    pairs, loss = proposed(seen), UPO(hedge=hedge)
    kept = choice(pairs)
    where = pairs.prompt[kept], torch.stack([pairs.chosen[kept], pairs.rejected[kept]], dim=1)
    doubt = pairs.said.doubt[kept]

    def unwanted(logp: Tensor) -> Tensor:
        # The reference is uniform, and cancels in the margin.
        won, lost = logp[where[0]].gather(1, where[1]).T
        return loss(won, lost, doubt)

    even = torch.zeros(seen.excess.shape, dtype=torch.float64)
    return learnt(even, unwanted, steps=100, rate=0.1).exp()


def reached(world: OverratedAnswers, choice: Choice, hedge: float = 0.5) -> float:
    """Mean true utility of the policy."""
    p = policy(world.seen, choice, hedge)
    return float((p * torch.from_numpy(world.utility)).sum(dim=1).mean())


def votes_help(world: OverratedAnswers) -> float:
    """How far below 0.6 times that of random pairs the share among agreed ones is."""
    return 0.6 * wrong(world, choice=random) - wrong(world, choice=agreed)


def teaches_better(world: OverratedAnswers) -> float:
    """Utility reached above that of plain preference optimisation on the widest margins."""
    return reached(world, sure) - reached(world, widest, hedge=0.0)


CLAIM = Claim(
    world=overrated_answers,
    tiny=partial(overrated_answers, pairs=40, prompts=30),
    ours=partial(wrong, choice=sure),
    baselines={
        "largest margin": partial(wrong, choice=widest),
        "random pairs": partial(wrong, choice=random),
        "agreed on, drawn by 1 - doubt": partial(wrong, choice=agreed),
        "surest in one pass without dropout": partial(wrong, choice=confident),
    },
    metric="share of wrong pairs among those selected",
    higher_is_better=False,
    margin=0.005,
    checks={
        "agreed pairs are wrong at most 0.6 times as often as random ones": votes_help,
        "a policy learns more from them than from the largest margins": teaches_better,
    },
    seeds=6,
    first_seed=5000,
    paper="wang2024upo",
    paper_figure="AlpacaEval 2.0: 9.1 with DPO, 10.8 with rounds of it, 13.0 with the estimator; "
    "selected pairs less noisy than random ones and largest margins by over 20 and 3 points",
    size="300 judged pairs of 16 numbers; 400 prompts of 6 candidates, 15% of them overrated",
    tried="Nothing was changed after the run but the class, which got its hedging apart. 0.4 % "
    "of the chosen pairs are wrong, against 8 % by the paper's draw, 20 % at random and "
    "24 % by the largest margin; but one pass of the same judge without dropout does as well, so "
    "what helps is the second judge's confidence, and its dispute with itself adds nothing here.",
)
