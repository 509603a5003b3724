"""Directions drawn from the von Mises-Fisher law, to be learnt through [wood1994]."""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def draw_directions(
    means: Tensor, concentration: Tensor, draws: int, generator: torch.Generator
) -> Tensor:
    """Unit vectors around unit means: [B, d], [B], S -> [S, B, d]; d >= 3, concentration > 0.

    Differs: the slope by the concentration leaves out that of the rejection.

    Raises:
        ValueError: fewer than 3 dimensions, or a concentration that is not above 0.
    """
    if means.ndim != 2 or means.shape[-1] < 3 or not (concentration > 0).all():
        raise ValueError(
            "means [B, d] with d >= 3 and concentrations above 0 needed, "
            f"got {tuple(means.shape)} and as little as {float(concentration.min())}"
        )
    below = depth(concentration.double().cpu(), means.shape[-1], draws, generator)[..., None]
    noise = normals((draws, *means.shape), generator).to(means)
    across = normalize(noise - (noise * means).sum(dim=-1, keepdim=True) * means, dim=-1)
    sine = (below * (2 - below)).clamp(min=1e-300).sqrt()  # [S, B, 1]
    return (1 - below).to(means) * means + sine.to(means) * across


def depth(concentration: Tensor, dimensions: int, draws: int, generator: torch.Generator) -> Tensor:
    """One minus the cosine to the mean, in (0, 2): float64 [B] -> [S, B].

    Proposals come from a law with heavier tails and are drawn again where they are refused.
    """
    rest = dimensions - 1
    # (-2 kappa + root) / rest without its cancellation.
    b = rest / (2 * concentration + (4 * concentration.square() + rest**2).sqrt())  # [B]
    with torch.no_grad():
        share = torch.full((draws, len(b)), torch.nan, dtype=torch.float64)
        while (open_ := share.isnan()).any():
            new = symmetric_beta(share.shape, rest, generator)
            excess = log_excess(fallen(new, b), concentration, b, rest)
            uniform = torch.rand(share.shape, generator=generator, dtype=torch.float64)
            share = torch.where(open_ & (uniform.log() <= excess), new, share)
    return fallen(share, b)


def fallen(share: Tensor, b: Tensor) -> Tensor:
    """One minus the proposed cosine, by a share in (0, 1) of the sphere."""
    return 2 * b * share / (1 - (1 - b) * share)


def log_excess(below: Tensor, concentration: Tensor, b: Tensor, rest: int) -> Tensor:
    """log of the chance that a proposal is kept, at most 0."""
    middle = (1 - b) / (1 + b)  # its likeliest cosine
    lost = torch.log1p(-middle) + torch.log1p(middle * below / (1 - middle))  # log(1 - x0 w)
    best = (4 * b).log() - 2 * torch.log1p(b)  # log(1 - x0^2)
    return concentration * (1 - below - middle) + rest * (lost - best)


def symmetric_beta(shape: torch.Size, degrees: int, generator: torch.Generator) -> Tensor:
    """Beta(n / 2, n / 2) from sums of n squares, float64."""
    squares = normals((2, *shape, degrees), generator).square().sum(dim=-1)  # [2, ...]
    return squares[0] / squares.sum(dim=0)


def normals(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Standard normal, float64."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)
