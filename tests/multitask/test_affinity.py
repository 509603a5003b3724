"""Cosines of the gradients of tasks: worked numbers, what they leave alone, what is missing."""

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity
from torch import nn

from dubito.multitask.affinity import cosines, gradient_affinity, held_gradient, task_gradients


def vector(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_by_hand() -> None:
    """Gradients (1, 0), (1, 1), (-2, 0): cosines 1 / root 2, -1, -1 / root 2."""
    shared = vector(0.0, 0.0).requires_grad_()
    losses = torch.stack([shared[0], shared.sum(), -2 * shared[0]])
    half = 0.5**0.5
    expected = [[1, half, -1], [half, 1, -half], [-1, -half, 1]]
    np.testing.assert_allclose(gradient_affinity(losses, [shared]), expected, atol=1e-12)


def test_over_several_parameters_it_is_the_cosine_of_all_entries() -> None:
    """Against scikit-learn, on what backward leaves of each loss."""
    net, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)), torch.randn(7, 3)

    def losses() -> torch.Tensor:
        return (net(x) - torch.arange(3)).square().mean(dim=0)

    rows = []
    for t in range(3):
        net.zero_grad()
        losses()[t].backward()
        rows.append(held_gradient(net.parameters()).numpy())
    net.zero_grad()
    np.testing.assert_allclose(task_gradients(losses(), net.parameters()), rows, rtol=1e-6)
    affinity = gradient_affinity(losses(), net.parameters())
    np.testing.assert_allclose(affinity, cosine_similarity(rows), atol=1e-6)


def test_no_grad_is_touched_and_backward_may_follow() -> None:
    shared = vector(1.0, 2.0).requires_grad_()
    losses = torch.stack([shared.square().sum(), shared.prod()])
    affinity = gradient_affinity(losses, [shared])
    assert shared.grad is None
    assert not affinity.requires_grad
    losses.sum().backward()
    assert shared.grad.tolist() == [2 + 2, 4 + 1]


def test_how_large_a_loss_is_does_not_count() -> None:
    """Down to where squares round to 0 in float32, and up to where they are infinite."""
    shared = torch.tensor([0.3, -0.2], requires_grad=True)
    losses = torch.stack([shared[0], shared.sum(), shared[1]])
    plain = gradient_affinity(losses, [shared])
    scale = torch.tensor([1e-30, 1.0, 1e30])
    torch.testing.assert_close(gradient_affinity(losses * scale, [shared]), plain)


def test_a_task_without_gradient_has_no_affinity() -> None:
    """Its loss is at a minimum, or does not reach what is shared: missing, and not 0."""
    shared, own = vector(0.0, 1.0).requires_grad_(), vector(1.0).requires_grad_()
    losses = torch.stack([shared[1], shared[0] ** 2, own[0]])
    missing = gradient_affinity(losses, [shared]).isnan().tolist()
    assert missing == [[False, True, True], [True, True, True], [True, True, True]]


def test_parameters_that_a_task_does_not_reach_count_as_0() -> None:
    """(3, 0) and (3, 4): 9 / (3 * 5)."""
    a, b = vector(1.0).requires_grad_(), vector(1.0).requires_grad_()
    losses = torch.stack([3 * a[0], 3 * a[0] + 4 * b[0]])
    assert task_gradients(losses, [a, b]).tolist() == [[3, 0], [3, 4]]
    assert gradient_affinity(losses, [a, b])[0, 1] == pytest.approx(0.6)


def test_a_parameter_that_no_task_reaches_counts_as_0() -> None:
    a, unused = vector(1.0).requires_grad_(), vector(1.0, 2.0).requires_grad_()
    assert task_gradients(2 * a, [unused, a]).tolist() == [[0, 0, 2]]


def test_no_cosine_leaves_its_bounds() -> None:
    """Rounding would put a quarter of these above 1."""
    rows = torch.randn(200, 50, generator=torch.Generator().manual_seed(0))
    found = cosines(torch.cat([rows, -rows]))
    assert found.max() == 1
    assert found.min() == -1


def test_a_held_gradient_is_a_copy() -> None:
    a, b = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
    (3 * a[0]).backward()
    held = held_gradient([a, b])
    assert held.tolist() == [3, 0, 0]
    a.grad.zero_()
    assert held.tolist() == [3, 0, 0]
    assert held_gradient([a]).data_ptr() != a.grad.data_ptr()


def test_half_precision_becomes_float32() -> None:
    a = torch.zeros(2, dtype=torch.bfloat16, requires_grad=True)
    losses = torch.stack([a[0], a.sum()])
    assert gradient_affinity(losses, [a]).dtype == torch.float32


def test_refusals() -> None:
    shared = vector(0.0).requires_grad_()
    with pytest.raises(ValueError, match=r"losses \[T\] and at least one parameter.*got \[\]"):
        gradient_affinity(shared.sum(), [shared])
    with pytest.raises(ValueError, match=r"got \[1\] and 0"):
        gradient_affinity(shared, [])
    with pytest.raises(ValueError, match=r"gradients of tasks \[1\] are not finite"):
        cosines(torch.tensor([[1.0, 2.0], [1.0, float("nan")]]))
    with pytest.raises(ValueError, match="none of 1 parameters has a gradient"):
        held_gradient([nn.Parameter(torch.zeros(2))])
