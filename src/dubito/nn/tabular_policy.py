"""Policies that are tables of logits, trained by group-relative policy gradients [shao2024].

A table [N, T, A] holds, for each of N prompts and each of T positions, the logits of A actions;
positions do not look at each other, so everything is exact and a run takes seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Reward = Callable[[Tensor], Tensor]  # actions [N, G, T] -> rewards [N, G]
# (rewards [N, G], logits [N, T, A]) -> advantages [N, G] or [N, G, T]
Advantage = Callable[[Tensor, Tensor], Tensor]
Term = Callable[[Tensor], Tensor]  # logits [N, T, A] -> scalar, added to the loss


def draw(logits: Tensor, group: int, generator: torch.Generator) -> Tensor:
    """Actions of G responses to each prompt, drawn at temperature 1: [N, T, A] -> int [N, G, T]."""
    p = logits.detach().softmax(dim=-1).flatten(0, 1)  # [N T, A]
    drawn = torch.multinomial(p, group, replacement=True, generator=generator)  # [N T, G]
    return drawn.unflatten(0, logits.shape[:2]).transpose(1, 2)


def above_group(rewards: Tensor) -> Tensor:
    """Each reward less its group's mean, Dr. GRPO's advantage [liu2025]: [N, G] -> [N, G]."""
    return rewards - rewards.mean(dim=1, keepdim=True)


def scaled_above_group(rewards: Tensor) -> Tensor:
    """The same over the group's deviation, GRPO's advantage [shao2024]: [N, G] -> [N, G]."""
    return above_group(rewards) / (rewards.std(dim=1, keepdim=True) + 1e-4)


def policy_loss(logits: Tensor, actions: Tensor, advantages: Tensor) -> Tensor:
    """Minus the mean of advantage times log p over all tokens, nats: a scalar.

    Logits [N, T, A], actions [N, G, T], advantages [N, G] or [N, G, T]. On the policy that drew
    the actions nothing is clipped, so this has the slope of the usual clipped loss.
    """
    logp = logits.log_softmax(dim=-1).gather(-1, actions.transpose(1, 2))  # [N, T, G]
    of_token = advantages if advantages.dim() == 3 else advantages[..., None]  # [N, G, T or 1]
    return -(logp.transpose(1, 2) * of_token).mean()


@dataclass(frozen=True)
class Training:
    """How a table is trained: on its own draws, one step for each of them."""

    steps: int
    group: int = 8
    optimiser: Callable[[list[Tensor]], torch.optim.Optimizer] = torch.optim.Adam
    longest: float | None = None  # norm to which the gradient of the whole table is cut

    def run(
        self, logits: Tensor, reward: Reward, advantage: Advantage, seed: int, *, term: Term | None
    ) -> Tensor:
        """The table after it; the one that is given stays as it is. [N, T, A] -> [N, T, A]."""
        generator = torch.Generator().manual_seed(seed)
        table = nn.Parameter(logits.clone())
        optimiser = self.optimiser([table])
        for _ in range(self.steps):
            actions = draw(table, self.group, generator)
            advantages = advantage(reward(actions), table.detach())
            loss = policy_loss(table, actions, advantages)
            if term is not None:
                loss = loss + term(table)
            optimiser.zero_grad()
            loss.backward()
            if self.longest is not None:
                nn.utils.clip_grad_norm_([table], self.longest)
            optimiser.step()
        return table.detach()


def learnt(start: Tensor, loss: Callable[[Tensor], Tensor], *, steps: int, rate: float) -> Tensor:
    """Log-probabilities of policies after Adam on a loss of theirs: [..., A] -> [..., A], nats.

    For losses of given answers, such as preferred ones; nothing is drawn. The table stays as it is.
    """
    logits = nn.Parameter(start.clone())
    optimiser = torch.optim.Adam([logits], lr=rate)
    for _ in range(steps):
        value = loss(logits.log_softmax(dim=-1))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return logits.detach().log_softmax(dim=-1)
