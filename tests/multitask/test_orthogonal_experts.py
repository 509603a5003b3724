"""The row moore: orthonormal experts, signed weights, frozen transfer."""

import math

import pytest
import torch
from torch import nn

from dubito.multitask.orthogonal_experts import OrthogonalExperts
from dubito.nn.orthonormal import gram_schmidt, mean_cosine


def experts(*, k: int = 3, tasks: int = 2, **options) -> OrthogonalExperts:
    return OrthogonalExperts((5, 7, 6), experts=k, tasks=tasks, **options).double()


def rows(n: int = 4) -> torch.Tensor:
    return torch.randn(n, 5, dtype=torch.float64)


TASKS = torch.tensor([0, 1, 1, 0])


def test_before_tanh_a_feature_is_as_long_as_its_tasks_weights() -> None:
    module, x = experts(), rows()
    lengths = torch.atanh(module(x, TASKS)).norm(dim=-1)
    assert torch.allclose(lengths, module.gate.logits[TASKS].norm(dim=-1))


def test_one_expert_gives_its_direction() -> None:
    """K = 1: tanh of w u / |u|."""
    module, x = experts(k=1), rows()
    u = module.bank(x[:, None])[:, 0]
    expected = torch.tanh(module.gate.logits[TASKS] * u / u.norm(dim=-1, keepdim=True))
    assert torch.allclose(module(x, TASKS), expected)


def test_a_worked_row() -> None:
    """Outputs (3, 0) and (4, 5) are (1, 0) and (0, 1); weights (2, -1): tanh of (2, -1)."""
    module = OrthogonalExperts((1, 2), experts=2, tasks=2).double()
    with torch.no_grad():
        module.bank[0].weight.copy_(torch.tensor([[[3.0, 0.0]], [[4.0, 5.0]]]))
        module.bank[0].bias.zero_()
        module.gate.logits.copy_(torch.tensor([[0.5, 0.5], [2.0, -1.0]]))
    told = module(torch.ones(1, 1, dtype=torch.float64), torch.tensor([1]))
    assert told.tolist()[0] == pytest.approx([math.tanh(2), math.tanh(-1)])


def test_the_process_is_over_the_experts_of_each_row() -> None:
    module, x = experts(), rows()
    basis = module.basis(x)
    assert basis.shape == (4, 3, 6)
    assert torch.allclose(basis[2], gram_schmidt(module.bank(x[2:3, None])[0]))
    assert mean_cosine(basis).max() < 1e-12


def test_without_the_process_it_is_a_plain_mixture() -> None:
    module, x = experts(process=lambda u: u), rows()
    mixed = (module.gate.logits[TASKS][..., None] * module.bank(x[:, None])).sum(dim=1)
    assert torch.allclose(module(x, TASKS), torch.tanh(mixed))
    assert mean_cosine(module.basis(x)).min() > 1e-3


def test_each_expert_may_read_rows_of_its_own() -> None:
    module, x = experts(), rows()
    own = x[:, None].repeat(1, 3, 1)
    assert torch.allclose(module(own, TASKS), module(x, TASKS))
    own[:, 2] += 1
    basis = module.basis(own)
    assert torch.allclose(basis[:, :2], module.basis(x)[:, :2])
    assert not torch.allclose(basis[:, 2], module.basis(x)[:, 2])


def test_weights_are_free_and_the_last_layer_is_linear() -> None:
    """No softmax, no bias: weights of any sign; outputs of any sign."""
    module = experts(k=6, tasks=40)
    assert (module.gate() < 0).any()
    assert [n for n, _ in module.gate.named_parameters()] == ["logits"]
    bound = (6 / (40 + 6)) ** 0.5
    assert module.gate().abs().max() <= bound
    assert module.gate().std().item() == pytest.approx(bound / 3**0.5, rel=0.1)
    assert (module.bank(rows(50)[:, None]) < 0).any()


def test_transfer_learns_weights_alone() -> None:
    module, x = experts(), rows()
    new = module.transferred(5)
    assert [n for n, p in new.named_parameters() if p.requires_grad] == ["gate.logits"]
    assert new.gate().shape == (5, 3)
    assert torch.equal(new.basis(x), module.basis(x))
    assert all(p.requires_grad for p in module.parameters())
    before = new.basis(x).clone()
    optimiser = torch.optim.SGD([p for p in new.parameters() if p.requires_grad], lr=1.0)
    new(x, torch.tensor([4, 0, 1, 2])).sum().backward()
    optimiser.step()
    assert torch.equal(new.basis(x), before)


def test_every_expert_learns_from_the_first_step() -> None:
    module = experts()
    module(rows(), TASKS).square().sum().backward()
    assert (module.bank[-1].weight.grad.flatten(1).norm(dim=1) > 1e-6).all()
    assert isinstance(module, nn.Module)


def test_same_seed_same_weights() -> None:
    a, b, c = (OrthogonalExperts(seed=s) for s in (3, 3, 4))
    x, task = torch.randn(5, 8), torch.zeros(5, dtype=torch.long)
    assert torch.equal(a(x, task), b(x, task))
    assert not torch.allclose(a(x, task), c(x, task))
    new = [a.transferred(3, seed=s).gate() for s in (1, 1, 2)]
    assert torch.equal(new[0], new[1])
    assert not torch.allclose(new[0], new[2])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="7 experts of 6 features"):
        experts(k=7)
