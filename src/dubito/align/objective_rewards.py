"""Rewards of several objectives as one reward function that remembers them apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from dubito.align.reward_ensemble import Members, scored


@dataclass
class ObjectiveRewards:
    """A reward function, as trainers of TRL take it: the sum of K objectives for each answer.

    `objectives` scores B answers, (prompts, completions, further columns) -> [K, B]; NaN where one
    does not apply. An answer to which none applies has no reward, and leaves its group. `last_` is
    what was given last, [B, K], for advantages that take the objectives apart.
    """

    objectives: Members
    last_: Tensor | None = field(default=None, init=False)

    def __call__(
        self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any
    ) -> list[float | None]:
        """The sums; further columns of the data go to the objectives."""
        rewards = scored(self.objectives, prompts, completions, columns)  # [K, B]
        self.last_ = rewards.T
        none = rewards.isnan().all(dim=0).tolist()  # [B]
        totals = rewards.nansum(dim=0).tolist()
        return [None if out else total for out, total in zip(none, totals, strict=True)]
