"""Steps of a trajectory: which tokens belong together, and what they have in the mean."""

from collections.abc import Sequence

import torch
from torch import Tensor


def turns(written: Tensor) -> Tensor:
    """Numbers 0, 1, ... of the runs that the policy wrote, -1 between them; bool [B, T] -> [B, T].

    Between them stands what tools or an environment said.
    """
    kept = written.bool()
    before = torch.nn.functional.pad(kept[:, :-1], (1, 0))
    return (kept & ~before).cumsum(dim=1).sub(1).masked_fill(~kept, -1)


def ended_by(tokens: Tensor, written: Tensor, ends: Sequence[int]) -> Tensor:
    """Numbers 0, 1, ... of steps that end with one of these token ids; int, bool [B, T] -> [B, T].

    For one turn that is written in paragraphs. -1 where the policy did not write.
    """
    kept = written.bool()
    end = torch.isin(tokens, torch.tensor(ends, device=tokens.device)) & kept
    begun = end.cumsum(dim=1) - end.long()  # ends before this token
    return begun.masked_fill(~kept, -1)


def step_means(values: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of each step's tokens, and which steps there are; [B, T], [B, T] -> [B, S], bool.

    Raises:
        ValueError: no step at all, or a trajectory whose steps are not numbered 0, 1, ...
    """
    if not (steps >= 0).any():
        raise ValueError("no trajectory has a step; number them 0, 1, ... and the rest -1")
    shape = len(steps), int(steps.max()) + 1
    kept, place = steps >= 0, steps.clamp(min=0)
    count = values.new_zeros(shape).scatter_add_(1, place, kept.to(values.dtype))  # [B, S]
    total = values.new_zeros(shape).scatter_add_(1, place, torch.where(kept, values, 0.0))
    taken = count > 0
    gap = taken[:, 1:] & ~taken[:, :-1]
    if gap.any():
        row = int(gap.any(dim=1).nonzero()[0])
        raise ValueError(f"trajectory {row} leaves out a step: number them 0, 1, ... without gaps")
    return total / count.clamp(min=1), taken
