"""DivMerge: limits with known scales, its slope, masks, and what is refused."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dubito.maths.entropy import jensen_shannon as second_opinion
from dubito.merge import DivMerge, by_module, merged, next_tokens, one_group
from dubito.merge.composed import Composed
from dubito.merge.divmerge import expert_logp, only_output
from dubito.nn.divergences import jensen_shannon, kl


def linear(*weight: list[float]) -> dict[str, Tensor]:
    return {"weight": torch.tensor(weight, dtype=torch.float64)}


def model_of(state: dict[str, Tensor]) -> nn.Linear:
    rows, columns = state["weight"].shape
    model = nn.Linear(columns, rows, bias=False, dtype=torch.float64).eval()
    model.load_state_dict(state)
    return model


# Each expert learnt about one input; its own inputs never touch the other's.
BASE = linear([0.5, 0.0], [0.0, 0.25])
EXPERTS = [linear([2.5, 0.0], [-1.0, 0.25]), linear([0.5, -2.0], [0.0, 1.25])]
INPUTS = [[torch.tensor([[1.0, 0.0], [2.0, 0.0]]).double()], [torch.tensor([[0.0, 1.0]]).double()]]


def fitted(inputs, **options) -> DivMerge:
    return DivMerge(**{"rate": 0.05, "steps": 300} | options).fit(model_of(BASE), EXPERTS, inputs)


@pytest.mark.parametrize("divergence", [jensen_shannon, kl])
def test_tasks_apart_get_scales_of_one(divergence) -> None:
    found = fitted(INPUTS, divergence=divergence)
    assert found.rule_.scales[""] == pytest.approx((1, 1), abs=1e-4)
    assert max(found.divergences_) < 1e-8
    weights = merged(BASE, EXPERTS, found.rule_)["weight"]
    np.testing.assert_allclose(weights, [[2.5, -2.0], [-1.0, 1.25]], atol=1e-3)


def test_every_task_is_read_on_its_own_inputs() -> None:
    """On the other's inputs an expert is the base there: nothing of the other is wanted."""
    assert fitted(INPUTS[::-1]).rule_.scales[""] == pytest.approx((0, 0), abs=1e-4)


def test_one_expert_is_itself() -> None:
    """Starts at 1, where the loss is exactly 0; at 0 it is the divergence from the base."""
    model, expert = model_of(BASE), EXPERTS[:1]
    found = DivMerge(steps=0).fit(model, expert, INPUTS[:1])
    assert found.rule_.scales[""] == (1.0,)
    assert found.divergences_ == pytest.approx((0.0,), abs=1e-15)
    compose = Composed.of(BASE, expert, by_module)
    at_base = compose(torch.zeros(1, 1, dtype=torch.float64))
    assert at_base["weight"].tolist() == BASE["weight"].tolist()


def test_the_divergence_at_the_start() -> None:
    """At 1/2 each, by numpy on weights merged by hand, mean over a task's two rows."""
    found = fitted(INPUTS, steps=0)
    mean = torch.tensor([[1.5, -1.0], [-0.5, 0.75]]).double()
    expected = [
        second_opinion(
            (x @ e["weight"].T).log_softmax(-1).numpy(), (x @ mean.T).log_softmax(-1).numpy()
        ).mean()
        for e, (x,) in zip(EXPERTS, INPUTS, strict=True)
    ]
    assert found.divergences_ == pytest.approx(expected, abs=1e-14)
    assert all(0 < d < math.log(2) for d in found.divergences_)


def test_divergences_are_over_all_batches() -> None:
    """Cut into batches of unequal size: every row counts once."""
    rows = torch.tensor([[1.0, 0.0], [2.0, 0.0], [-1.0, 1.0]]).double()
    whole = fitted([[rows], [rows]], steps=0)
    cut = fitted([list(rows.split(2)), list(rows.split(1))], steps=0)
    assert cut.divergences_ == pytest.approx(whole.divergences_)


def test_steps_go_through_the_batches() -> None:
    """One step sees the first batch alone, two see both."""
    far, none = torch.tensor([[3.0, 0.0]]).double(), torch.zeros(1, 2).double()
    unmoved = fitted([[none, far], [none]], steps=1).rule_.scales[""]
    assert unmoved == (0.5, 0.5)
    assert fitted([[none, far], [none]], steps=2).rule_.scales[""][0] > 0.5


def test_the_slope_of_the_scales() -> None:
    compose = Composed.of(BASE, EXPERTS, by_module)
    model, x = model_of(BASE), torch.tensor([[1.0, -0.5], [0.3, 2.0]]).double()
    target = expert_logp(model, EXPERTS[0], [x], only_output)[0]

    def loss(scales: Tensor) -> Tensor:
        return jensen_shannon(target, (x @ compose(scales)["weight"].T).log_softmax(-1)).mean()

    scales = torch.tensor([[0.4, 0.7]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(loss, (scales,))


def test_what_experts_say_is_kept_without_a_slope() -> None:
    """And is what the expert itself says, buffers included."""
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double().eval()
    expert = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double()
    x = torch.randn(5, 2, dtype=torch.float64)
    expert(x)  # moves the running mean
    said = expert_logp(model, expert.state_dict(), [x], only_output)[0]
    torch.testing.assert_close(said, expert.eval()(x).log_softmax(-1))
    assert not said.requires_grad


def test_layers_have_scales_of_their_own() -> None:
    """The first layer of one expert with the second of the other: out of reach task by task."""
    torch.manual_seed(0)
    nets = [nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4)).double() for _ in range(3)]
    base, first, second = (net.state_dict() for net in nets)
    mixed = {n: (first if n.startswith("0.") else second)[n] for n in base}
    compose = Composed.of(base, [first, second], by_module)
    assert compose.groups == ("0", "2")
    weights = compose(torch.tensor([[1.0, 0.0], [0.0, 1.0]]).double())
    for name, tensor in mixed.items():
        torch.testing.assert_close(weights[name], tensor)


def test_layers_fit_better_than_tasks_and_leave_the_model_alone() -> None:
    torch.manual_seed(1)
    nets = [nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4)).double() for _ in range(3)]
    model, experts = nets[0].eval(), [net.state_dict() for net in nets[1:]]
    before = {n: t.clone() for n, t in model.state_dict().items()}
    inputs = [[torch.randn(32, 3).double()], [torch.randn(32, 3).double()]]
    layers, tasks, start = (
        DivMerge(group, rate=0.05, steps=steps).fit(model, experts, inputs)
        for group, steps in ((by_module, 200), (one_group, 200), (one_group, 0))
    )
    assert sum(layers.divergences_) < sum(tasks.divergences_) < sum(start.divergences_)
    assert set(layers.rule_.scales) == {"0", "2"}
    for name, tensor in model.state_dict().items():
        assert tensor.tolist() == before[name].tolist()
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    again = DivMerge(rate=0.05).fit(model, experts, inputs)
    assert again.rule_.scales == layers.rule_.scales


class Language(nn.Module):
    """Logits that are rows of a table, like a bigram model with the interface of a real one."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table)

    def forward(self, *, input_ids: Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.table[input_ids])


def test_answers_of_a_language_model() -> None:
    """Chosen tokens 2 of row 0 and 1, 2 of row 1 are told by those before: rows 5, 1, 3."""
    table = torch.arange(36.0).reshape(6, 6)
    tokens = torch.tensor([[0, 5, 2, 4], [1, 3, 4, 0]])
    chosen = torch.tensor([[1, 0, 1, 0], [0, 1, 1, 0]]).bool()
    model = Language(table)
    logits = next_tokens(model, (tokens, chosen)).detach()
    assert logits.tolist() == table[[5, 1, 3]].tolist()
    experts = [{"table": torch.eye(6)}, {"table": -torch.eye(6)}]
    found = DivMerge(steps=3).fit(model.eval(), experts, [[(tokens, chosen)]] * 2, read=next_tokens)
    assert len(found.divergences_) == 2


@pytest.mark.parametrize(
    ("experts", "inputs", "told"),
    [
        (EXPERTS, INPUTS[:1], r"2 experts and inputs of \[1\] batches"),
        (EXPERTS, [INPUTS[0], []], r"2 experts and inputs of \[1, 0\] batches"),
        ([{"bias": torch.ones(2)}], INPUTS[:1], "expert 0 lacks 'weight'"),
        ([linear([1.0, 2.0])], INPUTS[:1], r"'weight' is \[1, 2\]"),
    ],
)
def test_what_does_not_fit(experts, inputs, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DivMerge().fit(model_of(BASE), experts, inputs)


def test_other_refusals() -> None:
    with pytest.raises(ValueError, match=r"call model\.eval"):
        DivMerge().fit(model_of(BASE).train(), EXPERTS, INPUTS)
    with pytest.raises(ValueError, match="steps must be at least 0 and rate above 0"):
        DivMerge(rate=0.0)
    with pytest.raises(ValueError, match="steps"):
        DivMerge(steps=-1)
