"""A head that says a Gaussian for each number [nix1994]: what it expects, and how far off it is."""

import math
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import softplus


class Gaussian(NamedTuple):
    """A Gaussian for each number, all of one shape."""

    mean: Tensor
    log_sd: Tensor  # log of the standard deviation

    @property
    def sd(self) -> Tensor:
        """Standard deviation, above 0, in the number's unit."""
        return self.log_sd.exp()


def gaussian_of(raw: Tensor, *, low: float = -5.0, high: float = 3.0) -> Gaussian:
    """The Gaussians that 2 K outputs of a network stand for: [..., 2 K] -> [..., K] twice.

    The first K are means. The log deviations are bent, not cut, at `low` and `high`: one that has
    gone too far still has a slope to come back by.

    Raises:
        ValueError: an odd number of outputs, or bounds in the wrong order.
    """
    if raw.shape[-1] % 2 or not low < high:
        raise ValueError(
            f"an even number of outputs and low < high needed, got {raw.shape[-1]}, {low}, {high}"
        )
    mean, s = raw.chunk(2, dim=-1)
    return Gaussian(mean, low + softplus(s - low) - softplus(s - high))


def gaussian_nll(predicted: Gaussian, truth: Tensor, *, beta: float = 0.0) -> Tensor:
    """-log density of each true number, nats, in the common shape; lower is likelier.

    With `beta` above 0 each is weighed by its variance^beta, which has no slope itself
    [seitzer2022]: what is predicted badly early on is then not written off as noise. 1 gives the
    means the slopes of a squared loss; 0.5 is what its authors advise.

    Raises:
        ValueError: beta outside of [0, 1].
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must lie in [0, 1], got {beta}")
    mean, log_sd = predicted
    surprise = (truth - mean) * (-log_sd).exp()  # in standard deviations
    nll = log_sd + surprise.square() / 2 + math.log(2 * math.pi) / 2
    return nll * (2 * beta * log_sd.detach()).exp() if beta else nll


class GaussianHead(nn.Module):
    """A linear layer to K Gaussians: [..., d] -> `Gaussian` of [..., K]."""

    def __init__(
        self, features: int, outputs: int = 1, *, low: float = -5.0, high: float = 3.0
    ) -> None:
        super().__init__()
        self.low, self.high = low, high
        self.linear = nn.Linear(features, 2 * outputs)

    def forward(self, x: Tensor) -> Gaussian:
        """Means and log deviations."""
        return gaussian_of(self.linear(x), low=self.low, high=self.high)
