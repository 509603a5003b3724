"""Weights of a class's prompts by how well they explain its pictures [chun2024]."""

import math
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from dubito.embed.gaussians import Gaussians, vagueness


@dataclass
class PromptWeights:
    """Shares of P prompts in a mixture fitted to the unlabelled pictures nearest to their mean.

    Expectation maximisation with a Dirichlet(alpha) prior: alpha 1 is maximum likelihood, a
    large one weighs all prompts alike. `weights_` [P] sums to 1.
    """

    alpha: float = 100.0
    neighbours: int = 100
    draws: int = 10
    steps: int = 50
    seed: int = 0
    weights_: Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a prior that can take a share below 0."""
        if not self.alpha >= 1 or min(self.neighbours, self.draws, self.steps) < 1:
            raise ValueError(
                "alpha, neighbours, draws and steps must be at least 1, got "
                f"{self.alpha}, {self.neighbours}, {self.draws} and {self.steps}"
            )

    def fit(self, prompts: Gaussians, pictures: Gaussians) -> Self:
        """Of one class's prompts [P, D] and all pictures [N, D]."""
        near = (pictures.mean @ prompts.mean.mean(dim=0)).topk(
            min(self.neighbours, len(pictures.mean))
        )
        points = drawn(pictures.rows(near.indices), self.draws, self.seed)  # [N K, D]
        logp = log_density(points, prompts)  # [N K, P]
        count = len(prompts.mean)
        weights = logp.new_full((count,), 1 / count)
        for _ in range(self.steps):
            blame = (logp + weights.log()).softmax(dim=-1)  # [N K, P]
            found = blame.sum(dim=0) + self.alpha - 1
            weights = found / found.sum()
        self.weights_ = weights
        return self

    def classifier(self, prompts: Gaussians) -> Tensor:
        """The class's embedding, [D] of unit length: the weighted mean of its prompts' means."""
        return normalize(self.weights_.to(prompts.mean) @ prompts.mean, dim=-1)


def plain_prompts(prompts: Gaussians, *, deviations: float = 0.0) -> Tensor:
    """Which prompts are not vaguer than usual, bool [P]: variance up to mean + so many deviations.

    The simpler way; at least the least vague one is kept.
    """
    vague = vagueness(prompts)
    limit = vague.mean() + deviations * vague.std(correction=0)
    return (vague <= limit) | (vague == vague.min())


@torch.no_grad()
def drawn(embedded: Gaussians, draws: int, seed: int) -> Tensor:
    """Points of each, float64: [N, D] -> [N K, D]."""
    mean, deviation = embedded.mean.double(), (embedded.log_variance.double() / 2).exp()
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn((draws, *mean.shape), generator=generator, dtype=torch.float64).to(mean)
    return (mean + deviation * noise).flatten(0, 1)


@torch.no_grad()
def log_density(points: Tensor, prompts: Gaussians) -> Tensor:
    """log density of each point under each prompt's Gaussian, nats: [M, D], [P, D] -> [M, P]."""
    u = prompts.log_variance.double()  # [P, D]
    gap = points[:, None] - prompts.mean.double()  # [M, P, D]
    return -0.5 * (gap.square() * (-u).exp() + u + math.log(2 * math.pi)).sum(dim=-1)
