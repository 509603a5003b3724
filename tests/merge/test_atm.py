"""ATM: gradient descent, plain merging and ordinary training as limits; drift by hand."""

from functools import partial

import pytest
import torch
from torch import Tensor

from dubito.merge import ATM, Average, SameScale, TaskArithmetic, merged

State = dict[str, Tensor]
BASE = {"w": torch.tensor([2.0, -1.0], dtype=torch.float64)}


def slope(w: Tensor, task: int) -> Tensor:
    """Of a loss that is no quadratic: sum log cosh(A w - c)."""
    a = torch.tensor([[[1.0, 2.0], [0.5, -1.0]], [[3.0, 0.0], [1.0, 1.0]]][task]).double()
    c = torch.tensor([[1.0, 0.0], [0.0, 2.0]][task]).double()
    return a.T @ torch.tanh(a @ w - c)


def step(start: State, _round: int, *, task: int, steps: int = 1) -> State:
    w = start["w"]
    for _ in range(steps):
        w = w - 0.1 * slope(w, task)
    return {"w": w}


TUNES = [partial(step, task=0), partial(step, task=1)]


def test_one_full_step_a_round_is_gradient_descent() -> None:
    """On the mean loss, at every round."""
    w = BASE["w"]
    rounds = ATM(25)(BASE, TUNES)
    for done in rounds:
        w = w - 0.1 * (slope(w, 0) + slope(w, 1)) / 2
        torch.testing.assert_close(done.weights["w"], w, rtol=0, atol=1e-14)
    assert len(rounds) == 25


def test_one_round_is_plain_merging() -> None:
    tunes = [partial(step, task=task, steps=7) for task in (0, 1)]
    found = ATM(1)(BASE, tunes)[-1].weights["w"]
    experts = [tune(BASE, 0) for tune in tunes]
    expected = merged(BASE, experts, TaskArithmetic((0.5, 0.5)))["w"]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("steps", "fixed"), [(1, 0.8), (10, 0.6041)])
def test_client_drift(steps: int, fixed: float) -> None:
    """a = (1, 4), c = (0, 1), rate 0.1: sum w c / sum w with w = 1 - (1 - 0.1 a)^E.

    E = 1: 0.4 / 0.5. E = 10: 0.99395 / (0.65132 + 0.99395) = 0.6041.
    """

    def tune(start: State, _round: int, a: float, c: float) -> State:
        x = start["x"]
        for _ in range(steps):
            x = x - 0.1 * a * (x - c)
        return {"x": x}

    tunes = [partial(tune, a=1.0, c=0.0), partial(tune, a=4.0, c=1.0)]
    found = ATM(100)({"x": torch.zeros((), dtype=torch.float64)}, tunes)[-1].weights["x"]
    assert found.item() == pytest.approx(fixed, abs=5e-5)


def test_identical_tasks_are_ordinary_training() -> None:
    w = BASE
    for _ in range(4):
        w = step(w, 0, task=1, steps=3)
    tune = partial(step, task=1, steps=3)
    found = ATM(4)(BASE, [tune, tune, tune])[-1]
    torch.testing.assert_close(found.weights["w"], w["w"], rtol=0, atol=1e-14)
    assert found.vectors.interference == pytest.approx(1)


def test_another_rule() -> None:
    """The sum of two task vectors goes twice as far as their mean."""
    near = ATM(1)(BASE, TUNES)[0].weights["w"] - BASE["w"]
    far = ATM(1, SameScale(1.0))(BASE, TUNES)[0].weights["w"] - BASE["w"]
    torch.testing.assert_close(far, 2 * near)
    half = ATM(1, Average(0.5))(BASE, TUNES)[0].weights["w"] - BASE["w"]
    torch.testing.assert_close(half, near / 2)


def test_half_a_step_starts_from_the_last_merge() -> None:
    """One more each round, half of it kept: 0.5, then 0.5 + 0.5 (1.5 - 0.5) = 1."""
    rounds = ATM(2, Average(0.5))({"x": torch.zeros(())}, [lambda w, _: {"x": w["x"] + 1}])
    assert [r.weights["x"].item() for r in rounds] == [0.5, 1.0]


def test_rounds_are_told_and_vectors_are_of_the_round() -> None:
    told = []

    def tune(start: State, k: int) -> State:
        told.append((k, start["x"].item()))
        start["x"] += 2.0**-k  # in place: the copy is the task's own
        return start

    base = {"x": torch.zeros(())}
    rounds = ATM(3)(base, [tune])
    assert told == [(0, 0.0), (1, 1.0), (2, 1.5)]
    assert [r.vectors.gram.item() for r in rounds] == [1.0, 0.25, 0.0625]
    assert base["x"].item() == 0
    assert rounds[0].weights["x"].item() == 1.0


def test_heads_stay_apart() -> None:
    def tune(start: State, _round: int) -> State:
        return {"trunk": start["trunk"] + 1, "head": start["head"] + 5}

    base = {"trunk": torch.zeros(2), "head": torch.zeros(2)}
    done = ATM(2, keep=("head",))(base, [tune])[-1]
    assert done.weights["trunk"].tolist() == [2, 2]
    assert done.weights["head"].tolist() == [0, 0]
    assert done.vectors.gram.item() == 2  # of the trunk alone


def test_no_round_is_refused() -> None:
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        ATM(0)
