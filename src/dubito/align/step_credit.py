"""EMPG [wang2025empg]: a step that was sure gets more of the outcome's praise or blame."""

import torch
from torch import Tensor

from dubito.align.steps import step_means


def empg(
    advantages: Tensor,
    entropies: Tensor,
    steps: Tensor,
    *,
    scale: float = 1.0,
    clarity: float = 1.0,
    bonus: float = 0.05,
) -> Tensor:
    """Advantages of tokens, alike within a step: [B], nats [B, T], int [B, T] -> [B, T].

    `steps` numbers each trajectory's steps 0, 1, ... and is -1 where the policy did not write;
    there it gives 0. A step's entropy is the mean of its tokens', stretched over all steps of the
    batch to h in [0, 1]. The outcome's advantage is multiplied by exp(-scale h), which the batch
    makes 1 in the mean; then exp(-clarity h of the next step) is added, times `bonus`, to all
    steps but the last; then the mean over all steps of the batch is taken off.

    Entropies are the sampling policy's, without gradient. Helps where unsure steps are mostly
    noise. Where they are the very ones that decide, it slows learning down.

    Raises:
        ValueError: shapes that do not fit, or a weight below 0.
    """
    if advantages.shape != entropies.shape[:1] or steps.shape != entropies.shape:
        raise ValueError(
            "advantages [B], entropies [B, T] and steps [B, T] are needed, got "
            f"{[*advantages.shape]}, {[*entropies.shape]} and {[*steps.shape]}"
        )
    if not min(scale, clarity, bonus) >= 0:
        raise ValueError(f"weights must be at least 0, got {scale}, {clarity} and {bonus}")
    entropy, taken = step_means(entropies.detach(), steps)  # [B, S]
    h = stretched(entropy, taken)
    share = torch.where(taken, (-scale * h).exp(), 0.0)
    share = share / share.sum() * taken.sum()  # 1 in the mean
    clear = torch.where(taken, (-clarity * h).exp(), 0.0)
    next_clear = torch.nn.functional.pad(clear[:, 1:], (0, 1))  # 0 after the last
    moved = advantages[:, None] * share + bonus * next_clear
    moved = moved - moved[taken].mean()
    return torch.where(steps >= 0, moved.gather(1, steps.clamp(min=0)), 0.0)


def stretched(values: Tensor, known: Tensor) -> Tensor:
    """All known values moved to [0, 1], 0 where they are all alike; same shapes."""
    least, most = values[known].min(), values[known].max()
    return (values - least) / (most - least + 1e-8)
