import pytest
import torch
from torch import nn

from dubito.nn.mc_dropout import dropout_passes


def net() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)).eval()


def test_only_dropout_is_on_and_modes_come_back() -> None:
    model, x = net(), torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
    model[0].train()
    before = model[1].running_mean.clone()
    plain = model(x)
    got = dropout_passes(model, lambda: model(x), passes=400, seed=3)
    assert got.shape == (400, 8, 6)
    assert torch.equal(model[1].running_mean, before)  # statistics of the batch stay out
    assert [m.training for m in model] == [True, False, False]
    kept = got != 0
    assert torch.allclose(got[kept], (2 * plain).expand_as(got)[kept])
    assert abs(kept.float().mean() - 0.5) < 5 * 0.5 / (400 * 48) ** 0.5


def test_seed_decides_and_nobody_elses_draws_move() -> None:
    model, x = net(), torch.ones(2, 4)
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first = dropout_passes(model, lambda: model(x), passes=5, seed=1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first, dropout_passes(model, lambda: model(x), passes=5, seed=1))
    assert not torch.equal(first, dropout_passes(model, lambda: model(x), passes=5, seed=2))
    assert not torch.equal(first[0], first[1])


def test_modes_come_back_after_an_error() -> None:
    model = net()

    def fails() -> torch.Tensor:
        raise RuntimeError("no input")

    with pytest.raises(RuntimeError, match="no input"):
        dropout_passes(model, fails, passes=2)
    assert not any(m.training for m in model.modules())


def test_without_dropout_there_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="no layer of dropout"):
        dropout_passes(nn.Linear(2, 2), lambda: torch.ones(1))
    with pytest.raises(ValueError, match="got 0"):
        dropout_passes(net(), lambda: torch.ones(1), passes=0)
