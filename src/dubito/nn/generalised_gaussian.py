"""The generalised Gaussian law of errors: how likely one is, its variance, its central intervals.

Density shape / (2 scale Gamma(1 / shape)) exp(-(|error| / scale)^shape): shape 1 is Laplace's law,
shape 2 the Gaussian with variance scale^2 / 2; below 1 it has a peak and tails heavier than both.
"""

import math

import torch
from torch import Tensor

# Where |error| / scale is smaller, the slope of its power is infinite for shapes below 1.
NEAREST = 1e-12


def generalised_gaussian_nll(
    error: Tensor,
    inverse_scale: Tensor,
    shape: Tensor,
    *,
    low: float = 0.0,
    high: float = math.inf,
) -> Tensor:
    """-log density of each error, nats, of the common shape of the three; lower is likelier.

    `inverse_scale` and `shape` are above 0. The power (|error| inverse_scale)^shape is held
    between `low` and `high`; beyond them it has no gradient.
    """
    distance = (error.abs() * inverse_scale).clamp(min=NEAREST)
    power = distance.pow(shape).clamp(low, high)
    return power + normaliser(inverse_scale, shape)


def linear_surrogate(
    error: Tensor,
    inverse_scale: Tensor,
    shape: Tensor,
    *,
    low: float = 0.0,
    high: float = math.inf,
) -> Tensor:
    """The likelihood with its power put down as |error| inverse_scale shape: no law of its own.

    What the code of [upadhyay2022] minimises; the scale it finds ranks errors, no more.
    """
    return (error.abs() * inverse_scale * shape).clamp(low, high) + normaliser(inverse_scale, shape)


def normaliser(inverse_scale: Tensor, shape: Tensor) -> Tensor:
    """The part of -log density that does not know the error, nats."""
    return math.log(2) - inverse_scale.log() - shape.log() + torch.lgamma(1 / shape)


def generalised_gaussian_variance(scale: Tensor, shape: Tensor) -> Tensor:
    """scale^2 Gamma(3 / shape) / Gamma(1 / shape), in squared units of the error."""
    return scale.square() * (torch.lgamma(3 / shape) - torch.lgamma(1 / shape)).exp()
