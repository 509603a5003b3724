"""A large model moved at each token as far as small ones were by fine-tuning [fan2024].

With P, Q, Q_t the next-token laws of the large base, the small base and small expert t, and
Delta_t = z_t - z_S, the fused law is softmax(z_L + sum_t alpha_t Delta_t).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Moves(NamedTuple):
    """One step of a batch: where the large model stands, and how the experts would move it."""

    logits: Tensor  # [B, V] of the large model, -inf for what no model may say
    shifts: Tensor  # [E, B, V] Delta of each expert, 0 where nobody may speak
    targets: Tensor  # [E, B] KL(Q_t || Q), nats, at least 0


class Fused(NamedTuple):
    """The fused step and the weights that made it: a diagnosis of who spoke."""

    logits: Tensor  # [B, V]; softmax is the fused law
    weights: Tensor  # [E, B] in [0, ceiling]


# (moves, ceiling, bisection steps) -> weight of each expert [E, B] in [0, ceiling]
Weighting = Callable[[Moves, float, int], Tensor]


def divergence(new: Tensor, old: Tensor) -> Tensor:
    """KL(softmax(new) || softmax(old)) of logits, at least 0, nats: [..., V] -> [...].

    Entries of -inf in both are left out.
    """
    log_new, log_old = new.log_softmax(dim=-1), old.log_softmax(dim=-1)
    gap = torch.where(log_new == -torch.inf, 0.0, log_new - log_old)
    return (log_new.exp() * gap).sum(dim=-1).clamp(min=0)


def matching_weight(
    logits: Tensor, shift: Tensor, target: Tensor, *, ceiling: Tensor, steps: int = 30
) -> Tensor:
    """The alpha in [0, ceiling] that moves the law by `target` nats: [..., V] -> [...].

    KL(softmax(z + alpha Delta) || softmax(z)) rises in alpha from 0, its slope being alpha times
    the variance of Delta; so it is found by bisection. A target that no alpha up to the ceiling
    reaches gives the ceiling; a target of 0 and a constant Delta, which moves nothing, give 0.
    """
    dust = 8 * torch.finfo(target.dtype).eps
    said = logits > -torch.inf
    greatest = shift.masked_fill(~said, -torch.inf).amax(dim=-1)
    moved = greatest - shift.masked_fill(~said, torch.inf).amin(dim=-1) > dust
    low, high = torch.zeros_like(target), ceiling.expand_as(target)
    reached = divergence(logits + high[..., None] * shift, logits) >= target
    for _ in range(steps):
        middle = (low + high) / 2
        short = divergence(logits + middle[..., None] * shift, logits) < target
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    weight = torch.where(reached, (low + high) / 2, ceiling.expand_as(target))
    return torch.where(moved & (target > dust), weight, 0.0)


def alone(moves: Moves, ceiling: float, steps: int) -> Tensor:
    """The weight that each expert would have if it were the only one, [E, B]."""
    logits = moves.logits.expand_as(moves.shifts)
    box = moves.targets.new_tensor(ceiling)
    return matching_weight(logits, moves.shifts, moves.targets, ceiling=box, steps=steps)


def boundary(moves: Moves, ceiling: float, steps: int) -> Tensor:
    """One expert a row, [E, B]: the one whose move fits all targets best, all others 0.

    The misfit is sum_t (KL - KL_t)^2. On a tie, which two experts nearly always are, the one
    that fine-tuning moved farthest at this token speaks.
    """
    weights = alone(moves, ceiling, steps)
    reached = divergence(moves.logits + weights[..., None] * moves.shifts, moves.logits)  # [E, B]
    misfit = ((reached[:, None] - moves.targets) ** 2).sum(dim=1)  # [E, B]
    tied = misfit <= misfit.min(dim=0).values * (1 + 1e-3) + 1e-8
    chosen = torch.where(tied, moves.targets, -1.0).argmax(dim=0)  # [B]
    one = torch.zeros_like(weights).scatter_(0, chosen[None], 1.0)
    return weights * one


def joint(moves: Moves, ceiling: float, steps: int) -> Tensor:
    """All experts, [E, B], by their own weight times their share of the targets.

    The whole vector is then scaled until the law has moved by the mean of the targets, or until
    one of its entries is at the ceiling.
    """
    total = moves.targets.sum(dim=0)  # [B]
    share = torch.where(total > 0, moves.targets / total, 0.0)
    weights = alone(moves, ceiling, steps) * share
    longest = weights.max(dim=0).values  # [B]
    room = torch.where(longest > 0, ceiling / longest, 0.0)
    shift = (weights[..., None] * moves.shifts).sum(dim=0)  # [B, V]
    mean = moves.targets.mean(dim=0)
    return weights * matching_weight(moves.logits, shift, mean, ceiling=room, steps=steps)


def moves_of(large: Tensor, small: Tensor, experts: Tensor) -> Moves:
    """What one step's logits say, [B, V], [B, V], [E, B, V]; half precision becomes float32.

    What one model excludes (-inf: padding of the vocabulary, forbidden tokens) no model may say.

    Raises:
        ValueError: shapes that do not fit, NaN, or a row in which nothing may be said.
    """
    if large.shape != small.shape or experts.ndim != 3 or experts.shape[1:] != large.shape:
        raise ValueError(
            f"logits of shapes {tuple(large.shape)}, {tuple(small.shape)} and experts "
            f"{tuple(experts.shape)}: all models need the same rows and the same vocabulary"
        )
    if not len(experts):
        raise ValueError("no expert: give the logits of at least one, [E, B, V]")
    every = torch.cat([large[None], small[None], experts]).to(
        torch.promote_types(large.dtype, torch.float32)
    )
    if every.isnan().any():
        raise ValueError("logits hold NaN: a model in half precision may have overflowed")
    said = (every > -torch.inf).all(dim=0)  # [B, V]
    if not said.any(dim=-1).all():
        raise ValueError("a row has no token that all models may say")
    logits, base, tuned = every[0], every[1], every[2:]
    base, tuned = base.masked_fill(~said, -torch.inf), tuned.masked_fill(~said, -torch.inf)
    shifts = torch.where(said, tuned - base, 0.0)
    logits = logits.masked_fill(~said, -torch.inf)
    return Moves(logits, shifts, divergence(tuned, base.expand_as(tuned)))


@dataclass(frozen=True)
class LogitFusion:
    """One decoding step of a large model with small experts, their weights found afresh.

    The weights solve KL(fused || P) = KL(Q_t || Q): fine-tuning moves the large model as far as
    it moved the small one. With several experts this is one equation for all of them, and
    `weighting` completes it: `boundary` (one expert speaks) or `joint` (all do, by how far they
    moved). With one expert both are the same.

    Differs: solved exactly by bisection, where the authors search the box numerically; both
    completions for several experts are ours.
    """

    weighting: Weighting = boundary
    ceiling: float = 2.0  # of each weight
    steps: int = 30  # of bisection

    def __post_init__(self) -> None:
        """Refuse an empty box."""
        if not 0 < self.ceiling < torch.inf or self.steps < 1:
            raise ValueError(
                f"ceiling must be above 0 and finite and steps at least 1, got {self.ceiling} "
                f"and {self.steps}"
            )

    def __call__(self, large: Tensor, small: Tensor, experts: Tensor) -> Fused:
        """Logits of large base [B, V], small base [B, V], small experts [E, B, V].

        Raises:
            ValueError: vocabularies that differ, NaN, nothing left to say.
        """
        moves = moves_of(large, small, experts)
        weights = self.weighting(moves, self.ceiling, self.steps)
        return Fused(moves.logits + (weights[..., None] * moves.shifts).sum(dim=0), weights)
