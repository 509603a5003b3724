"""The row home: two levels, who sees whom, and experts on one scale."""

import math

import pytest
import torch
from torch import Tensor

from dubito.multitask.home import HoME, Level

CATEGORIES = (0, 0, 1)


def rows(count: int = 16, width: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, width, generator=generator, dtype=torch.float64)


def net(*, experts: int = 1) -> HoME:
    return HoME((3, 5, 4), (4, 2), categories=CATEGORIES, experts=experts).double()


def touched(model: HoME, task: int, level: Level) -> list[bool]:
    """Which experts of a level the loss of a task teaches."""
    model.zero_grad()
    model(rows())[:, task].square().sum().backward()
    grad = level.bank[0].weight.grad
    return (grad.flatten(1).abs().max(dim=1).values > 0).tolist()


def test_what_a_task_sees() -> None:
    """Level two: all, both categories, three tasks: a task sees all, its category and itself."""
    assert net().task.gates.visible.tolist() == [
        [True, True, False, True, False, False],
        [True, True, False, False, True, False],
        [True, False, True, False, False, True],
    ]
    assert net().meta.gates.visible.tolist() == [
        [True, False, True],
        [False, True, True],
        [True, True, True],
    ]
    assert (
        net(experts=2).task.gates.visible[0].tolist()
        == [True] * 4 + [False] * 2 + [True] * 2 + [False] * 4
    )


def test_a_task_teaches_no_other_tasks_experts() -> None:
    model = net()
    assert touched(model, 0, model.task) == [True, True, False, True, False, False]
    assert touched(model, 2, model.task) == [True, False, True, False, False, True]


def test_other_categories_are_reached_through_the_shared_vector_only() -> None:
    """Its gate kept to the shared group, they are not reached at all."""
    model = net()
    assert touched(model, 0, model.meta) == [True, True, True]
    model.meta.gates.visible[-1, :2] = False
    assert touched(model, 0, model.meta) == [True, False, True]
    assert touched(model, 2, model.meta) == [False, True, True]


def constant(level: Level, outputs: list[list[float]]) -> None:
    """Experts that say these vectors in evaluation, gates and self-gates at 0."""
    for parameter in (*level.gates.parameters(), *level.self_gates.parameters()):
        parameter.data.zero_()
    wanted = torch.tensor(outputs, dtype=torch.float64)
    level.bank[0].weight.data.zero_()
    level.bank[0].bias.data.zero_()
    level.ending[0].norm.bias.data = wanted.flatten()
    level.ending[1] = torch.nn.Identity()


def test_even_gates_over_own_and_shared() -> None:
    """m = 1: e1/2 + e2/2 + sigmoid(0) e1 = [2, 0] + [0, 4]/2: [2, 2]; reader of all: + e2/2."""
    level = Level(
        (3, 2), gate_reads=3, visible=torch.ones(2, 2) > 0, own=(0, 1), experts=1, rank=1
    ).double()
    constant(level, [[2.0, 0.0], [0.0, 4.0]])
    got = level.eval()(rows(1)[:, None], rows(1)[:, None])
    assert got.tolist() == [[[2.0, 2.0], [1.0, 4.0]]]


def test_self_gate_of_two_own_experts() -> None:
    """m = 2: a half each; gates a quarter of four. e = 4, 8 | 0, 0: 12/4 + 12/2 = 9; other 3."""
    level = Level(
        (3, 1), gate_reads=3, visible=torch.ones(2, 2) > 0, own=(0, 1), experts=2, rank=1
    ).double()
    constant(level, [[4.0], [8.0], [0.0], [0.0]])
    assert level.eval()(rows(1)[:, None], rows(1)[:, None]).flatten().tolist() == [9.0, 3.0]


def test_each_own_expert_has_its_own_self_gate() -> None:
    """m = 2, shares 3/4 and 1/4 of 4 and 8: 12/4 + 3 + 2 = 8; the other group's are 0: 3."""
    level = Level(
        (3, 1), gate_reads=3, visible=torch.ones(2, 2) > 0, own=(0, 1), experts=2, rank=1
    ).double()
    constant(level, [[4.0], [8.0], [0.0], [0.0]])
    level.self_gates.bias.data[:, 0] = math.log(3)
    got = level.eval()(rows(1)[:, None], rows(1)[:, None])
    assert got.flatten().tolist() == pytest.approx([8.0, 3.0])


def test_self_gate_reads_the_own_groups_input() -> None:
    level = Level(
        (3, 2), gate_reads=3, visible=torch.ones(1, 2) > 0, own=(1,), experts=1, rank=1
    ).double()
    groups = torch.stack([rows(4), rows(4).flip(0)], dim=1)
    parts = level.parts(groups, torch.zeros(4, 1, 3).double())
    own = level.self_gates(groups[:, 1:]).sigmoid()[..., 0]  # [B, 1]
    gate = level.gates(torch.zeros(4, 1, 3).double())
    torch.testing.assert_close(parts.weights[..., 0], gate[..., 0])
    torch.testing.assert_close(parts.weights[..., 1], gate[..., 1] + own)


def test_experts_of_a_group_read_it_through_its_feature_gate() -> None:
    """With A = 0 the input itself; changed in group 1, only its experts change."""
    level = Level(
        (3, 2), gate_reads=3, visible=torch.ones(1, 2) > 0, own=(0,), experts=2, rank=1
    ).double()
    given = rows(8)[:, None], rows(8)[:, None]
    plain = level.parts(*given).outputs
    expected = level.ending(level.bank(rows(8)[:, None]))
    torch.testing.assert_close(plain, expected)
    torch.nn.init.normal_(level.features.up[1])
    changed = level.parts(*given).outputs
    moved = (changed - plain).abs().amax(dim=(0, 2)) > 1e-6
    assert moved.tolist() == [False, False, True, True]


def test_the_second_level_reads_what_the_first_gives() -> None:
    """Groups: shared; categories 0, 1; tasks by category. Gates: [m_s; m_c]."""
    model = net()
    vectors = model.meta(rows()[:, None], rows()[:, None])  # [m_0, m_1, m_s]
    groups, gates = model.second(rows())
    assert torch.equal(groups, vectors[:, [2, 0, 1, 0, 0, 1]])
    assert torch.equal(gates[:, 2], torch.cat([vectors[:, 2], vectors[:, 1]], dim=-1))
    assert torch.equal(gates[:, 0], torch.cat([vectors[:, 2], vectors[:, 0]], dim=-1))


def test_scale_of_a_perceptron_does_not_count() -> None:
    """Its last layer times 7: the same expert, since the norm follows it."""
    model = net()
    before = model(rows())
    model.meta.bank[-1].weight.data[0] *= 7
    model.meta.bank[-1].bias.data[0] *= 7
    torch.testing.assert_close(model(rows()), before, atol=1e-3, rtol=1e-3)


def test_negative_inputs_keep_a_gradient() -> None:
    """A shift of -60 in training is taken away by the norm: no silent expert."""
    model = net()
    model.meta.bank[-1].bias.data[1] -= 60
    assert touched(model, 0, model.meta) == [True, True, True]
    first, second = model.health(rows())
    assert float(first.zero.max()) == float(second.zero.max()) == 0


def test_health_tells_own_weight_with_the_self_gate() -> None:
    """All gates at 0: category 1/2 + 1/2; shared 1/3 + 1/2; tasks 1/3 + 1/2."""
    model = net()
    for level in (model.meta, model.task):
        for parameter in (*level.gates.parameters(), *level.self_gates.parameters()):
            parameter.data.zero_()
    first, second = model.health(rows())
    assert first.own.tolist() == pytest.approx([1.0, 1.0, 5 / 6])
    assert second.own.tolist() == pytest.approx([5 / 6] * 3)
    assert second.read.shape == (3, 6)


def test_gradients_and_state() -> None:
    model = net(experts=2).eval()
    assert torch.autograd.gradcheck(model, (rows(2).requires_grad_(),))
    again = HoME((3, 5, 4), (4, 2), categories=CATEGORIES, experts=2, seed=5).double().eval()
    again.load_state_dict(model.state_dict())
    assert torch.equal(again(rows()), model(rows()))


def test_options() -> None:
    for task, categories in (((3, 2), (0, 1)), ((4, 2), (0, 2)), ((4, 2), ())):
        with pytest.raises(ValueError, match="task must begin with the 4"):
            HoME((3, 4), task, categories=categories)
    with pytest.raises(ValueError, match="more than 1 value"):
        net()(rows(1))
