"""What several reward models make of an answer together: their mean and how they disagree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

# Scores B answers: (prompts, completions, further columns of the data) -> rewards [M, B].
Members = Callable[..., Tensor]


class Rewards(NamedTuple):
    """What M models make of B answers."""

    mean: Tensor  # [B]
    spread: Tensor  # [B] standard deviation over the members (of the population), >= 0
    variance: Tensor  # [B] unbiased: M / (M - 1) spread^2


def ensemble_rewards(members: Tensor, *, reference: Tensor | None = None) -> Rewards:
    """Mean and disagreement of M >= 2 members: [M, B] -> [B] each, in units of reward.

    Members that have learnt preferences differ by offsets that mean nothing. With `reference`
    [M, R], their rewards of fixed answers, the mean over these is taken from each member first.

    Raises:
        ValueError: fewer than two members, or a reference of others.
    """
    if members.ndim != 2 or len(members) < 2:
        raise ValueError(f"rewards [M >= 2, B] needed, got {[*members.shape]}")
    if reference is not None and len(reference) != len(members):
        raise ValueError(f"{len(members)} members, but a reference of {len(reference)}")
    rewards = members
    if reference is not None:
        rewards = rewards - reference.mean(dim=1, keepdim=True)  # [M, B]
    variance = rewards.var(dim=0)  # [B]
    count = len(rewards)
    return Rewards(rewards.mean(dim=0), (variance * (count - 1) / count).sqrt(), variance)


class RunningMean(NamedTuple):
    """The mean of all values seen so far; a new one for each batch, so that it can be kept."""

    total: float = 0.0
    number: int = 0

    @property
    def mean(self) -> float:
        """NaN before anything was seen."""
        return self.total / self.number if self.number else float("nan")

    def after(self, values: Tensor) -> "RunningMean":
        """With these values too.

        Raises:
            ValueError: one that is not finite, which would spoil all that follow.
        """
        if not bool(torch.isfinite(values).all()):
            raise ValueError(f"values must be finite, got {values.tolist()}")
        return RunningMean(
            self.total + float(values.detach().double().sum()), self.number + values.numel()
        )


def mean_reward(rewards: Rewards) -> Tensor:
    """The members' mean, [B]."""
    return rewards.mean


@dataclass
class EnsembleReward:
    """A reward function, as trainers of TRL take it: one number for each of B answers.

    `shaped` makes the reward [B] of mean and disagreement; NaN there becomes None, an answer
    without a reward, which is left out of its group. `last_` is what the members made of the last
    batch, for whatever else wants to know how far they disagree.
    """

    members: Members
    shaped: Callable[[Rewards], Tensor] = mean_reward
    reference: Tensor | None = None  # [M, R], see `ensemble_rewards`
    last_: Rewards | None = field(default=None, init=False)

    def __call__(
        self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any
    ) -> list[float | None]:
        """The rewards; further columns of the data go to the members."""
        rewards = scored(self.members, prompts, completions, columns)
        self.last_ = ensemble_rewards(rewards, reference=self.reference)
        return [None if r != r else r for r in self.shaped(self.last_).tolist()]


def scored(
    members: Members, prompts: Sequence[Any], completions: Sequence[Any], columns: dict[str, Any]
) -> Tensor:
    """What the members say of B answers, without a graph, [M, B].

    Raises:
        ValueError: not one reward a member and answer.
    """
    with torch.no_grad():
        rewards = members(prompts, completions, **columns)
    if rewards.ndim != 2 or rewards.shape[1] != len(completions):
        raise ValueError(
            f"rewards [M, {len(completions)}] of {len(completions)} answers needed, "
            f"got {[*rewards.shape]}"
        )
    return rewards
