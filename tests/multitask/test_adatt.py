"""The row adatt: fusion of tasks, worked by hand."""

import pytest
import torch
from torch import Tensor

from dubito.multitask.adatt import AdaTT, Fusion


def rows(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def constant(net: AdaTT, outputs: list[list[float]]) -> Fusion:
    """Experts that say these vectors whatever they read, and gates at 0."""
    layer = net.layers[0]
    for parameter in layer.parameters():
        parameter.data.zero_()
    layer.experts[0].bias.data = torch.tensor(outputs, dtype=torch.float64)
    return layer


def pair() -> tuple[AdaTT, Fusion]:
    net = AdaTT(3, [(2,)], natives=(1, 1)).double()
    return net, constant(net, [[2.0, 0.0], [0.0, 4.0]])


def test_even_gates() -> None:
    """Mean of the experts, [1, 2], plus the own one: [3, 2] and [1, 6]."""
    net, _ = pair()
    assert net(rows(1, 3)).tolist() == [[[3.0, 2.0], [1.0, 6.0]]]


def test_saturated_gates() -> None:
    """On the own expert 2 e_t = [4, 0]; on the other one e_1 + e_2 = [2, 4]."""
    net, layer = pair()
    layer.gates.linear.bias.data = torch.tensor([[50.0, 0.0], [50.0, 0.0]], dtype=torch.float64)
    expected = torch.tensor([[[4.0, 0.0], [2.0, 4.0]]], dtype=torch.float64)
    torch.testing.assert_close(net(rows(1, 3)), expected)


def test_two_paths_are_one() -> None:
    """Natives added to the gate's entries, or to its output: f_t + sum_i v_ti e_ti."""
    net = AdaTT(3, [(4, 2)], natives=(2, 3)).double()
    layer, x = net.layers[0], net.each(rows(6, 3))
    experts = layer.experts(x[:, layer.of]).relu()  # [B, 5, 2]
    fused = layer.gate(x) @ experts
    first = layer.native[:2] @ experts[:, :2]
    second = layer.native[2:] @ experts[:, 2:]
    torch.testing.assert_close(net(rows(6, 3)), fused + torch.stack([first, second], dim=1))


def test_native_weights_start_signed_and_small_where_there_are_several() -> None:
    """Uniform within 1 / sqrt(n) of each task's own n; trained; not for the input to say."""
    native = AdaTT(3, [(2,)], natives=(400, 1600)).layers[0].native
    assert native.requires_grad
    assert 0.049 < float(native[:400].detach().max()) <= 0.05
    assert -0.05 <= float(native[:400].detach().min()) < -0.049
    assert 0.0249 < float(native[400:].detach().abs().max()) <= 0.025
    single = AdaTT(3, [(2,)], natives=(1, 1))
    assert "layers.0.native" not in dict(single.named_parameters())


def test_one_task_with_one_expert_is_twice_its_perceptron() -> None:
    net = AdaTT(3, [(4, 2)], natives=(1,)).double()
    expected = 2 * net.layers[0].experts(rows(5, 1, 3)).relu()
    torch.testing.assert_close(net(rows(5, 3)), expected)


def test_experts_read_their_own_tasks_vector_at_every_level() -> None:
    """Gates on the own expert, so that no vector of another task can come in by them."""
    net = AdaTT(3, [(2,), (2,)], natives=(1, 1)).double()
    for layer in net.layers:
        layer.gates.linear.bias.data = 1e3 * torch.eye(2, dtype=torch.float64)
    x = rows(4, 2, 3)
    changed = x.clone()
    changed[:, 1] += 1
    before, after = net(x), net(changed)
    torch.testing.assert_close(after[:, 0], before[:, 0])
    assert (after[:, 1] - before[:, 1]).abs().max() > 1e-3


def test_a_gate_reads_its_own_tasks_vector() -> None:
    net = AdaTT(3, [(2,)], natives=(1, 1)).double()
    x = rows(4, 2, 3)
    changed = x.clone()
    changed[:, 1] += 1
    before, after = net.layers[0].gate(x), net.layers[0].gate(changed)
    assert torch.equal(after[:, 0], before[:, 0])
    assert (after[:, 1] - before[:, 1]).abs().max() > 1e-3


def test_a_task_reads_the_others() -> None:
    net = AdaTT(3, [(2,)], natives=(1, 1)).double()
    x = rows(4, 2, 3)
    changed = x.clone()
    changed[:, 1] += 1
    assert (net(changed)[:, 0] - net(x)[:, 0]).abs().max() > 1e-3


def test_tasks_permuted_with_their_parameters_permute_the_outputs() -> None:
    net, other = (AdaTT(3, [(4, 2), (2,)], natives=(1,) * 3, seed=s).double() for s in (0, 1))
    order = torch.tensor([2, 0, 1])
    for source, target in zip(net.layers, other.layers, strict=True):
        for a, b in zip(source.experts.parameters(), target.experts.parameters(), strict=True):
            b.data = a.data[order]
        gates, permuted = source.gates.linear, target.gates.linear
        permuted.weight.data = gates.weight.data[order][:, :, order]
        permuted.bias.data = gates.bias.data[order][:, order]
    x = rows(5, 3, 3)
    torch.testing.assert_close(other(x[:, order]), net(x)[:, order])


def test_the_shared_unit_is_read_and_has_no_output_at_the_end() -> None:
    """Three units in the first level, two readers and three units' experts in the last."""
    net = AdaTT(3, [(2,), (2,)], natives=(1, 2), shared=2).double()
    first, last = net.layers
    assert [*first.own.shape] == [3, 5]
    assert [*last.own.shape] == [2, 5]
    assert last.of.tolist() == [0, 1, 1, 2, 2]
    assert net(rows(4, 3)).shape == (4, 2, 2)
    net(rows(4, 3)).square().sum().backward()
    assert last.experts[0].weight.grad[3:].abs().max() > 0
    assert first.experts[0].weight.grad[3:].abs().max() > 0


def test_who_reads_whom() -> None:
    """Rows sum to 1; an even gate over 1, 2 and 2 experts gives 1/5, 2/5, 2/5 to the units."""
    net = AdaTT(3, [(2,), (2,)], natives=(1, 2), shared=2).double()
    for layer in net.layers:
        for parameter in layer.gates.parameters():
            parameter.data.zero_()
    reads = net.reads(rows(4, 3))
    expected = torch.tensor([0.2, 0.4, 0.4]).double()
    torch.testing.assert_close(reads[0], expected.expand(3, -1))
    torch.testing.assert_close(reads[1], expected.expand(2, -1))


def test_gradients_and_state() -> None:
    net = AdaTT(2, [(2,)], natives=(1, 2)).double()
    assert torch.autograd.gradcheck(net, (rows(2, 2).requires_grad_(),))
    again = AdaTT(2, [(2,)], natives=(1, 2), seed=5).double()
    again.load_state_dict(net.state_dict())
    assert torch.equal(again(rows(2, 2)), net(rows(2, 2)))


def test_options() -> None:
    with pytest.raises(ValueError, match="one expert a task"):
        AdaTT(2, [(2,)], natives=(1, 0))
    with pytest.raises(ValueError, match="at least one layer"):
        AdaTT(2, [], natives=(1,))
