"""DeltaSharing: sparse differences, activations that stay the base's, three steps of training."""

import math
from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from dubito.merge.activation_reuse import cuts_that_keep, gap, reused, traced
from dubito.merge.delta_sharing import DeltaSharing
from dubito.merge.sparse_delta import SparseDelta


def tensor(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def two_tensors() -> SparseDelta:
    return SparseDelta({"a": tensor(1.0, 2.0), "b": tensor(3.0)})


def test_weights_by_hand() -> None:
    """sigmoid(log 3) stretches to 3/4: 1 + 3/4 * 3/4 * 2, 2 + 0, 3 + 1 * 1 * 4."""
    delta = two_tensors()
    delta.shift.data = tensor(2.0, 5.0, 4.0)
    delta.logits.data = tensor(math.log(3), -1.0, 5.0)
    delta.group_logits.data = tensor(math.log(3), 5.0)
    weights = delta()
    assert weights["a"].tolist() == pytest.approx([2.125, 2.0])
    assert weights["b"].tolist() == pytest.approx([7.0])
    assert delta.density == pytest.approx(2 / 3)


def test_it_starts_as_the_base_with_open_gates() -> None:
    delta = two_tensors()
    assert delta()["a"].tolist() == [1.0, 2.0]
    assert delta.density == 0
    three_and_two = 5 / (1 + math.exp(-5))  # numbers, and tensors
    assert float(delta.expected().detach()) == pytest.approx(three_and_two)


@pytest.mark.parametrize(("logit", "moved"), [(20.0, 1.0), (-20.0, 0.0)])
def test_gates_far_from_0_leave_nothing_to_chance(logit, moved) -> None:
    delta = two_tensors()
    delta.shift.data = tensor(1.0, 1.0, 1.0)
    delta.logits.data.fill_(logit)
    delta.group_logits.data.fill_(20.0)
    weights = delta(torch.Generator().manual_seed(0))
    assert weights["a"].tolist() == [1.0 + moved, 2.0 + moved]


def test_draws_follow_the_generator() -> None:
    delta = two_tensors()
    delta.shift.data = tensor(1.0, 1.0, 1.0)
    delta.logits.data.zero_()
    drawn = [delta(torch.Generator().manual_seed(s))["a"].tolist() for s in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_closed_tensor_closes_all_of_it() -> None:
    delta = two_tensors()
    delta.shift.data = tensor(1.0, 1.0, 1.0)
    delta.group_logits.data = tensor(-20.0, 20.0)
    assert delta()["a"].tolist() == [1.0, 2.0]
    assert delta.delta().tolist() == [0.0, 0.0, 1.0]


def test_settled_it_says_the_same_and_only_what_changed_learns() -> None:
    delta = two_tensors()
    delta.shift.data = tensor(2.0, 5.0, 4.0)
    delta.logits.data = tensor(math.log(3), -1.0, 5.0)
    delta.group_logits.data = tensor(math.log(3), 5.0)
    before = delta.delta().tolist()
    delta.settle()
    assert delta.delta().tolist() == pytest.approx(before)
    assert delta(torch.Generator().manual_seed(0))["a"].tolist() == delta()["a"].tolist()
    delta.delta().sum().backward()
    assert delta.shift.grad.tolist() == [1.0, 0.0, 1.0]
    assert [n for n, p in delta.named_parameters() if p.requires_grad] == ["shift"]
    loaded = two_tensors()
    loaded.load_state_dict(delta.state_dict())
    assert loaded.delta().tolist() == delta.delta().tolist()


def test_shapes_and_dtypes_are_the_bases() -> None:
    base = {"w": torch.ones(2, 3, dtype=torch.bfloat16), "b": torch.ones(3)}
    delta = SparseDelta(base)
    assert delta.shift.dtype == torch.float32
    for name, weight in delta().items():
        assert (weight.shape, weight.dtype) == (base[name].shape, base[name].dtype)


def net(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4)).double().eval()


MODEL, TASK = net(0), dict(net(1).named_parameters())
X = torch.randn(7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@torch.no_grad()
def test_cuts_of_0_are_the_task_and_infinite_ones_the_base() -> None:
    base = traced(MODEL, {}, X)
    torch.testing.assert_close(base.output, MODEL(X))
    own = reused(MODEL, TASK, base, X, cuts=(0.0, 0.0))
    torch.testing.assert_close(own.output, functional_call(MODEL, TASK, (X,)))
    assert own.density == (1.0, 1.0)
    assert own.work == (1.0, 1.0)  # never more than all
    none = reused(MODEL, TASK, base, X, cuts=(math.inf, math.inf))
    torch.testing.assert_close(none.output, base.output, rtol=0, atol=0)
    assert none.density == (0.0, 0.0)
    assert none.work == (1.0, 1.0)  # the weights of this task differ everywhere


@torch.no_grad()
def test_without_a_difference_there_is_none() -> None:
    base = traced(MODEL, {}, X)
    same = reused(MODEL, dict(MODEL.named_parameters()), base, X, cuts=(0.0, 0.0))
    assert same.density == same.work == (0.0, 0.0)
    assert float(gap(traced(MODEL, dict(MODEL.named_parameters()), X).layers, base.layers)) == 0


@torch.no_grad()
def test_differences_below_the_cut_go_and_are_counted() -> None:
    """W = 1 for the base, (1, 2) for the task; x = 1 and -3: differences 0, 1, 0, -3. Cut 2."""
    model = nn.Linear(1, 2, bias=False).double().eval()
    model.weight.data = tensor(1.0, 1.0)[:, None]
    weights, x = {"weight": tensor(1.0, 2.0)[:, None]}, tensor(1.0, -3.0)[:, None]
    base = traced(model, {}, x)
    found = reused(model, weights, base, x, cuts=(2.0,))
    assert found.output.tolist() == [[1.0, 1.0], [-3.0, -6.0]]
    assert found.density == (0.25,)
    assert found.work == (0.5,)  # inputs are the base's, half the weights are not
    assert float(gap(traced(model, weights, x).layers, base.layers)) == 4
    assert reused(model, weights, base, x, cuts=(1.0,)).density == (0.5,)  # at the cut it stays


@torch.no_grad()
def test_work_is_of_inputs_and_of_weights_that_differ() -> None:
    """One of five hidden units is moved, and two of the twenty weights that read them."""
    weights = {name: p.clone() for name, p in MODEL.named_parameters()}
    weights["0.bias"][2] += 1000
    weights["2.weight"][0, :2] += 1
    found = reused(MODEL, weights, traced(MODEL, {}, X), X, cuts=(0.0, 0.0))
    assert found.work == pytest.approx((0.0, 0.2 + 0.1))


@torch.no_grad()
def test_what_an_engine_would_add_is_the_difference() -> None:
    """y_b + W_b dx + dW x_s = y_s, with dx from the layer before."""
    base, mine = traced(MODEL, {}, X).layers, traced(MODEL, TASK, X).layers
    last, was = mine[1], base[1]
    weight, bias = MODEL[2].weight, TASK["2.bias"] - MODEL[2].bias
    shift = TASK["2.weight"] - weight
    told = was.said + (last.read - was.read) @ weight.T + last.read @ shift.T + bias
    torch.testing.assert_close(told, last.said)
    assert [layer.name for layer in base] == ["0", "2"]


@torch.no_grad()
@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 1.0])
def test_cuts_keep_the_share(share) -> None:
    """Of 35 and 28 differences."""
    base = traced(MODEL, {}, X)
    cuts = cuts_that_keep(MODEL, TASK, base, X, share=share)
    kept = reused(MODEL, TASK, base, X, cuts=cuts).density
    assert kept == pytest.approx((round(35 * share) / 35, round(28 * share) / 28))


@torch.no_grad()
def test_no_hook_is_left_and_nan_is_seen() -> None:
    base = traced(MODEL, {}, X)
    assert all(not module._forward_hooks for module in MODEL.modules())
    broken = {"0.bias": torch.full((5,), math.nan).double()}
    assert reused(MODEL, broken, base, X, cuts=(1.0, 1.0)).output.isnan().all()


def question() -> tuple[nn.Module, nn.Module, list]:
    """An encoder of six inputs that ignores two, and a question about one of them."""
    torch.manual_seed(2)
    encoder = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU()).double()
    encoder[0].weight.data[:, 4:] = 0
    x = torch.randn(256, 6).double()
    y = (x[:, 4] > 0).long()
    batches = list(zip(x.split(64), y.split(64), strict=True))
    return encoder.eval(), nn.Linear(8, 2).double(), batches


def right(encoder, weights, head, batches) -> float:
    hits = [head(functional_call(encoder, weights, (x,))).argmax(1) == y for x, y in batches]
    return float(torch.cat(hits).double().mean())


def test_three_steps_learn_a_sparse_task() -> None:
    encoder, head, batches = question()
    before = deepcopy(encoder.state_dict()), deepcopy(head.state_dict())
    method = DeltaSharing(3e-3, 1e-3, steps=(200, 100, 100), rate=1e-2)
    method.fit(encoder, head, batches, loss=cross_entropy)
    assert 0 < method.density_ < 0.5
    assert right(encoder, method.delta_(), method.head_, batches) > 0.9
    for module, state in zip((encoder, head), before, strict=True):
        assert all(torch.equal(t, state[n]) for n, t in module.state_dict().items())


def learnt(batches, *, steps: tuple[int, int, int], **options) -> SparseDelta:
    encoder, head, _ = question()
    method = DeltaSharing(steps=steps, **options)
    return method.fit(encoder, head, batches, loss=cross_entropy).delta_


def test_gates_are_drawn_from_the_seed_while_it_looks_and_settled_after() -> None:
    *_, batches = question()
    found = [learnt(batches, steps=(8, 0, 0), seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(found[0].shift, found[1].shift)
    assert not torch.equal(found[0].shift, found[2].shift)
    assert found[0].logits.isinf().all()
    assert not found[0].logits.requires_grad


def test_batches_come_in_turn() -> None:
    """The second step, of either kind, is of the second batch."""
    *_, (first, second, *_) = question()
    for steps in [(2, 0, 0), (1, 2, 0), (1, 0, 2)]:
        one, other = (learnt([first, b], steps=steps).shift for b in (first, second))
        assert not torch.allclose(one, other, rtol=1e-3)


def test_likeness_is_of_a_mean_row() -> None:
    """Rows that come twice change nothing."""
    *_, (batch, *_) = question()
    twice = tuple(torch.cat([part, part]) for part in batch)
    one, other = (learnt([b], steps=(2, 0, 5), likeness=0.1).shift for b in (batch, twice))
    torch.testing.assert_close(one, other)


def test_sparsity_and_likeness_do_what_they_say() -> None:
    """No penalty leaves all open; a last step brings activations nearer to the base's."""
    encoder, head, batches = question()
    fits = {
        name: DeltaSharing(sparsity, 3e-2, steps=steps, rate=1e-2).fit(
            encoder, head, batches, loss=cross_entropy
        )
        for name, sparsity, steps in (
            ("open", 0.0, (60, 0, 0)),
            ("sparse", 3e-3, (120, 60, 0)),
            ("alike", 3e-3, (120, 60, 100)),
        )
    }
    assert fits["open"].density_ > 0.9
    x = torch.cat([x for x, _ in batches])
    base = traced(encoder, {}, x).layers
    with torch.no_grad():
        apart = {
            n: float(gap(traced(encoder, f.delta_(), x).layers, base)) for n, f in fits.items()
        }
    assert apart["alike"] < 0.7 * apart["sparse"]
    assert fits["alike"].density_ == fits["sparse"].density_  # what changes was fixed before


def test_refusals() -> None:
    encoder, head, batches = question()
    with pytest.raises(ValueError, match=r"call encoder\.eval"):
        DeltaSharing().fit(deepcopy(encoder).train(), head, batches, loss=cross_entropy)
    with pytest.raises(ValueError, match="0 batches"):
        DeltaSharing().fit(encoder, head, [], loss=cross_entropy)
    bad = [{"rate": 0.0}, {"steps": (1, -1, 1)}, {"sparsity": -1.0}, {"likeness": -1.0}]
    bad += [{name: math.nan} for name in ("sparsity", "likeness", "rate", "gate_rate")]
    for wrong in bad:
        with pytest.raises(ValueError, match="at least 0"):
            DeltaSharing(**wrong)
    with pytest.raises(ValueError, match=r"got \['n'\]"):
        SparseDelta({"n": torch.ones(2, dtype=torch.int64)})
    with pytest.raises(ValueError, match="got none"):
        SparseDelta({})
    base = traced(MODEL, {}, X)
    with pytest.raises(ValueError, match="2 cuts needed"):
        reused(MODEL, TASK, base, X, cuts=(1.0,))
    with pytest.raises(ValueError, match="share in"):
        cuts_that_keep(MODEL, TASK, base, X, share=1.5)
    other = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 4)).double()
    with pytest.raises(ValueError, match=r"call 1 is of layer '1', .* has \['0', '2'\]"):
        reused(other, {}, base, X, cuts=(0.0, 0.0))
    longer = nn.Sequential(*MODEL, nn.Linear(4, 1).double())
    with pytest.raises(ValueError, match=r"call 2 is of layer '3', .* has \['0', '2'\]"):
        cuts_that_keep(longer, {}, base, X, share=0.5)
    with pytest.raises(ValueError, match="no linear layer"):
        traced(nn.ReLU(), {}, X)
