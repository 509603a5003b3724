"""The row lora-ensemble: members that share a backbone."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from dubito.nn.low_rank_sampling import sampled
from dubito.nn.sampled_low_rank import MemberLinear
from dubito.posterior.lora_ensemble import LoRAEnsemble
from laws import assert_frozen


def net(width: int = 8) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, width), nn.ReLU(), nn.Linear(width, 3))


def inputs(rows: int = 20) -> torch.Tensor:
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(5))


LABELS = torch.arange(20) % 3


def trained(method: LoRAEnsemble, *, steps: int = 30) -> nn.Sequential:
    model = net()
    method.attach(model, ("0",), heads=("2",))
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.05)
    for _ in range(steps):
        with sampled(model):
            value = method.loss(model(inputs()), LABELS)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    return model


def test_at_the_start_all_members_are_the_backbone() -> None:
    """B = 0 and one shared head: no dispute at all."""
    model, plain = net(), net()(inputs()).double().log_softmax(-1).detach()
    method = LoRAEnsemble(members=4, rank=2)
    assert method.attach(model, ("0", "2")) == ["0", "2"]
    got = method.predict(model, model, inputs())
    np.testing.assert_allclose(got.mean, plain, atol=1e-6)
    np.testing.assert_allclose(got.epistemic, 0, atol=1e-12)


def test_as_many_parameters_as_the_paper_counts() -> None:
    """M (4 L 2 r D + D C + C): 9,437,184 in attention and 1,230,400 in heads; nothing else."""
    model = nn.ModuleDict({"head": nn.Linear(768, 100, device="meta")})
    for i in range(12):
        model[f"block{i}"] = nn.ModuleDict(
            {name: nn.Linear(768, 768, device="meta") for name in ("q", "k", "v", "out")}
        )
    method = LoRAEnsemble(members=16, rank=8)
    found = method.attach(model, (".q", ".k", ".v", ".out"), heads=("head",))
    assert len(found) == 49
    count = {n: p.numel() for n, p in model.named_parameters() if p.requires_grad}
    heads = sum(size for name, size in count.items() if name.startswith("head"))
    assert (sum(count.values()) - heads, heads) == (9_437_184, 1_230_400)


def test_one_step_is_a_step_of_each_member_alone() -> None:
    """Members trained together are those trained by themselves, one after the other."""
    together = trained(LoRAEnsemble(members=3, rank=2))
    rows = [0, 1, 2]
    alone = net()
    LoRAEnsemble(members=3, rank=2).attach(alone, ("0",), heads=("2",))
    apart = [alone[0].a, alone[0].b, alone[2].weight, alone[2].bias]
    started = [p.detach().clone() for p in apart]
    for i in rows:
        single = net()
        LoRAEnsemble(members=1, rank=2).attach(single, ("0",), heads=("2",))
        factors = [single[0].a, single[0].b, single[2].weight, single[2].bias]
        for p, start in zip(factors, started, strict=True):
            p.data.copy_(start[i : i + 1])
        optimiser = torch.optim.Adam(factors, lr=0.05)
        for _ in range(30):
            value = cross_entropy(single(inputs()), LABELS)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        for p, q in zip(factors, (together[0].a, together[0].b), strict=False):
            assert torch.allclose(p[0], q[i], atol=2e-3)
        assert torch.allclose(single[2].weight[0], together[2].weight[i], atol=2e-3)


def test_loss_is_the_mean_of_each_members_own() -> None:
    """Not that of their mean prediction: opposite sure members lose log 2 less there."""
    logits = torch.tensor([[8.0, 0.0], [0.0, 8.0]])  # two members, one row of label 0
    method = LoRAEnsemble(members=2)
    own = [cross_entropy(row[None], torch.tensor([0])) for row in logits]
    assert method.loss(logits, torch.tensor([0])) == pytest.approx(float(sum(own)) / 2)
    rows = torch.tensor([[8.0, 0.0], [0.0, 8.0], [8.0, 0.0], [0.0, 8.0]])  # member-major
    assert method.loss(rows, torch.tensor([0, 1])) < 1e-3
    skipped = method.loss(rows, torch.tensor([0, -100]))
    assert skipped == pytest.approx(float(cross_entropy(rows[:1], torch.tensor([0]))))


def test_starts_make_members_differ_and_their_order_is_free() -> None:
    method = LoRAEnsemble(members=4, rank=2)
    model = trained(method)
    first = method.predict(model, model, inputs())
    assert first.epistemic.mean() > 1e-3
    with torch.no_grad():
        for p in model.parameters():
            if p.requires_grad:
                p.copy_(p[[2, 0, 3, 1]])
    again = method.predict(model, model, inputs())
    np.testing.assert_allclose(again.mean, first.mean, atol=1e-5)
    np.testing.assert_allclose(again.epistemic, first.epistemic, atol=1e-5)


def test_the_backbone_learns_nothing() -> None:
    model = trained(LoRAEnsemble(members=2, rank=2))
    assert model[0].base.weight.grad is None
    assert torch.equal(model[0].base.weight, net()[0].weight)
    assert isinstance(model[2], MemberLinear)


def test_what_is_not_named_is_frozen_and_heads_begin_apart() -> None:
    model = nn.Sequential(*[nn.Linear(4, 4) for _ in range(4)])
    LoRAEnsemble(members=2, rank=2).attach(model, ("0",), heads=("2", "3"))
    trained = {n for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {"0.a", "0.b", "2.weight", "2.bias", "3.weight", "3.bias"}
    assert not torch.equal(model[2].weight, model[3].weight)


def test_options() -> None:
    assert_frozen(LoRAEnsemble())
    with pytest.raises(ValueError, match="members and rank"):
        LoRAEnsemble(members=0)


@pytest.mark.parametrize("heads", [("2", "typo"), ("0",)])
def test_heads_that_are_no_layer_are_refused(heads: tuple[str, ...]) -> None:
    """A name that none has, or one that gets low-rank members already; nothing is changed."""
    model = net()
    with pytest.raises(ValueError, match="no linear layer for the heads"):
        LoRAEnsemble().attach(model, ("0",), heads=heads)
    assert [type(m) for m in model] == [type(m) for m in net()]
    assert all(p.requires_grad for p in model.parameters())
