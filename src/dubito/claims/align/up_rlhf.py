"""A policy that pays for its reward models' disagreement is better than its rewards promise.

Five low-rank reward models on one frozen network, learnt from pairs within few directions; half
of the candidates lie beyond them. What is judged is the gold reward that the pairs came from.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dubito.align.diverse_members import diverse_loss, mean_diversity
from dubito.align.penalty import DisagreementPenalty
from dubito.align.reward_ensemble import EnsembleReward, ensemble_rewards
from dubito.claims.lab import Claim
from dubito.claims.reward_measures import held
from dubito.data.worlds.gold_rewards import INPUTS, GoldRewards, Seen, gold_rewards
from dubito.maths.ranking import auroc
from dubito.nn.low_rank_sampling import sampled
from dubito.nn.seeded import seeded
from dubito.nn.tabular_policy import Training, scaled_above_group
from dubito.posterior.lora_ensemble import LoRAEnsemble

MEMBERS, RANK, WIDTH, STEPS = 5, 2, 64, 150
GROUP, KL = 16, 0.02
APART, PENALTY = 0.1, 2.0  # weights of the diversity and of the penalty


class Learnt(NamedTuple):
    """A reward ensemble, and what it says of the answers it learnt from."""

    net: nn.Module
    reference: Tensor  # [M, 2 P]

    def __call__(self, answers: Tensor) -> Tensor:
        """Rewards, [B, 24] -> [M, B]."""
        return by_member(self.net, answers)


def by_member(net: nn.Module, answers: Tensor) -> Tensor:
    """Rewards of all members in one pass, [M, B]."""
    with sampled(net):
        return net(answers)[:, 0].unflatten(0, (MEMBERS, len(answers)))


# (the ensemble, its rewards of the candidates [M, N, A]) -> the reward function of draws
Paid = Callable[[Learnt, Tensor], EnsembleReward]


@cache
def learnt(seen: Seen, weight: float, joint: bool) -> Learnt:
    """The members on a frozen random network, learnt from the pairs."""
    with seeded(0):
        net = nn.Sequential(
            *(nn.Linear(INPUTS, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh()),
            nn.Linear(WIDTH, 1),
        ).double()
    LoRAEnsemble(members=MEMBERS, rank=RANK, gain=1.0).attach(net, ("2",), heads=("4",))
    chosen, rejected = torch.from_numpy(seen.chosen), torch.from_numpy(seen.rejected)
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=3e-3)
    for _ in range(STEPS):
        won, lost = by_member(net, torch.cat([chosen, rejected])).chunk(2, dim=1)
        optimiser.zero_grad()
        diverse_loss(won, lost, net, weight=weight, joint=joint).backward()
        optimiser.step()
    net.requires_grad_(False)
    return Learnt(net, by_member(net, torch.cat([chosen, rejected])))


def said(seen: Seen, weight: float) -> Tensor:
    """Rewards of the candidates, [M, N, A]."""
    answers = torch.from_numpy(seen.candidates)
    return learnt(seen, weight, False)(answers.flatten(0, 1)).unflatten(1, answers.shape[:2])


@cache
def policy(seen: Seen, reward: Paid, weight: float) -> Tensor:
    """Log-probabilities of the candidates after training on rewards of their draws, [N, A]."""
    rewards = said(seen, weight)
    count, candidates = rewards.shape[1:]
    paid = reward(learnt(seen, weight, False), rewards)

    def scored(actions: Tensor) -> Tensor:
        prompts = range(count * GROUP)
        return torch.tensor(paid(prompts, actions.flatten().tolist())).double().view(count, GROUP)

    start = rewards.new_zeros(count, 1, candidates)
    training = Training(steps=200, group=GROUP, optimiser=partial(torch.optim.Adam, lr=0.1))
    term = held(start, rewards.new_full((count, candidates), KL))
    table = training.run(start, scored, lambda r, _: scaled_above_group(r), 0, term=term)
    return table.log_softmax(dim=-1)[:, 0]


def of_draws(rewards: Tensor) -> Callable[..., Tensor]:
    """What members say of drawn candidates, G of each prompt in turn."""

    def members(prompts: range, drawn: list[int]) -> Tensor:
        return rewards[:, torch.tensor(prompts) // GROUP, torch.tensor(drawn)]

    return members


def penalised(ensemble: Learnt, rewards: Tensor) -> EnsembleReward:
    """The mean less what the members disagree about."""
    return EnsembleReward(of_draws(rewards), DisagreementPenalty(PENALTY), ensemble.reference)


def averaged(_ensemble: Learnt, rewards: Tensor) -> EnsembleReward:
    """The mean."""
    return EnsembleReward(of_draws(rewards))


def alone(_ensemble: Learnt, rewards: Tensor) -> EnsembleReward:
    """The first member's."""
    return EnsembleReward(of_draws(rewards[:1].expand(2, -1, -1)))


def reached(world: GoldRewards, *, reward: Paid, weight: float = APART) -> float:
    """Mean gold reward of the trained policy, in deviations of familiar answers' gold."""
    p = policy(world.seen, reward, weight).exp().numpy()
    return float((p * world.gold).sum(axis=1).mean())


def promised(world: GoldRewards, *, reward: Paid) -> float:
    """What the mean reward says that it has reached, above what it has."""
    p = policy(world.seen, reward, APART).exp()
    claimed = (p * said(world.seen, APART).mean(dim=0)).sum(dim=1).mean()
    return float(claimed) - reached(world, reward=reward)


def less_promised(world: GoldRewards) -> float:
    """What is promised in vain without the penalty, less that with it."""
    return promised(world, reward=averaged) - promised(world, reward=penalised)


def diversity_helps(world: GoldRewards) -> float:
    """Gold reached above that of members which are not pushed apart."""
    return reached(world, reward=penalised) - reached(world, reward=penalised, weight=0.0)


def pushed_apart(world: GoldRewards) -> float:
    """Diversity of the members' factors above that without the term."""
    ours, plain = (float(mean_diversity(learnt(world.seen, w, False).net)) for w in (APART, 0.0))
    return ours - plain


def found(seen: Seen, *, joint: bool = False) -> float:
    """AUROC of the members' disagreement for the unfamiliar candidates."""
    ensemble = learnt(seen, APART, joint)
    rewards = ensemble(torch.from_numpy(seen.candidates).flatten(0, 1)).unflatten(
        1, seen.candidates.shape[:2]
    )
    spread = ensemble_rewards(rewards.flatten(1), reference=ensemble.reference).spread
    strange = np.broadcast_to(
        np.arange(rewards.shape[2]) >= rewards.shape[2] // 2, rewards.shape[1:]
    )
    return auroc(spread.numpy(), strange.flatten())


def unfamiliar_found(world: GoldRewards) -> float:
    """That AUROC above 0.8."""
    return found(world.seen) - 0.8


def lost_jointly(world: GoldRewards) -> float:
    """That AUROC above what is left of it where the members learn one loss together."""
    return found(world.seen) - found(world.seen, joint=True)


def climbed(world: GoldRewards, *, penalty: float) -> float:
    """Gold reward where climbing the penalised reward from the pairs' answers ends."""
    ensemble = learnt(world.seen, APART, False)
    answers = torch.from_numpy(world.seen.rejected[:100].copy()).requires_grad_()
    optimiser = torch.optim.Adam([answers], lr=0.05)
    for _ in range(150):
        rewards = ensemble_rewards(ensemble(answers), reference=ensemble.reference)
        optimiser.zero_grad()
        (penalty * rewards.spread - rewards.mean).sum().backward()
        optimiser.step()
    return float(world.rewarded(answers.detach().numpy()).mean())


def climbs_further(world: GoldRewards) -> float:
    """Gold reached by climbing with the penalty above that without."""
    return climbed(world, penalty=PENALTY) - climbed(world, penalty=0.0)


CLAIM = Claim(
    world=gold_rewards,
    tiny=partial(gold_rewards, pairs=40, prompts=4, candidates=10),
    ours=partial(reached, reward=penalised),
    baselines={
        "the members' mean, no penalty": partial(reached, reward=averaged),
        "one reward model": partial(reached, reward=alone),
    },
    margin=0.2,
    metric="gold reward reached",
    checks={
        "less is promised in vain": less_promised,
        "more than with members that are not pushed apart": diversity_helps,
        "the term pushes members apart": pushed_apart,
        "AUROC of disagreement for unfamiliar answers above 0.8": unfamiliar_found,
        "members that learn one loss together find fewer": lost_jointly,
        "climbing the reward itself ends higher with the penalty": climbs_further,
    },
    seeds=5,
    paper="zhai2023",
    paper_figure="reward accuracy .720 against .685, gold reward no longer falls late in training",
    size="5 members of rank 2, 300 pairs, policies over 60 candidates of 40 prompts, 200 steps",
    tried="seeds 1000 onwards: +0.402 [+0.083, +0.721] over the members' mean, margin 0.2: the "
    "interval is too wide, all checks are met. On building seeds 0 and 1 the step size, "
    "the numbers of candidates and steps and the weight 2 were set; weight 1 gained "
    "nothing by the best of the candidates",
)
