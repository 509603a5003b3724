"""The row recap: weights of objectives by how their losses move, and where they act."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from align.tiny_trl import grpo, losses
from dubito.align.objective_rewards import ObjectiveRewards
from dubito.align.pieces import Pieces, Rollout
from dubito.align.recap import RECAP, by_objective, movement

# TRL still says gradient_checkpointing, which transformers has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*:FutureWarning")

SEEDED = torch.Generator().manual_seed(0)
CURVES = torch.rand(20, 3, generator=SEEDED, dtype=torch.float64) + 0.5


def t(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def told(recap: RECAP, history: Tensor) -> Tensor:
    """The weights after the last of these losses."""
    weights = torch.empty(0)
    for row in history:
        weights = recap(row)
    return weights


STEPPED = torch.stack([torch.ones(20), torch.cat([2 * torch.ones(10), torch.ones(10)])], 1).double()


def test_movement_by_hand() -> None:
    """Flat: 1. From 2 to 1: 2, and sqrt(10 / 19) / 3 = .2418 beside it."""
    assert movement(STEPPED).tolist() == pytest.approx([1, 2 + math.sqrt(10 / 19) / 3])


@pytest.mark.parametrize(
    ("temperature", "wanted"), [(5.0, (0.8765, 1.1235)), (0.2, (0.0040, 1.9960))]
)
def test_weights_by_hand(temperature: float, wanted: tuple[float, float]) -> None:
    got = told(RECAP(window=10, temperature=temperature), STEPPED)
    assert got.tolist() == pytest.approx(wanted, abs=5e-5)


def test_until_there_are_two_windows_all_weigh_1() -> None:
    recap = RECAP(window=2)
    weights = [recap(row).tolist() for row in CURVES[:4]]
    assert weights[:3] == [[1, 1, 1]] * 3
    assert weights[3] != [1, 1, 1]


def test_only_two_windows_count() -> None:
    recent = told(RECAP(window=3), CURVES[-6:])
    assert torch.equal(told(RECAP(window=3), CURVES), recent)
    recap = RECAP(window=3)
    told(recap, CURVES)
    assert recap.seen_ is not None
    assert torch.equal(recap.seen_, CURVES[-6:])
    resumed = RECAP(window=3)
    resumed.seen_ = recap.seen_
    assert torch.equal(resumed(CURVES[0]), recap(CURVES[0]))


def test_mean_order_units_and_heat() -> None:
    weights = told(RECAP(), CURVES)
    assert weights.mean().item() == pytest.approx(1)
    assert (weights > 0).all()
    torch.testing.assert_close(told(RECAP(), CURVES[:, [2, 0, 1]]), weights[[2, 0, 1]])
    torch.testing.assert_close(told(RECAP(), CURVES * t(1, 100, 1)), weights)
    torch.testing.assert_close(told(RECAP(temperature=1e9), CURVES), t(1, 1, 1))
    assert told(RECAP(), CURVES[:, :1]).tolist() == [1]


def test_the_best_of_scores_plus_entropy() -> None:
    """A second opinion: scipy's optimum of <p, s> + T H(p) over the simplex."""
    score = movement(CURVES).numpy()

    def lost(z: Any) -> float:
        p = torch.softmax(torch.from_numpy(z), dim=0).numpy()
        return -float(p @ score - 0.7 * (p * torch.from_numpy(p).log().numpy()).sum())

    found = minimize(lost, [0.0, 0.0, 0.0], tol=1e-12).x
    best = torch.softmax(torch.from_numpy(found), dim=0)
    torch.testing.assert_close(told(RECAP(temperature=0.7), CURVES) / 3, best, atol=1e-5, rtol=0)


def test_who_gains() -> None:
    """Improving above noisy above flat; what gets worse, without noise, loses against flat."""
    falling, rising = torch.linspace(2, 1, 20), torch.linspace(1, 2, 20)
    noisy = torch.tensor([0.8, 1.2] * 10)
    order = told(RECAP(), torch.stack([falling, noisy, torch.ones(20), rising], dim=1).double())
    assert order.tolist() == sorted(order.tolist(), reverse=True)


def test_a_loss_of_nothing_counts_as_the_least() -> None:
    """0 for twenty steps is flat; below the floor nothing moves."""
    gone = torch.stack([torch.zeros(20), torch.linspace(9e-4, 1e-9, 20), torch.ones(20)], 1)
    assert told(RECAP(), gone).tolist() == pytest.approx([1, 1, 1])


def test_no_slope_and_the_type_of_the_losses() -> None:
    recap = RECAP(window=1)
    recap(torch.tensor([2.0, 1.0]))
    now = torch.tensor([1.0, 1.0], requires_grad=True)
    weights = recap(now)
    assert not weights.requires_grad
    assert weights.dtype == torch.float32
    (weights * now).mean().backward()
    assert now.grad is not None
    torch.testing.assert_close(now.grad, weights / 2)


def test_advantages_by_hand() -> None:
    """Groups of two: -+ 1 / sqrt(2) for each objective, whatever its scale; half of each."""
    rewards = torch.stack([t(0, 1, 5, 5, 7, 4), t(300, 0, 0, 100, 2, 2)], dim=1)
    got = by_objective(rewards, t(1.5, 0.5), group=2)
    half = 1 / math.sqrt(2) / 2
    wanted = [-1.0 * half, 1.0 * half, -0.5 * half, 0.5 * half, 1.5 * half, -1.5 * half]
    assert got.tolist() == pytest.approx(wanted, rel=1e-3)


def test_a_group_without_an_objective_has_none_of_it() -> None:
    rewards = torch.stack([t(0, 1, 0, 1), t(math.nan, 1, 1, 0)], dim=1)
    got = by_objective(rewards, t(1, 1), group=2)
    half = 1 / math.sqrt(2) / 2
    assert got.tolist() == pytest.approx([-half, half, 0, 0], abs=1e-3)


def letters_and_square(
    _prompts: Sequence[str], completions: Sequence[str], **_columns: Any
) -> Tensor:
    """Two objectives of which hardly two completions have the same, [2, B]."""
    letters = [sum(ord(c) for c in text) / 1000 for text in completions]
    return torch.stack([torch.tensor(letters), -(torch.tensor(letters) ** 2)])


def test_rewards_are_summed_and_remembered_apart() -> None:
    """1 + 2; what does not apply is left out, and where none does there is no reward."""
    given = torch.stack([t(1, math.nan, math.nan), t(2, 5, math.nan)])
    reward = ObjectiveRewards(lambda _prompts, _completions: given)
    assert reward(["?"] * 3, ["a", "b", "c"]) == [3, 5, None]
    assert reward.last_ is not None
    torch.testing.assert_close(reward.last_, given.T, equal_nan=True)
    with pytest.raises(ValueError, match=r"\[M, 2\] of 2 answers needed"):
        reward(["?"] * 2, ["a", "b"])


def test_in_a_step_of_grpo(tmp_path: Path) -> None:
    """The rewards of the rollout itself, in its order: of their sum, TRL's own advantages.

    A group's advantages sum to 0; with 1 added to each the first step's loss is -1.
    """
    reward, shown = ObjectiveRewards(letters_and_square), []

    def advantages(rollout: Rollout) -> Tensor:
        assert reward.last_ is not None
        shown.append((rollout.advantages, reward.last_))
        return 1 + by_objective(reward.last_, torch.tensor([0.5, 1.5]), group=rollout.group)

    trainer = grpo(tmp_path, Pieces(advantages=advantages), reward=reward, max_steps=1)
    own, apart = shown[0]
    summed = apart.sum(dim=1, keepdim=True)
    torch.testing.assert_close(by_objective(summed, torch.ones(1), group=2), own)
    assert losses(trainer) == pytest.approx([-1], abs=1e-5)


def test_refusals() -> None:
    for window, temperature, least in ((0, 5.0, 1e-3), (1, 0.0, 1e-3), (1, 5.0, 0.0)):
        with pytest.raises(ValueError, match="window must be at least 1"):
            RECAP(window, temperature, least)
    recap = RECAP()
    recap(t(1, 1))
    with pytest.raises(ValueError, match=r"\[2\] needed, got \[3\]"):
        recap(t(1, 1, 1))
    for bad in (t(1, -0.5), t(1, math.nan), t(math.inf, 1)):
        with pytest.raises(ValueError, match="1 less its mean"):
            recap(bad)
    assert recap.seen_ is not None
    assert len(recap.seen_) == 1  # what is refused is not remembered
    with pytest.raises(ValueError, match="whole groups of 2"):
        by_objective(torch.ones(3, 1), t(1), group=2)
    with pytest.raises(ValueError, match="a reward is infinite"):
        by_objective(t(1, math.inf).view(2, 1), t(1), group=2)
    with pytest.raises(ValueError, match=r"weights \[K\] needed"):
        by_objective(torch.ones(4, 2), t(1), group=2)
