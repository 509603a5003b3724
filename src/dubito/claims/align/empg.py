"""Steps that were sure get more of an outcome's praise: agents of mostly noisy steps learn faster.

And where the unsure steps are those that decide, they learn more slowly: see the checks.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from dubito.align.step_credit import empg
from dubito.claims.lab import Claim
from dubito.data.worlds.step_agents import StepAgents, step_agents, undecided_agents
from dubito.nn.tabular_policy import Advantage, Training, scaled_above_group
from dubito.nn.token_entropy import token_entropies

# A gradient that is always cut: each update has a length of 3.5 in logits.
CUT = 1e-3
SOON = Training(steps=20, optimiser=partial(torch.optim.SGD, lr=3.5 / CUT), longest=CUT)
LATER = Training(steps=50, optimiser=SOON.optimiser, longest=CUT)
UNCUT = Training(steps=300, optimiser=partial(torch.optim.SGD, lr=18.0))


def plain(rewards: Tensor, _logits: Tensor) -> Tensor:
    """The outcome's advantage for all steps alike, [N, G]."""
    return scaled_above_group(rewards)


def modulated(
    rewards: Tensor,
    logits: Tensor,
    *,
    seen: Callable[[Tensor], Tensor] = lambda entropy: entropy,
    scale: float = 1.0,
    bonus: float = 0.05,
) -> Tensor:
    """Advantages of steps, [N, G] and [N, T, A] -> [N, G, T]; `seen` changes the entropies."""
    outcome = scaled_above_group(rewards)
    entropy = seen(token_entropies(logits))  # [N, T]
    shape = (*outcome.shape, entropy.shape[1])
    spread = entropy[:, None].expand(shape).flatten(0, 1)  # [N G, T]
    steps = torch.arange(shape[-1]).expand(spread.shape)
    each = empg(outcome.flatten(), spread, steps, scale=scale, bonus=bonus)
    return each.unflatten(0, shape[:2])


def mixed(entropy: Tensor) -> Tensor:
    """Entropies of other steps, so that the weights are as unequal but say nothing."""
    order = torch.randperm(entropy.numel(), generator=torch.Generator().manual_seed(0))
    return entropy.flatten()[order].view_as(entropy)


def rewards_of(world: StepAgents, actions: Tensor) -> Tensor:
    """1 where all deciding steps are right: [N, G, T] -> [N, G]."""
    right = torch.from_numpy(world.right)[:, None]
    free = ~torch.from_numpy(world.decides)[:, None]
    return ((actions == right) | free).all(dim=-1).double()


def unseeing(advantage: Advantage, rewards: Tensor, logits: Tensor) -> Tensor:
    """The same advantage where all steps look as unsure."""
    return advantage(rewards, torch.zeros_like(logits))


def success(logits: Tensor, world: StepAgents) -> float:
    """Exact mean probability that all deciding steps are right."""
    right = torch.from_numpy(world.right)[..., None]
    p = logits.softmax(dim=-1).gather(-1, right)[..., 0]  # [N, T]
    return float(torch.where(torch.from_numpy(world.decides), p, 1.0).prod(dim=1).mean())


def reached(world: StepAgents, *, advantage: Advantage, training: Training = SOON) -> float:
    """Success after training; the same draws to begin with for all."""
    start = torch.from_numpy(world.logits)
    seed = int(np.abs(world.logits).sum() * 1e6)
    looking = advantage if world.shown else partial(unseeing, advantage)
    trained = training.run(start, partial(rewards_of, world), looking, seed, term=None)
    return success(trained, world)


def gap(world: StepAgents, better: Advantage, worse: Advantage) -> float:
    """How much more one of them reaches soon."""
    return reached(world, advantage=better) - reached(world, advantage=worse)


def still_ahead(world: StepAgents) -> float:
    """The same later on, against equal shares."""
    ours, theirs = (reached(world, advantage=a, training=LATER) for a in (modulated, plain))
    return ours - theirs


def slower_where_doubt_decides(world: StepAgents) -> float:
    """How far it falls behind equal shares where the unsure steps are those that decide."""
    other = undecided_agents(int(world.right.sum()), tasks=len(world.right))
    ours, theirs = (reached(other, advantage=a, training=UNCUT) for a in (modulated, plain))
    return theirs - ours


CLAIM = Claim(
    world=step_agents,
    tiny=partial(step_agents, tasks=3),
    ours=partial(reached, advantage=modulated),
    baselines={
        "equal shares (GRPO)": partial(reached, advantage=plain),
        "shares of other steps": partial(reached, advantage=partial(modulated, seen=mixed)),
    },
    metric="success after 20 updates",
    margin=0.05,
    checks={
        "the other way round is worse than equal shares": partial(
            gap, better=plain, worse=partial(modulated, seen=torch.neg)
        ),
        "the shares do it: without the bonus it gains too": partial(
            gap, better=partial(modulated, bonus=0.0), worse=plain
        ),
        "ahead after 50 updates": still_ahead,
        "where the unsure steps decide, it is slower": slower_where_doubt_decides,
    },
    # What the claim lives on is how sure each step was.
    null=lambda world, _rng: world.unseen(),
    seeds=10,
    first_seed=2000,
    paper="wang2025empg",
    paper_figure="ALFWorld, 1.5B: success 65.6 to 73.7 over GRPO; WebShop 58.2 to 60.8",
    size="24 tasks of 10 steps with 8 actions, 5 of them noise; groups of 8",
    tried="Seeds 1000 to 1009, with rewards of other tries as the null: gain 0.103 [0.085, 0.121], "
    "null -0.003, not flat: with nothing to learn from, unequal shares stray a little further. "
    "Now the null hides how sure the steps were; nothing else has changed.",
)
