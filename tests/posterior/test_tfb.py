import math

import numpy as np
import pytest
import torch
from torch import nn

from dubito.nn.low_rank_laws import ColumnSpaceNoise
from dubito.nn.sampled_low_rank import Adapter, add_low_rank
from dubito.posterior.passes import member_logp
from dubito.posterior.predictive import predictive_classes
from dubito.posterior.tfb import TFB, largest


def model(*, trained: bool = True) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)).double()
    add_low_rank(net, ("0", "2"), Adapter(rank=2), seed=1)
    if trained:
        for layer in (net[0], net[2]):
            layer.b.data.copy_(inputs(8)[: layer.b.shape[1], :2])
    return net


def inputs(rows: int = 20) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(rows, 6, generator=generator, dtype=torch.float64)


def loss(net: nn.Module, sigma: float, *, samples: int = 10, labels: object = None) -> float:
    """By another road: the mean probability of what the plain model says."""
    said = net(inputs()).argmax(dim=-1).numpy() if labels is None else np.asarray(labels)
    logp = member_logp(net, net, inputs(), ColumnSpaceNoise(sigma), members=samples)
    p = np.exp(logp).mean(axis=0)
    return -float(np.log(p[np.arange(20), said]).mean())


def test_sigma_keeps_the_budget_and_a_little_more_does_not() -> None:
    net = model()
    method = TFB(budget=0.02, change="absolute", highest=2.0, rounds=12).fit(net, net, [inputs()])
    step = 2.0 / 2**12
    start = loss(net, 0.0)
    assert abs(loss(net, method.sigma_) - start) <= 0.02
    assert abs(loss(net, method.sigma_ + step) - start) > 0.02


def test_a_relative_budget_is_a_share_of_the_loss() -> None:
    """The same sigma as that share in nats."""
    net = model()
    start = loss(net, 0.0)
    options = {"highest": 2.0, "rounds": 10}
    share = TFB(budget=0.05, **options).fit(net, net, [inputs()])
    nats = TFB(budget=0.05 * start, change="absolute", **options).fit(net, net, [inputs()])
    assert 0.001 < share.sigma_ == nats.sigma_ < 2.0


def test_limits() -> None:
    """No budget: the lower end. A huge one: the upper end, exactly."""
    net = model()
    assert TFB(budget=0.0).fit(net, net, [inputs()]).sigma_ == 0.001
    assert TFB(budget=1e9, highest=0.7).fit(net, net, [inputs()]).sigma_ == 0.7


def test_a_loss_of_nearly_nothing_is_floored() -> None:
    """Logits times 1000 lose 0 without noise; a tenth of 0.001 nats is the budget then."""
    net = model()

    def sharp(x: torch.Tensor) -> torch.Tensor:
        return 1000 * net(x)

    options = {"highest": 2.0, "rounds": 12}
    floored = TFB(budget=0.1, **options).fit(net, sharp, [inputs()])
    nats = TFB(budget=1e-4, change="absolute", **options).fit(net, sharp, [inputs()])
    assert floored.sigma_ == nats.sigma_


def test_true_labels_and_batches() -> None:
    """Two batches are one; other labels are another loss."""
    net, labels = model(), torch.arange(20) % 3
    options = {"budget": 0.02, "highest": 2.0, "rounds": 12}
    whole = TFB(**options).fit(net, net, [inputs()], [labels])
    halves = TFB(**options).fit(net, net, [inputs()[:5], inputs()[5:]], [labels[:5], labels[5:]])
    assert whole.sigma_ == halves.sigma_
    moved = abs(loss(net, whole.sigma_, labels=labels) / loss(net, 0.0, labels=labels) - 1)
    assert moved <= 0.02
    assert whole.sigma_ != TFB(**options).fit(net, net, [inputs()]).sigma_


def test_prediction_is_by_fresh_draws() -> None:
    net = model()
    method = TFB(budget=0.1, change="absolute", highest=2.0, samples=7).fit(net, net, [inputs()])
    law = ColumnSpaceNoise(method.sigma_)
    fresh = predictive_classes(member_logp(net, net, inputs(), law, members=7, seed=1))
    got = method.predict(net, net, inputs())
    np.testing.assert_array_equal(got.mean, fresh.mean)
    assert (got.epistemic > 0).all()


def test_an_untrained_adapter_stays_what_it_is() -> None:
    net = model(trained=False)
    method = TFB(highest=5.0).fit(net, net, [inputs()])
    got = method.predict(net, net, inputs())
    np.testing.assert_allclose(got.mean, net(inputs()).log_softmax(-1).detach(), atol=1e-12)
    np.testing.assert_allclose(got.epistemic, 0, atol=1e-12)


def test_modes_come_back_and_dropout_is_off() -> None:
    net = nn.Sequential(*model(), nn.Dropout(0.5)).train()
    first = member_logp(net, net, inputs())
    assert all(m.training for m in net.modules())
    np.testing.assert_array_equal(first, member_logp(net, net, inputs()))
    assert first.shape == (1, 20, 3)


@pytest.mark.parametrize(
    ("edge", "found"), [(0.3, 0.25), (0.25, 0.25), (0.249, 0.125), (2.0, 1.0), (-1.0, 0.0)]
)
def test_bisection_by_hand(edge: float, found: float) -> None:
    """Three halvings of [0, 1], borne up to the edge: 1/2, 1/4, 3/8 or 1/8."""
    assert largest(lambda v: v <= edge, 0.0, 1.0, rounds=3) == found


def test_refusals() -> None:
    for options in ({"budget": -1.0}, {"budget": math.nan}, {"samples": 0}, {"highest": 0.0}):
        with pytest.raises(ValueError, match="budget must be"):
            TFB(**options)
    with pytest.raises(ValueError, match="no anchors"):
        TFB().fit(model(), model(), [])
