"""One row of weights in, the model's own weights out again."""

import pytest
import torch
from torch import nn

from dubito.nn.flat_weights import flat, in_a_row, shapes, unit_or_zero, wearing


class Tied(nn.Module):
    """A head that is the embedding, a frozen layer, a counter."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Embedding(3, 2)
        self.head = nn.Linear(2, 3, bias=False)
        self.head.weight = self.token.weight
        self.fixed = nn.Linear(2, 2).requires_grad_(False)
        self.free = nn.Linear(2, 1)
        self.register_buffer("seen", torch.tensor(4))


def test_tied_once_frozen_and_buffers_never() -> None:
    model = Tied()
    assert shapes(model) == {"token.weight": [3, 2], "free.weight": [1, 2], "free.bias": [1]}
    row = flat(model)
    assert row.shape == (9,)
    assert torch.equal(row[:6], model.token.weight.detach().reshape(-1))
    row += 1  # a copy
    assert not torch.equal(row, flat(model))


def test_worn_within_and_itself_afterwards() -> None:
    model, row = Tied(), torch.arange(9.0)
    before = {n: t.clone() for n, t in model.state_dict().items()}
    with pytest.raises(RuntimeError, match="no input"), wearing(model, row):  # noqa: PT012
        assert torch.equal(flat(model), row)
        assert torch.equal(model.head.weight, row[:6].view(3, 2))
        assert torch.is_grad_enabled()
        model.seen += 1
        raise RuntimeError("no input")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_half_precision_is_kept_in_single() -> None:
    model = nn.Linear(2, 1).bfloat16()
    row = flat(model)
    assert row.dtype == torch.float32
    with wearing(model, row + 1):
        assert model.weight.dtype == torch.bfloat16
    assert flat(nn.Linear(2, 1).double()).dtype == torch.float64
    assert torch.equal(flat(model), row)


def test_a_row_is_a_copy_wide_enough_for_all() -> None:
    """2 x 2 and 1 numbers, in the order given; of half, single and double the widest."""
    a = torch.arange(4.0, dtype=torch.bfloat16).view(2, 2)
    b = torch.tensor([9.0], dtype=torch.float64)
    assert in_a_row([a, b]).tolist() == [0, 1, 2, 3, 9]
    assert in_a_row([a, b]).dtype == torch.float64
    assert in_a_row([a, a.half()]).dtype == torch.float32
    row = in_a_row([b])
    row += 1
    assert b.item() == 9


@pytest.mark.parametrize("scale", [1.0, 1e-38, 1e-44, 1e37])
def test_rows_of_length_1_also_where_squares_leave_the_range(scale: float) -> None:
    """3, 4 -> 0.6, 0.8; a row of 0 stays."""
    rows = torch.tensor([[[3.0, 4.0], [0.0, 0.0]], [[0.0, -2.0], [-4.0, 3.0]]]) * scale
    expected = torch.tensor([[[0.6, 0.8], [0.0, 0.0]], [[0.0, -1.0], [-0.8, 0.6]]])
    near = 0.1 if scale == 1e-44 else 1e-6  # a few bits are left
    torch.testing.assert_close(unit_or_zero(rows), expected, rtol=0, atol=near)
    lengths = unit_or_zero(rows).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.tensor([[1.0, 0.0], [1.0, 1.0]]))


def test_a_row_of_0_in_half_precision_is_no_nan() -> None:
    assert unit_or_zero(torch.zeros(2, dtype=torch.float16)).tolist() == [0, 0]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="9 weights needed in one row, got \\[4\\]"):  # noqa: SIM117
        with wearing(Tied(), torch.zeros(4)):
            pass
    with pytest.raises(ValueError, match="no parameter that takes gradients"):
        flat(nn.Linear(2, 1).requires_grad_(False))
