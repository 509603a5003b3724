"""Gumbel-softmax [jang2017]: a choice among E that is drawn, hard, and still has a gradient."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


def gumbel_softmax(logits: Tensor, *, tau: float, generator: torch.Generator) -> Tensor:
    """softmax((logits + Gumbel noise) / tau), [..., E]: above 0, sum 1, near one-hot for small tau.

    Its largest entry falls on each with the probability softmax(logits), whatever tau. The noise
    is drawn on the CPU, so that devices agree, and by itself for every entry.

    Raises:
        ValueError: tau is not above 0.
    """
    if not tau > 0:
        raise ValueError(f"tau must be above 0, got {tau}")
    uniform = torch.rand(logits.shape, generator=generator, dtype=torch.float64)
    tiny = torch.finfo(torch.float64).tiny
    noise = -(-uniform.clamp(min=tiny).log()).clamp(min=tiny).log()
    return ((logits + noise.to(logits)) / tau).softmax(dim=-1)


def straight_through(weights: Tensor) -> Tensor:
    """One-hot at the largest weight, [..., E], with the gradient of the weights themselves."""
    largest = weights.argmax(dim=-1, keepdim=True)  # [..., 1]
    hard = torch.zeros_like(weights).scatter(-1, largest, 1.0)
    # Added first, the soft weights would leave rounding in what is to be exactly 0 and 1.
    return hard + (weights - weights.detach())


@dataclass(frozen=True, slots=True)
class Cooling:
    """tau at a step: start * exp(-rate * step), never below `least`."""

    start: float = 2.0
    rate: float = 3e-4
    least: float = 0.1

    def __call__(self, step: int) -> float:
        """The temperature."""
        return max(self.least, self.start * math.exp(-self.rate * step))
