"""Hard concrete gates: worked numbers, chances counted, slopes, limits."""

import math

import pytest
import torch

from dubito.nn.hard_concrete import HardConcrete


def vector(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_settled_by_hand() -> None:
    """sigmoid(log 3) = 3/4: 3/4 * 3 - 3/2 = 3/4; sigmoid(0) gives 0, sigmoid(log 4) 0.9."""
    logits = vector(0.0, math.log(3), math.log(4), 2.0, -1.0, math.inf, -math.inf)
    expected = [0.0, 0.75, 0.9, 1.0, 0.0, 1.0, 0.0]
    assert HardConcrete().settled(logits).tolist() == pytest.approx(expected)


def test_the_expected_number() -> None:
    """Bounds -1.5 and 1.5: sigmoid(0) = 1/2; -0.1 and 1.1: sigmoid(log 11) = 11/12."""
    assert HardConcrete().chance(vector(0.0)).tolist() == [0.5]
    narrow = HardConcrete(-0.1, 1.1)
    assert narrow.chance(vector(0.0)).tolist() == pytest.approx([11 / 12])
    assert HardConcrete().chance(vector(math.inf, -math.inf)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("gates", [HardConcrete(), HardConcrete(-0.1, 1.1, 2 / 3)], ids=str)
def test_drawn_gates_are_open_as_often_as_they_should_be(gates) -> None:
    draws = 40_000
    for logit in (-1.0, 0.0, 1.5):
        generator = torch.Generator().manual_seed(3)
        drawn = gates.drawn(torch.full((draws,), logit, dtype=torch.float64), generator=generator)
        p = float(gates.chance(vector(logit)))
        found = float((drawn > 0).double().mean())
        assert abs(found - p) < 5 * math.sqrt(p * (1 - p) / draws) + 2e-4  # of the edges
        assert 0 <= float(drawn.min()) <= float(drawn.max()) <= 1


def test_drawn_is_the_noise_added_and_stretched() -> None:
    """The same numbers by hand; at 0.75 the noise is log 3."""
    unit = torch.rand(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    unit = 1e-4 + (1 - 2e-4) * unit
    noise = unit.log() - (1 - unit).log()
    expected = (torch.sigmoid((noise + 0.3) / 0.5) * 3 - 1.5).clamp(0, 1)
    drawn = HardConcrete(temperature=0.5).drawn(
        torch.full((5,), 0.3).double(), generator=torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(drawn, expected)


@pytest.mark.parametrize(("logit", "gate"), [(20.0, 1.0), (-20.0, 0.0), (math.inf, 1.0)])
def test_far_logits_leave_nothing_to_chance(logit, gate) -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = HardConcrete().drawn(torch.full((1000,), logit), generator=generator)
    assert drawn.unique().tolist() == [gate]


def test_a_slope_inside_and_none_outside() -> None:
    """3 s (1 - s) at s = 3/4: 9/16; the penalty has one everywhere."""
    logits = vector(math.log(3), 3.0, -3.0).requires_grad_()
    HardConcrete().settled(logits).sum().backward()
    assert logits.grad.tolist() == pytest.approx([9 / 16, 0.0, 0.0])
    (slope,) = torch.autograd.grad(HardConcrete().chance(logits).sum(), [logits])
    assert (slope > 0).all()


@pytest.mark.parametrize("wrong", [(0.0, 1.5, 1.0), (-1.0, 1.0, 1.0), (-1.0, 2.0, 0.0)])
def test_refusals(wrong) -> None:
    with pytest.raises(ValueError, match="low < 0, high > 1"):
        HardConcrete(*wrong)
