"""Masks that hang on who drops, not on when."""

import numpy as np
import pytest
import torch
from torch import nn

from dubito.nn.shared_dropout import dropping_places, kept_mask, kept_masks


def net(rate: float = 0.9) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 6), nn.Dropout(rate), nn.Sequential(nn.Linear(6, 5)))


def inputs(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, 4, generator=torch.Generator().manual_seed(1))


def test_places() -> None:
    assert [*dropping_places(net())] == ["1"]
    assert [*dropping_places(net(), ("0",))] == ["0", "2.0"]
    with pytest.raises(ValueError, match="no layer of dropout; name the linear"):
        dropping_places(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="no linear layer whose name ends with"):
        dropping_places(net(), ("x",))


def test_entries_and_their_mean() -> None:
    """0 or 1 / (1 - p); the mean is 1 within 3 sqrt(p / ((1 - p) n))."""
    mask = kept_mask([3, 1], 4, 5000, rate=0.2)
    assert set(mask.unique().tolist()) == {0.0, 1.25}
    assert abs(float(mask.mean()) - 1) < 3 * (0.2 / 0.8 / 20_000) ** 0.5
    assert torch.equal(kept_mask([3, 1], 2, 5000, rate=0.2), mask[:2])
    assert (kept_mask([3], 2, 7, rate=0.0) == 1).all()


@pytest.mark.parametrize("endings", [(), ("0",)])
def test_one_mask_for_all_positions_and_rows_in_either_mode(endings: tuple) -> None:
    """An identity layer behind: what is dropped is dropped everywhere; the rest grows."""
    model = net()
    model[2] = nn.Identity()
    plain = model.eval()(inputs(3, 7))
    with kept_masks(dropping_places(model, endings), rate=0.5, identity=(0, 0)):
        got = model(inputs(3, 7))
        assert torch.equal(got[:, :2], model(inputs(3, 7)[:, :2]))  # at any length
        assert torch.equal(got[:2], model(inputs(3, 7)[:2]))  # in any batch
        assert torch.equal(got[:, 0], model(inputs(3, 7)[:, 0]))  # without positions
        torch.testing.assert_close(got[0, 0], model(inputs(3, 7)[0, 0]))
        if not endings:
            assert torch.equal(model.train()(inputs(3, 7)), got)
    ratio = (got / plain).reshape(-1, 6).detach()
    assert (ratio == ratio[0]).all()
    assert set(ratio.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(model.eval()(inputs(3, 7)), plain)


def test_identity_and_place_decide() -> None:
    model = nn.Sequential(nn.Dropout(0.1), nn.Dropout(0.1))
    x = torch.ones(1, 64)

    def masked(*identity: int) -> torch.Tensor:
        with kept_masks(dropping_places(model), rate=0.5, identity=identity):
            return model(x)

    assert torch.equal(masked(1, 2), masked(1, 2))
    assert not torch.equal(masked(1, 2), masked(1, 3))
    assert not torch.equal(masked(1, 2), masked(2, 2))
    assert 0.1 < (masked(1, 2) > 0).double().mean() < 0.45  # a quarter: two masks, not one twice


def test_rows_of_their_own() -> None:
    model, x = nn.Sequential(nn.Dropout(0.1)), torch.ones(3, 5, 64)
    with kept_masks(dropping_places(model), rate=0.5, identity=(0,), by_row=True):
        got = model(x)
        assert torch.equal(model(x[:2]), got[:2])
        assert torch.equal(model(x[:, 0]), got[:, 0])
    assert torch.equal(got[:, 0], got[:, 4])
    assert not torch.equal(got[0], got[1])


def test_attention_weights_are_left() -> None:
    model, x = nn.Sequential(nn.Dropout(0.9)).train(), torch.ones(2, 2, 3, 3)
    with kept_masks(dropping_places(model), rate=0.5, identity=(0,)):
        assert torch.equal(model(x), x)


def test_a_fused_transformer_layer_drops_too() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5, batch_first=True).eval()
    x = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        plain = layer(x)
        with kept_masks(dropping_places(layer), rate=0.5, identity=(0,)):
            assert not torch.allclose(layer(x), plain)
        assert torch.equal(layer(x), plain)


def test_variance_of_a_sum() -> None:
    """w = x = (1, 1), p = 1/2: 0, 2, 2, 4; mean 2, variance p / (1 - p) sum (w x)^2 = 2."""
    model, x = nn.Sequential(nn.Dropout(0.5)), torch.ones(1, 2)
    found = []
    for number in range(4000):
        with kept_masks(dropping_places(model), rate=0.5, identity=(0, number)):
            found.append(float(model(x).sum()))
    values, count = np.unique(found, return_counts=True)
    assert values.tolist() == [0, 2, 4]
    assert np.mean(found) == pytest.approx(2, abs=5 * (2 / 4000) ** 0.5)
    assert np.var(found) == pytest.approx(2, rel=0.1)
    assert count / 4000 == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_refusals_and_nothing_left_behind() -> None:
    model = net()
    with pytest.raises(ValueError, match="rate must lie"):  # noqa: SIM117
        with kept_masks(dropping_places(model), rate=1.0, identity=(0,)):
            pass
    with (
        pytest.raises(RuntimeError, match="no input"),
        kept_masks(dropping_places(model), rate=0.5, identity=(0,)),
    ):
        raise RuntimeError("no input")
    assert not model[1]._forward_hooks
