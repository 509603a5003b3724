"""Small networks on rows: same seed, same bits; a line is found; rows are cut alike."""

import itertools
import math

import pytest
import torch
from torch import nn

from dubito.nn.descent import descend, in_turn, mlp
from dubito.nn.tiny_training import Schedule

FAST = Schedule(steps=400, rate=0.05, weight_decay=0.0)


def line(n: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.linspace(-1, 1, n, dtype=torch.float64)[:, None]
    return x, 3 * x - 1


@pytest.mark.parametrize("batch", [7, 40, 1000])
def test_a_line_is_found(batch: int) -> None:
    x, y = line()
    model = mlp(1, (), 1, seed=0)
    losses = descend(
        model, lambda x, y: (model(x) - y).square().mean(), (x, y), FAST, batch=batch, seed=0
    )
    assert len(losses) == 400
    assert losses[-1] < 1e-6 < losses[0]
    last = model[0]
    assert isinstance(last, nn.Linear)
    assert (last.weight.item(), last.bias.item()) == pytest.approx((3, -1), abs=1e-3)
    assert not model.training


def test_rows_come_once_before_they_come_again() -> None:
    """10 rows in batches of 4: two batches without return, then a new order."""
    seen: list[list[int]] = []
    model = mlp(1, (), 1, seed=0)

    def loss(rows: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        assert torch.equal(rows, same)
        seen.append(rows.int().tolist())
        return model[0].weight.sum() * 0.0

    rows = torch.arange(10.0)
    descend(model, loss, (rows, rows), Schedule(steps=40), batch=4, seed=1)
    assert all(len(batch) == 4 for batch in seen)
    for first, second in zip(seen[::2], seen[1::2], strict=True):
        assert len({*first, *second}) == 8
    assert {i for batch in seen for i in batch} == set(range(10))
    assert len({tuple(batch) for batch in seen}) > 30


def test_the_seed_decides_and_nothing_global() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = (mlp(3, (4, 5), 2, seed=s) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    for a, b, c in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)
    assert one(torch.zeros(6, 3, dtype=torch.float64)).shape == (6, 2)
    x, y = line()
    ends = []
    for seed in (0, 0, 1):
        model = mlp(1, (4,), 1, seed=0)
        ends.append(
            descend(
                model,
                lambda x, y, model=model: (model(x) - y).square().mean(),
                (x, y),
                Schedule(steps=5),
                batch=8,
                seed=seed,
            )
        )
    assert ends[0] == ends[1] != ends[2]


@pytest.mark.parametrize(
    ("schedule", "batch"),
    [(Schedule(steps=0), 4), (Schedule(rate=0.0), 4), (Schedule(), 0), (Schedule(rate=-1.0), 4)],
)
def test_what_cannot_train_is_refused(schedule: Schedule, batch: int) -> None:
    x, _ = line()
    model = mlp(1, (), 1, seed=0)
    with pytest.raises(ValueError, match="at least 1"):
        descend(model, lambda x: x.sum(), (x,), schedule, batch=batch, seed=0)


def test_the_step_falls_along_a_cosine() -> None:
    """Adam's step for a constant slope is the rate: 0.1 at first, 0.05 half way."""
    weight = nn.Parameter(torch.zeros(1))
    model = nn.ParameterList([weight])
    places: list[float] = []

    def loss(row: torch.Tensor) -> torch.Tensor:
        places.append(weight.item())
        return weight.sum()

    schedule = Schedule(steps=100, rate=0.1, weight_decay=0.0)
    descend(model, loss, (torch.zeros(3),), schedule, batch=3, seed=0)
    moves = [a - b for a, b in itertools.pairwise(places)]
    assert moves[0] == pytest.approx(0.1, rel=1e-3)
    assert moves[50] == pytest.approx(0.05, rel=1e-2)
    assert moves[98] == pytest.approx(0.05 * (1 + math.cos(math.pi * 0.98)), rel=0.02)


def test_in_turn_finds_the_lowest_point_of_a_parabola() -> None:
    """(x - 1)^2 and (x - 3)^2, each every other step: lowest together at 2."""
    x = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    in_turn(lambda b: (x - b).square().sum(), [1.0, 3.0], 4000, groups=[{"params": [x]}], rate=1e-2)
    assert x.item() == pytest.approx(2, abs=0.02)


def test_in_turn_takes_batches_in_order_and_steps_of_the_rate() -> None:
    """Adam's step for a constant slope is the rate of the group; no slope is left from before."""
    slow, fast = (nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in range(2))
    seen: list[str] = []

    def loss(batch: str) -> torch.Tensor:
        seen.append(batch)
        return (slow + fast).sum()

    groups = [{"params": [slow]}, {"params": [fast], "lr": 0.1}]
    in_turn(loss, "abc", 5, groups=groups, rate=0.01)
    assert "".join(seen) == "abcab"
    assert (slow.item(), fast.item()) == pytest.approx((-0.05, -0.5))
    assert (slow.grad.item(), fast.grad.item()) == (1, 1)


def test_in_turn_without_steps_does_nothing() -> None:
    x = nn.Parameter(torch.ones(1))
    in_turn(lambda b: (x * b).sum(), [], 0, groups=[{"params": [x]}], rate=0.1)
    assert (x.item(), x.grad) == (1, None)
