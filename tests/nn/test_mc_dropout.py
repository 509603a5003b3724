import pytest
import torch
from torch import nn

from dubito.nn.mc_dropout import add_dropout, dropout_only


def net(rate: float = 0.5) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(rate)).eval()


def inputs() -> torch.Tensor:
    return torch.randn(64, 4, generator=torch.Generator().manual_seed(1))


def test_only_dropout_drops() -> None:
    """Kept values are those of evaluation over 1 - p; statistics of batches stay out."""
    model, x = net().train(), inputs()
    model[0].eval()
    plain = net()(x)
    mean = model[1].running_mean.clone()
    with dropout_only(model, seed=3):
        assert [m.training for m in model] == [False, False, True]
        got = model(x)
    assert torch.equal(model[1].running_mean, mean)
    assert [m.training for m in model] == [False, True, True]
    kept = got != 0
    assert torch.allclose(got[kept], 2 * plain[kept])
    assert abs(kept.float().mean() - 0.5) < 5 * 0.5 / kept.numel() ** 0.5


def test_rates_are_those_given_and_come_back() -> None:
    model, x = net(0.1), inputs()
    with dropout_only(model, seed=0, rate=0.8):
        dropped = (model(x) == 0).float().mean()
    assert abs(dropped - 0.8) < 5 * 0.4 / 384**0.5
    assert model[2].p == 0.1
    with dropout_only(model, seed=0, rate=0.0):
        assert torch.equal(model(x), net()(x))


def test_the_seed_alone_decides() -> None:
    model, x = net(), inputs()

    def passes(seed: int) -> torch.Tensor:
        with dropout_only(model, seed=seed):
            return torch.stack([model(x), model(x)])

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first = passes(1)
    assert torch.equal(torch.rand(3), expected)  # nobody else's draws move
    assert torch.equal(first, passes(1))
    assert not torch.equal(first, passes(2))
    assert not torch.equal(first[0], first[1])  # anew in each pass


def test_everything_comes_back_after_an_error() -> None:
    model = net(0.1)
    with pytest.raises(RuntimeError, match="no input"), dropout_only(model, seed=0, rate=0.4):
        raise RuntimeError("no input")
    assert not any(m.training for m in model.modules())
    assert model[2].p == 0.1
    assert torch.backends.mha.get_fastpath_enabled()


def test_the_fused_transformer_layer_drops_too() -> None:
    """In evaluation and without gradients it would take a path that has no dropout."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5, batch_first=True).eval()
    x = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        plain = layer(x)
        with dropout_only(layer, seed=0):
            assert not torch.allclose(layer(x), plain)
        assert torch.allclose(layer(x), plain)


def test_refusals() -> None:
    with (
        pytest.raises(ValueError, match="no layer of dropout"),
        dropout_only(nn.Linear(2, 2), seed=0),
    ):
        pass
    with pytest.raises(ValueError, match="rate must lie"), dropout_only(net(), seed=0, rate=1.5):
        pass


def test_added_dropout() -> None:
    """Behind both linear layers, at any depth; evaluation stays the same."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Sequential(nn.Linear(6, 3))).eval()
    x = inputs()
    plain = model(x)
    assert add_dropout(model, rate=0.5) == 2
    assert torch.equal(model(x), plain)
    assert not any(m.training for m in model.modules())
    with dropout_only(model, seed=0):
        dropped = (model(x) == 0).float().mean()
    assert abs(dropped - 0.5) < 5 * 0.5 / 192**0.5
    assert sum(isinstance(m, nn.Dropout) for m in model.modules()) == 2
    assert add_dropout(nn.ReLU(), rate=0.5) == 0
