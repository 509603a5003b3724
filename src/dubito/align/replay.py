"""Replay: groups of earlier rollouts in the place of those that teach nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

# The G answers to one prompt: name -> [G, ...]. Whatever a loss needs, and "advantages".
Group = Mapping[str, Tensor]
LEAST = 0.01  # of an advantage that is felt; what rounding leaves of equal rewards is below it


@dataclass
class Replay:
    """Keeps at most `size` groups that taught something, and lends them where others do not.

    A group teaches where one of its "advantages" is further than `least` from 0; equal rewards
    give advantages that miss 0 by rounding. Keep `least` below the advantages of your rewards
    where a trainer does not scale them. What was kept is older than the policy that learns from
    it: keep with it the log-probabilities of the policy that drew it, and weigh by the ratio.

    When it is full the oldest group leaves; with `worth` the one that is worth least, the older of
    two alike, and then groups may grow as old as the training. A group that is lent stays, and may
    be lent again. Fitted: `groups_`, oldest first, not part of a trainer's checkpoint.
    """

    size: int = 64
    seed: int = 0
    least: float = LEAST
    worth: Callable[[Group], float] | None = None
    groups_: list[Group] = field(default_factory=list, init=False)
    generator_: torch.Generator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse to keep nothing."""
        if self.size < 1 or not self.least >= 0:
            raise ValueError(
                f"size must be at least 1 and least at least 0, got {self.size} and {self.least}"
            )
        self.generator_ = torch.Generator().manual_seed(self.seed)

    def exchange(self, groups: Sequence[Group]) -> list[Group]:
        """These groups, with one of earlier calls in the place of each that teaches nothing.

        Drawn evenly, none twice in a call; where too few are kept, the rest stays as it is. Those
        that teach are the same objects, and are kept from then on.

        Raises:
            ValueError: advantages that are lacking or not finite.
        """
        teaches = [self.teaches(group) for group in groups]
        silent = [place for place, heard in enumerate(teaches) if not heard]
        mixed = list(groups)
        for place, old in zip(silent, self.draw(len(silent)), strict=False):
            mixed[place] = old
        for group, heard in zip(groups, teaches, strict=True):
            if heard:
                self.add(group)
        return mixed

    def teaches(self, group: Group) -> bool:
        """Whether one of its advantages is further than `least` from 0."""
        if "advantages" not in group or not bool(torch.isfinite(group["advantages"]).all()):
            raise ValueError(f"finite 'advantages' needed in a group, got {sorted(group)}")
        return bool((group["advantages"].abs() > self.least).any())

    def draw(self, count: int) -> list[Group]:
        """Different groups, evenly among the kept: `count`, or all where there are fewer."""
        order = torch.randperm(len(self.groups_), generator=self.generator_).tolist()
        return [self.groups_[i] for i in order[:count]]

    def add(self, group: Group) -> None:
        """Keep it; where there is no room, one leaves."""
        self.groups_.append(group)
        if len(self.groups_) > self.size:
            value, every = self.worth, range(len(self.groups_))
            self.groups_.pop(min(every, key=lambda i: value(self.groups_[i])) if value else 0)
