"""Radial features: by hand, far away, the same as a plain distance."""

import math

import pytest
import torch

from dubito.nn.radial import RadialHead


def head() -> RadialHead:
    made = RadialHead(torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=torch.float64), 2)
    with torch.no_grad():
        made.log_width.copy_(torch.tensor([math.log(5.0), 0.0]))
        made.weight.copy_(torch.tensor([[1.0, 0.0], [2.0, 10.0]]))
        made.bias.copy_(torch.tensor([0.5, -1.0]))
    return made


def test_by_hand() -> None:
    # (3, 4) lies 5 from the first centre: 25 / (2 * 25) = 1/2; and 0 from the second
    at = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    assert head().features(at)[0].tolist() == pytest.approx([math.exp(-0.5), 1])
    expected = [math.exp(-0.5) + 0.5, 2 * math.exp(-0.5) + 10 - 1]
    assert head()(at)[0].tolist() == pytest.approx(expected)


def test_far_away_only_the_biases_are_left() -> None:
    far = torch.tensor([[1e3, -1e3]], dtype=torch.float64)
    assert head()(far)[0].tolist() == [0.5, -1.0]


def test_distances_are_plain_ones() -> None:
    x = torch.randn(7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    made = head()
    width = made.log_width.exp()
    expected = (-0.5 * (torch.cdist(x, made.centres) / width) ** 2).exp()
    torch.testing.assert_close(made.features(x), expected)
    assert torch.autograd.gradcheck(made.features, x.requires_grad_())


def test_centres_are_a_copy_and_learnt() -> None:
    centres = torch.zeros(2, 3)
    made = RadialHead(centres, 4)
    with torch.no_grad():
        made.centres += 1
    assert centres.sum() == 0
    assert {name for name, _ in made.named_parameters()} == {
        "centres",
        "log_width",
        "weight",
        "bias",
    }
    assert RadialHead(centres, 4)(torch.zeros(5, 3)).shape == (5, 4)
