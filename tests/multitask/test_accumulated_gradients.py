"""TAG: worked steps, the plain rules as limits, what is kept of a task, what is refused."""

import io
import math
from copy import deepcopy

import pytest
import torch
from torch import nn

from dubito.multitask.accumulated_gradients import ADAGRAD, ADAM, RMS, TAG, StepRule
from dubito.multitask.affinity import cosines

FROZEN = StepRule(0.0, 1.0)  # V is the square of the last gradient


def parameter(*values: float) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values, dtype=torch.float64))


def stepped(optimiser: TAG, p: nn.Parameter, *grad: float) -> list[float]:
    """How far a step with this gradient goes, against it and in units of the rate."""
    before = p.detach().clone()
    p.grad = torch.tensor(grad, dtype=p.dtype)
    optimiser.step()
    rate = optimiser.param_groups[0]["lr"]
    return ((before - p.detach()) / rate).tolist()


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        pytest.param((1.0, 0.0), 8.614, id="c=1: 1/sqrt(2 exp(-5))"),
        pytest.param((0.0, 1.0), 12.182, id="c=0 and nothing in this entry: 1/sqrt(exp(-5))"),
        pytest.param((-1.0, 0.0), 0.08208, id="c=-1: 1/sqrt(exp(5) + exp(-5))"),
    ],
)
def test_one_old_task(old, expected) -> None:
    """V = 1 of both tasks, b = 5."""
    p = parameter(0.0, 0.0)
    optimiser = TAG([p], lr=1e-3, rule=FROZEN)
    stepped(optimiser, p, *old)
    optimiser.end_task()
    assert stepped(optimiser, p, 1.0, 0.0)[0] == pytest.approx(expected, rel=1e-3)


def test_orthogonal_task_with_weight_in_the_same_entry() -> None:
    """V = 1, c = 0: old (1, 1), new (1, -1): 1 / sqrt(exp(0) + exp(-5)) = 0.99665, each."""
    p = parameter(0.0, 0.0)
    optimiser = TAG([p], lr=1e-3, rule=FROZEN)
    stepped(optimiser, p, 1.0, 1.0)
    optimiser.end_task()
    assert stepped(optimiser, p, 1.0, -1.0) == pytest.approx([0.99665, -0.99665], rel=1e-5)


def test_two_old_tasks_by_hand() -> None:
    """b = 1; V = (9, 16), then (4, 0); now g = (0, 2), V = (0, 4). c = 4/5 and 0.

    Second entry: 2 / sqrt(exp(-0.8) 16 + 0 + exp(-1) 4).
    """
    p = parameter(0.0, 0.0)
    optimiser = TAG([p], lr=1e-3, b=1.0, rule=FROZEN)
    for old in [(3.0, 4.0), (2.0, 0.0)]:
        stepped(optimiser, p, *old)
        optimiser.end_task()
    expected = 2 / math.sqrt(16 * math.exp(-0.8) + 4 * math.exp(-1))
    assert stepped(optimiser, p, 0.0, 2.0) == pytest.approx([0.0, expected])
    assert optimiser.cosines()[0].tolist() == pytest.approx([0.8, 0.0])


def loss_of(net: nn.Module, step: int) -> torch.Tensor:
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
    return (net(x) - x[:, :2]).square().mean()


def trained(net: nn.Module, optimiser: torch.optim.Optimizer, steps: range) -> list[float]:
    for step in steps:
        optimiser.zero_grad()
        loss_of(net, step).backward()
        optimiser.step()
    return torch.nn.utils.parameters_to_vector(net.parameters()).tolist()


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()


@pytest.mark.parametrize(
    ("rule", "plain"),
    [
        (RMS, lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, eps=1e-8)),
        (ADAGRAD, lambda p: torch.optim.Adagrad(p, lr=0.01, eps=1e-8)),
        (ADAM, lambda p: torch.optim.Adam(p, lr=0.01)),
    ],
    ids=["rms", "adagrad", "adam"],
)
def test_the_first_task_is_the_plain_rule(rule, plain) -> None:
    """Step for step, against PyTorch's."""
    ours, theirs = net(), net()
    for end in (1, 2, 30):
        found = trained(ours, TAG(ours.parameters(), lr=0.01, rule=rule), range(end))
        expected = trained(theirs, plain(theirs.parameters()), range(end))
        assert found == pytest.approx(expected, abs=1e-12)


def test_adam_in_the_second_task() -> None:
    """g = 2 for one step, then 3 in a new task: V_1 = 0.004, V = 0.009, M = 0.3, c = 1, b = 1.

    Both corrections count from the task's own start: 3 sqrt(0.001) / sqrt(exp(-1) 0.013).
    """
    p = parameter(0.0)
    optimiser = TAG([p], lr=1e-3, b=1.0, rule=ADAM)
    assert stepped(optimiser, p, 2.0) == pytest.approx([1.0])
    optimiser.end_task()
    expected = 3 * math.sqrt(0.001) / math.sqrt(math.exp(-1) * 0.013)
    assert stepped(optimiser, p, 3.0) == pytest.approx([expected])


def test_at_b_0_all_squares_weigh_alike() -> None:
    """g = 3 after 2 and -6: 3 / sqrt(9 + 4 + 36)."""
    p = parameter(0.0)
    optimiser = TAG([p], lr=1e-3, b=0.0, rule=FROZEN)
    for old in (2.0, -6.0):
        stepped(optimiser, p, old)
        optimiser.end_task()
    assert stepped(optimiser, p, 3.0) == pytest.approx([3 / 7])


@pytest.mark.parametrize("scale", [3.0, 1e-30, 1e30])
def test_only_directions_count_for_the_weights(scale) -> None:
    """Also where squares leave the range of float32."""
    found = []
    for k in (1.0, scale):
        p = nn.Parameter(torch.zeros(2))
        optimiser = TAG([p], lr=1e-3)
        stepped(optimiser, p, 2.0 * k, 1.0 * k)
        optimiser.end_task()
        found.append(optimiser.state[p]["squares"])
        stepped(optimiser, p, 1.0, 3.0)
        assert optimiser.cosines()[0].tolist() == pytest.approx([0.5**0.5])
    if scale == 3.0:
        assert (found[1] / found[0]).tolist() == [pytest.approx([9.0, 9.0])]


def test_the_direction_is_of_the_running_mean() -> None:
    """beta 0.9: 0.09 (1, 0) + 0.1 (0, 1), against (0, 1): 0.1 / sqrt(0.0181)."""
    p = parameter(0.0, 0.0)
    optimiser = TAG([p])
    stepped(optimiser, p, 1.0, 0.0)
    stepped(optimiser, p, 0.0, 1.0)
    optimiser.end_task()
    stepped(optimiser, p, 0.0, 1.0)
    assert optimiser.cosines()[0].tolist() == pytest.approx([0.1 / math.sqrt(0.0181)])


def test_cosines_are_of_each_tensor_by_itself() -> None:
    """The second opinion is that of the affinity of tasks, on each tensor."""
    a, b = parameter(0.0, 0.0), parameter(0.0, 0.0, 0.0)
    optimiser = TAG([a, b])
    seen = [[torch.randn(2, dtype=a.dtype), torch.randn(3, dtype=a.dtype)] for _ in range(3)]
    for t, task in enumerate(seen):
        a.grad, b.grad = task
        optimiser.step()
        if t < 2:
            optimiser.end_task()
    for own, told in zip(zip(*seen, strict=True), optimiser.cosines(), strict=True):
        assert told.tolist() == pytest.approx(cosines(torch.stack(own))[2, :2].tolist())


def test_no_cosine_leaves_its_bounds() -> None:
    """Rounding would put a part of these beyond 1 and -1: each row with itself and its opposite."""
    rows = torch.randn(200, 50, generator=torch.Generator().manual_seed(0))
    tensors = [nn.Parameter(torch.zeros(50)) for _ in rows]
    optimiser = TAG(tensors)
    for sign in (1.0, -1.0, 1.0):
        for p, row in zip(tensors, rows, strict=True):
            p.grad = sign * row
        optimiser.step()
        if optimiser.ended < 2:
            optimiser.end_task()
    found = torch.stack(optimiser.cosines())
    assert found[:, 0].max() == 1
    assert found[:, 1].min() == -1


def test_a_new_head_has_the_factor_of_its_own_task() -> None:
    """No old task reached it: 1 / sqrt(exp(-5)); it stays while it has no gradient."""
    trunk, head = parameter(0.0), parameter(0.0)
    optimiser = TAG([trunk, head], lr=1e-3, rule=FROZEN)
    stepped(optimiser, trunk, 1.0)
    assert head.tolist() == [0.0]
    assert not optimiser.state[head]
    optimiser.end_task()
    trunk.grad = None
    assert stepped(optimiser, head, 2.0) == pytest.approx([math.exp(2.5)])
    none, new = optimiser.cosines()
    assert none.isnan().tolist() == [True]  # the trunk has no gradient in this task
    assert new.isnan().tolist() == [True]  # the head had none in that one


def test_a_group_may_come_later() -> None:
    """A head that is added after the first task: 1 / sqrt(exp(-5)) as well."""
    trunk, head = parameter(0.0), parameter(0.0)
    optimiser = TAG(lr=1e-3, rule=FROZEN)
    optimiser.add_param_group({"params": [trunk]})
    stepped(optimiser, trunk, 1.0)
    optimiser.end_task()
    optimiser.add_param_group({"params": [head]})
    trunk.grad = None
    assert stepped(optimiser, head, 2.0) == pytest.approx([math.exp(2.5)])
    optimiser.end_task()
    stepped(optimiser, head, -1.0)
    assert optimiser.cosines()[1].tolist() == pytest.approx([math.nan, -1.0], nan_ok=True)


def test_a_gradient_of_0_is_no_direction() -> None:
    p = parameter(1.0, 2.0)
    optimiser = TAG([p])
    stepped(optimiser, p, 0.0, 0.0)
    optimiser.end_task()
    assert all(math.isfinite(x) for x in stepped(optimiser, p, 1.0, 0.0))
    assert optimiser.cosines()[0].tolist() == [0.0]
    optimiser.end_task()
    stepped(optimiser, p, 0.0, 0.0)
    assert optimiser.cosines()[0].isnan().all()
    assert p.isfinite().all()


def test_tensors_left_out_of_a_task_keep_their_places() -> None:
    p, q = parameter(0.0), parameter(0.0)
    optimiser = TAG([p, q])
    stepped(optimiser, p, 1.0)
    optimiser.end_task()
    stepped(optimiser, q, -1.0)  # p keeps its gradient
    optimiser.end_task()
    stepped(optimiser, q, 1.0)
    assert optimiser.cosines()[0].tolist() == pytest.approx([1.0, 1.0])
    assert optimiser.cosines()[1].tolist() == pytest.approx([math.nan, -1.0], nan_ok=True)
    assert optimiser.state[p]["squares"].shape == (2, 1)  # two tensors a task that reached it
    assert optimiser.state[q]["squares"].shape == (1, 1)


@pytest.mark.parametrize("rule", [RMS, ADAM], ids=["rms", "adam"])
def test_a_saved_one_goes_on_as_it_would_have(rule) -> None:
    ours = net()
    optimiser = TAG(ours.parameters(), lr=0.01, rule=rule)
    for task in range(2):
        trained(ours, optimiser, range(10 * task, 10 * task + 7))
        optimiser.end_task()
    trained(ours, optimiser, range(30, 33))
    other = deepcopy(ours)
    loaded = TAG(other.parameters(), lr=0.5)
    file = io.BytesIO()
    torch.save(optimiser.state_dict(), file)
    file.seek(0)
    loaded.load_state_dict(torch.load(file, weights_only=True))
    assert trained(other, loaded, range(33, 40)) == trained(ours, optimiser, range(33, 40))


def test_a_closure_and_a_schedule() -> None:
    ours = net()
    optimiser = TAG(ours.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.5)

    def closure() -> float:
        optimiser.zero_grad()
        loss = loss_of(ours, 0)
        loss.backward()
        return loss.item()

    first = optimiser.step(closure)
    schedule.step()
    assert optimiser.param_groups[0]["lr"] == 0.005
    assert optimiser.step(closure) < first


def test_refusals() -> None:
    p = parameter(0.0)
    for wrong in ({"lr": -1.0}, {"b": math.nan}, {"beta": 1.0}, {"eps": -1e-8}):
        with pytest.raises(ValueError, match="must be at least 0"):
            TAG([p], **wrong)
    optimiser = TAG([p])
    with pytest.raises(ValueError, match="no step since the last task ended"):
        optimiser.end_task()
    stepped(optimiser, p, 1.0)
    optimiser.end_task()
    with pytest.raises(ValueError, match="no step since the last task ended"):
        optimiser.end_task()
    assert optimiser.state[p]["squares"].shape == (1, 1)
    table = nn.Embedding(3, 2, sparse=True)
    table(torch.tensor([0])).sum().backward()
    with pytest.raises(ValueError, match="sparse=False"):
        TAG(table.parameters()).step()
