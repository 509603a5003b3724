"""The numbers of a diagnosis, worked by hand."""

import math

import pytest
import torch

from dubito.nn.expert_bank import Mixture
from dubito.nn.expert_health import (
    health,
    load,
    load_balance,
    mean_weight,
    occupancy,
    scale_ratio,
    zero_rate,
)

# Two rows, two experts of two numbers: expert 0 is +-1, expert 1 is 0 but for 4 and -4.
OUTPUTS = torch.tensor([[[1.0, -1.0], [4.0, 0.0]], [[1.0, -1.0], [0.0, -4.0]]])
# Two tasks: the first reads 0.5 and 0.75 of expert 0, the second 0.25 and 0.
WEIGHTS = torch.tensor([[[0.5, 0.5], [0.25, 0.75]], [[0.75, 0.25], [0.0, 1.0]]])


def test_who_reads_whom() -> None:
    assert mean_weight(WEIGHTS).tolist() == [[0.625, 0.375], [0.125, 0.875]]


def test_occupancy() -> None:
    """0.625 / 0.75 and 0.875 / 1.25; even readers 1/T, one reader 1; signs do not cancel."""
    assert occupancy(mean_weight(WEIGHTS)).tolist() == pytest.approx([0.625 / 0.75, 0.7])
    signs = torch.tensor([[1.0, -1.0, 0.0], [1.0, 1.0, 2.0]])
    assert occupancy(signs).tolist() == [0.5, 0.5, 1.0]
    assert occupancy(torch.zeros(2, 1)).isnan().all()


def test_zeros_and_scales() -> None:
    """Of expert 1 half is 0. Deviations 1 and sqrt(32 / 4): a ratio of sqrt 8."""
    assert zero_rate(OUTPUTS).tolist() == [0.0, 0.5]
    assert zero_rate(OUTPUTS, below=2.0).tolist() == [1.0, 0.5]
    assert scale_ratio(OUTPUTS) == pytest.approx(math.sqrt(8))
    assert scale_ratio(OUTPUTS.flip(1)) == pytest.approx(math.sqrt(8))
    assert scale_ratio(torch.stack([torch.ones(3, 2), torch.rand(3, 2)], dim=1)) == math.inf


def test_the_whole_report() -> None:
    own = torch.tensor([[True, False], [True, False]])
    got = health(Mixture(OUTPUTS, WEIGHTS), own)
    assert got.own.tolist() == [0.625, 0.125]
    assert got.zero.tolist() == [0.0, 0.5]
    assert torch.equal(got.read, mean_weight(WEIGHTS))
    assert got.occupancy[1] == pytest.approx(0.7)
    assert got.scale == pytest.approx(math.sqrt(8))


def test_a_mixture_is_weights_times_outputs() -> None:
    """First row, first task: half of [1, -1] and half of [4, 0] are [2.5, -0.5]."""
    assert Mixture(OUTPUTS, WEIGHTS).mixed[0, 0].tolist() == [2.5, -0.5]


def test_loads() -> None:
    """The first of three rows chooses expert 0, two choose 1."""
    p = torch.tensor([[0.6, 0.4], [0.3, 0.7], [0.0, 1.0]])
    assert load(p).tolist() == pytest.approx([1 / 3, 2 / 3])
    # Means 0.3 and 0.7: 2 (0.3 / 3 + 1.4 / 3) = 3.4 / 3.
    assert float(load_balance(p)) == pytest.approx(3.4 / 3)
    even = torch.tensor([[0.5, 0.5], [0.5, 0.5]])
    assert float(load_balance(even)) == pytest.approx(1.0)
    assert float(load_balance(torch.tensor([[1.0, 0.0, 0.0]]))) == pytest.approx(3.0)
    assert load(torch.zeros(2, 3, 4)).shape == (4,)


def test_balance_pushes_the_loaded_expert_down() -> None:
    logits = torch.tensor([[1.0, 0.0], [2.0, 0.0]], requires_grad=True)
    load_balance(logits.softmax(dim=-1)).backward()
    assert (logits.grad[:, 0] > 0).all()
