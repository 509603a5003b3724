"""The baseline: shared experts and a gate for each task."""

import torch

from dubito.multitask.multi_gate import MultiGate


def rows(count: int = 5) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_even_gates_give_the_mean_of_the_experts() -> None:
    net = MultiGate((3, 4, 2), tasks=2, experts=3).double()
    for parameter in net.gates.parameters():
        parameter.data.zero_()
    experts = net.experts(rows()[:, None]).relu()  # [B, E, d]
    expected = experts.mean(dim=1, keepdim=True).expand(-1, 2, -1)
    torch.testing.assert_close(net(rows()), expected)


def test_one_expert_is_a_shared_bottom() -> None:
    got = MultiGate((3, 2), tasks=4, experts=1).double()(rows())
    torch.testing.assert_close(got, got[:, :1].expand(-1, 4, -1))


def test_hidden_experts_learn_nothing_from_a_task() -> None:
    seen = [[True, True, False], [True, False, True]]
    net = MultiGate((3, 2), tasks=2, experts=3, visible=seen, ending=torch.nn.Tanh()).double()
    net(rows())[:, 0].sum().backward()
    grad = net.experts[0].weight.grad.abs().sum(dim=(1, 2))
    assert (grad > 0).tolist() == [True, True, False]


def test_a_seed_repeats() -> None:
    one, two = MultiGate((3, 2), tasks=2, experts=2), MultiGate((3, 2), tasks=2, experts=2)
    other = MultiGate((3, 2), tasks=2, experts=2, seed=1)
    assert torch.equal(one.experts[0].weight, two.experts[0].weight)
    assert not torch.equal(one.experts[0].weight, other.experts[0].weight)
