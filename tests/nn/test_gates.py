"""Weights of experts, worked by hand."""

import math

import pytest
import torch

from dubito.nn.gates import FreeGate, Gate, TopK, kept, signed, softmax
from laws import assert_frozen

LOGITS = torch.tensor([[0.0, math.log(3), math.log(2)]], dtype=torch.float64)


def test_ways_to_weigh() -> None:
    """exp: 1, 3, 2. Softmax /6; of the two largest /5; kept of the softmax stays /6."""
    assert softmax(LOGITS)[0].tolist() == pytest.approx([1 / 6, 1 / 2, 1 / 3])
    assert TopK(2)(LOGITS)[0].tolist() == pytest.approx([0, 3 / 5, 2 / 5])
    assert TopK(1)(LOGITS)[0].tolist() == [0, 1, 0]
    assert kept(softmax(LOGITS), 1)[0].tolist() == pytest.approx([0, 1 / 2, 0])
    assert torch.equal(signed(LOGITS), LOGITS)
    assert torch.equal(TopK(3)(LOGITS), softmax(LOGITS))


def test_kept_of_a_softmax_still_teaches_the_gate() -> None:
    """d p_1 / d logit_1 = p (1 - p) = 1/4; renormalised to 1 it would be 0."""
    logits = LOGITS.clone().requires_grad_()
    kept(softmax(logits), 1).sum().backward()
    assert float(logits.grad[0, 1]) == pytest.approx(0.25)
    again = LOGITS.clone().requires_grad_()
    TopK(1)(again).sum().backward()
    assert again.grad.abs().max() == pytest.approx(0)


def test_ties_keep_k() -> None:
    assert int((TopK(2)(torch.zeros(4, 5)) > 0).sum(dim=1).unique()) == 2


def test_a_gate_is_linear_in_what_it_reads() -> None:
    """Two tasks, A = [[1], [-1]] on one input of ln 2, bias 0 and expert 0 at 0: 2/3 and 1/3."""
    gate = Gate(1, 2, tasks=2).double()
    gate.linear.weight.data = torch.tensor([[[0.0, 1.0]], [[0.0, -1.0]]], dtype=torch.float64)
    gate.linear.bias.data.zero_()
    x = torch.full((1, 1, 1), math.log(2), dtype=torch.float64)
    assert gate(x)[0].flatten().tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3, 1 / 3])
    own = torch.stack([x[:, 0], -x[:, 0]], dim=1)  # each task its own: [ln 2, -ln 2]
    assert gate(own)[0].flatten().tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3])


def test_a_signed_gate_without_bias_is_a_matrix() -> None:
    gate = Gate(3, 4, normalise=signed, bias=False).double()
    one_hot = torch.eye(3, dtype=torch.float64)[:, None]
    torch.testing.assert_close(gate(one_hot)[:, 0], gate.linear.weight[0])


def test_hidden_experts_get_nothing_and_teach_nothing() -> None:
    gate = Gate(2, 3, tasks=2, visible=[[True, False, True], [False, True, False]]).double()
    weights = gate(torch.ones(4, 1, 2, dtype=torch.float64))
    assert (weights > 0)[0].tolist() == [[True, False, True], [False, True, False]]
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(4, 2, dtype=torch.float64))
    weights[:, 0].square().sum().backward()
    assert gate.linear.weight.grad[0, :, 1].abs().max() == 0
    assert gate.linear.weight.grad.isfinite().all()
    assert "visible" not in gate.state_dict()


def test_a_free_gate_reads_nothing_and_starts_even() -> None:
    gate = FreeGate(4, tasks=3)
    assert torch.equal(gate(), torch.full((3, 4), 0.25))
    assert torch.equal(FreeGate(2, tasks=1, normalise=signed)(), torch.zeros(1, 2))


def test_options() -> None:
    assert_frozen(TopK())
    with pytest.raises(ValueError, match="k must"):
        TopK(0)
    with pytest.raises(ValueError, match="k = 4 of 3"):
        TopK(4)(LOGITS)
    with pytest.raises(ValueError, match="an expert for every task"):
        Gate(2, 2, tasks=2, visible=[[True, True], [False, False]])
    with pytest.raises(ValueError, match="visible must be"):
        Gate(2, 2, tasks=1, visible=[[True, True, True]])
