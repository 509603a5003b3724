import pytest
from torch import nn

from dubito.nn.evaluating import evaluating


def test_each_module_is_afterwards_in_its_own_mode() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Dropout(), nn.BatchNorm1d(1))).train()
    model[1][1].eval()
    before = [m.training for m in model.modules()]
    with evaluating(model):
        assert not any(m.training for m in model.modules())
    assert [m.training for m in model.modules()] == before
    assert len({*before}) == 2


def test_also_after_an_error() -> None:
    model = nn.Dropout().train()
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert model.training
