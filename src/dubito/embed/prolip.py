"""ProLIP [chun2024]: pairs of Gaussians that know how general what they stand for is.

Differs: the released code takes log-variances for log-deviations in places; here they are
log-variances everywhere. Inclusion is summed over dimensions inside of its log-sigmoid.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from dubito.embed.gaussians import Gaussians, vagueness
from dubito.nn.contrastive import sigmoid_pairs
from dubito.nn.divergences import gaussian_kl


class Pairs(NamedTuple):
    """Two towers' views of the same B things."""

    first: Gaussians
    second: Gaussians


class ProLIP(nn.Module):
    """Logit that two things belong together: Gaussians of B and C things -> [B, C].

    gain (mean . mean - half of both total variances) + bias, gain and bias learnt: the expected
    squared distance in closed form. Without variance it is SigLIP [zhai2023siglip].
    """

    def __init__(self, *, gain: float = 10.0, bias: float = -10.0) -> None:
        super().__init__()
        if not gain > 0:
            raise ValueError(f"gain must be above 0, got {gain}")
        self.log_gain = nn.Parameter(torch.tensor(math.log(gain)))
        self.bias = nn.Parameter(torch.tensor(float(bias)))

    def forward(self, first: Gaussians, second: Gaussians) -> Tensor:
        """The logits, [B, C]."""
        spread = vagueness(first)[:, None] + vagueness(second)  # [B, C]
        likeness = first.mean @ second.mean.T - spread / 2
        return self.log_gain.exp() * likeness + self.bias

    def loss(self, pairs: Pairs, matches: Tensor | None = None) -> Tensor:
        """-log p of all pairs' yes or no, nats; only a thing's own two views match by default."""
        logits = self(*pairs)
        if matches is None:
            matches = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        return sigmoid_pairs(logits, matches)


@dataclass(frozen=True)
class InclusionTerms:
    """What is added to `ProLIP.loss`: second views include first ones, masked ones whole ones.

    Attributes:
        second: weight of "a thing's first view (picture) lies in its second (text)".
        masked: weight of "the whole lies in what is left of it".
        prior: weight of the divergence from N(0, I), a mean over dimensions.
        strength: of the sigmoid. It belongs with the weights: the defaults are for D of some
            hundreds; at D = 16 the strength 10 with weights of 0.01 has slopes of use.
    """

    second: float = 1e-7
    masked: float = 1e-3
    prior: float = 1e-4
    strength: float = 1000.0

    def __post_init__(self) -> None:
        """Refuse what would reward the opposite."""
        if min(self.second, self.masked, self.prior) < 0 or not self.strength > 0:
            raise ValueError(
                "weights must be at least 0 and the strength above 0, got "
                f"{self.second}, {self.masked}, {self.prior} and {self.strength}"
            )

    def __call__(self, pairs: Pairs, masked: Pairs) -> Tensor:
        """Their weighted sum, nats; `masked` are views of the first rows of `pairs`."""
        some = slice(len(masked.first.mean))
        in_masked = sum(
            (
                self.outside(whole.rows(some), left)
                for whole, left in zip(pairs, masked, strict=True)
            ),
            start=torch.zeros(()),
        )
        prior = prior_divergence(pairs.first) + prior_divergence(pairs.second)
        return (
            self.second * self.outside(pairs.first, pairs.second)
            + self.masked * in_masked
            + self.prior * prior
        )

    def outside(self, inner: Gaussians, outer: Gaussians) -> Tensor:
        """-log p that each lies in the other, the mean over rows, nats."""
        return softplus(-self.strength * inclusion(inner, outer)).mean()


def overlap(inner: Gaussians, outer: Gaussians) -> Tensor:
    """log of the integral of inner^2 outer, nats: [B, D] each -> [B].

    inner^2 is a Gaussian of half the variance, times 1 / sqrt(4 pi variance).
    """
    s, t = inner.log_variance.exp(), outer.log_variance.exp()  # [B, D]
    gap = (inner.mean - outer.mean).square()
    each = (4 * math.pi * s).log() + (2 * math.pi * (s / 2 + t)).log()
    return (-each / 2 - gap / (s + 2 * t)).sum(dim=-1)


def inclusion(inner: Gaussians, outer: Gaussians) -> Tensor:
    """Above 0 where the first lies inside of the second, antisymmetric: [B, D] each -> [B].

    Equal variances give 0 wherever the means are, and it grows with their distance: it does not
    ask whether the two meet. Ask `ProLIP` that.
    """
    return overlap(inner, outer) - overlap(outer, inner)


def prior_divergence(embedded: Gaussians) -> Tensor:
    """KL from N(0, I), the mean over rows and dimensions, nats."""
    origin = torch.zeros_like(embedded.mean)
    return gaussian_kl(*embedded, origin, origin).mean() / embedded.mean.shape[-1]
