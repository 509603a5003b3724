"""The row bayeslora: dropout in the branch, a gate, and how its spread scales."""

import numpy as np
import pytest
import torch
from torch import nn

from dubito.nn.low_rank_laws import BranchDropout, RankDropout
from dubito.nn.low_rank_sampling import sampled
from dubito.nn.sampled_low_rank import Adapter, Members, SampledLowRank, add_low_rank
from dubito.posterior.bayes_lora import ACT, ASK, DEFER, BayesLoRA


def inputs(rows: int = 20) -> torch.Tensor:
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(5))


def model(*, trained: bool = True) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.9), nn.ReLU(), nn.Linear(8, 3))
        add_low_rank(net, ("0", "3"), Adapter(rank=2, dropout=0.1), seed=1)
        if trained:
            nn.init.normal_(net[0].b)
            nn.init.normal_(net[3].b)
    return net


@pytest.mark.parametrize("method", [BayesLoRA(BranchDropout(0.0)), BayesLoRA(RankDropout(0.0))])
def test_no_dropout_no_dispute(method: BayesLoRA) -> None:
    net = model().train()
    got = method.predict(net, net, inputs())
    plain = net.eval()(inputs()).double().log_softmax(-1).detach()
    np.testing.assert_allclose(got.epistemic, 0, atol=1e-12)
    np.testing.assert_allclose(got.mean, plain, atol=1e-6)


def test_no_dispute_before_training() -> None:
    """B = 0: the masks change nothing, and the backbone's own dropout is off."""
    net = model(trained=False).train()
    np.testing.assert_allclose(BayesLoRA().predict(net, net, inputs()).epistemic, 0, atol=1e-12)


def variance(scale: float = 1.0, scaling: float = 1.0) -> float:
    base = nn.Linear(4, 1, dtype=torch.float64)
    factors = Members(torch.ones(1, 2, 4).double(), torch.ones(1, 1, 2).double())
    net = nn.Sequential(SampledLowRank(base, factors, scaling=scaling))
    x = scale * torch.tensor([[1.0, -2.0, 0.5, 3.0]], dtype=torch.float64)
    with torch.no_grad(), sampled(net, BranchDropout(0.3), members=200):
        return float(net(x).var())


def test_variance_goes_with_the_square_of_input_and_of_scaling() -> None:
    """The same masks: exact."""
    assert variance(scale=3.0) == pytest.approx(9 * variance())
    assert variance(scaling=0.5) == pytest.approx(variance() / 4)


def test_twice_the_passes_half_the_variance_of_the_mean() -> None:
    """Over 300 seeds: 4 against 8 passes; the ratio of two such variances errs by some 12%."""
    base = nn.Linear(4, 1, dtype=torch.float64)
    factors = Members(torch.ones(1, 2, 4).double(), torch.ones(1, 1, 2).double())
    net, x = nn.Sequential(SampledLowRank(base, factors)), torch.ones(1, 4).double()
    means: dict[int, list[float]] = {4: [], 8: []}
    with torch.no_grad():
        for passes, found in means.items():
            for seed in range(300):
                with sampled(net, BranchDropout(0.3), members=passes, seed=seed + 1000 * passes):
                    found.append(float(net(x).mean()))
    assert np.var(means[4]) / np.var(means[8]) == pytest.approx(2, rel=0.4)


def test_what_the_branch_does_not_reach_looks_certain() -> None:
    """A pitfall of rank masks: an input across all rows of A."""
    base = nn.Linear(3, 2)
    factors = Members(torch.tensor([[[1.0, 0.0, 0.0]]]), torch.ones(1, 2, 1))
    net = nn.Sequential(SampledLowRank(base, factors))
    x = torch.tensor([[0.0, 50.0, -50.0]])
    got = BayesLoRA(RankDropout(0.5)).predict(net, net, x)
    assert got.epistemic == pytest.approx([0.0], abs=1e-12)


def test_the_gate_holds_its_levels() -> None:
    """On what it was fitted on: a hundredth is deferred, a tenth that or asked."""
    net, x = model(), inputs(1000)
    method = BayesLoRA().fit(net, net, [x[:300], x[300:]])
    doubt = method.predict(net, net, x).epistemic
    gate = method.gate(doubt)
    assert (gate == DEFER).sum() == 10
    assert (gate >= ASK).sum() == 100
    assert method.gate([0.0, *method.cuts_, 9.0]).tolist() == [ACT, ACT, ASK, DEFER]
    assert (np.sort(gate) == gate[np.argsort(doubt)]).all()


def test_refusals() -> None:
    with pytest.raises(ValueError, match="two passes"):
        BayesLoRA(passes=1)
    with pytest.raises(ValueError, match="rising levels"):
        BayesLoRA(levels=(0.9, 0.5))
    with pytest.raises(ValueError, match="no familiar"):
        BayesLoRA().fit(model(), model(), [])
