"""Several rewards of one answer: mean, disagreement, and offsets that mean nothing."""

import math

import pytest
import torch

from dubito.align.reward_ensemble import (
    EnsembleReward,
    Rewards,
    RunningMean,
    ensemble_rewards,
    scored,
)


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_by_hand() -> None:
    """Rewards 1, 2, 3: mean 2, spread sqrt(2/3) over three, variance 1 over two. Equal: none."""
    got = ensemble_rewards(t(1, 5, 2, 5, 3, 5).view(3, 2))
    assert got.mean.tolist() == [2, 5]
    assert got.spread.tolist() == pytest.approx([math.sqrt(2 / 3), 0])
    assert got.variance.tolist() == pytest.approx([1, 0])


def test_offsets_are_taken_away() -> None:
    """Members 0 and 10 + the same: spread 5 everywhere, and 0 once their means are taken."""
    base, reference = t(1, -2, 4), t(0, 3)
    members, other = torch.stack([base, base + 10]), torch.stack([reference, reference + 10])
    assert ensemble_rewards(members).spread.tolist() == pytest.approx([5, 5, 5])
    got = ensemble_rewards(members, reference=other)
    assert got.spread.tolist() == pytest.approx([0, 0, 0])
    assert got.mean.tolist() == pytest.approx([-0.5, -3.5, 2.5])
    whole = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    one = ensemble_rewards(whole, reference=whole).spread
    moved = whole + torch.arange(4)[:, None]
    assert torch.allclose(ensemble_rewards(moved, reference=moved).spread, one, atol=1e-6)


def test_a_reward_function_is_not_learnt_through() -> None:
    members = torch.randn(3, 4, requires_grad=True)
    reward = EnsembleReward(lambda *_: 2 * members)
    reward(["?"] * 4, ["!"] * 4)
    assert reward.last_ is not None
    assert not any(part.requires_grad for part in reward.last_)


def test_running_mean_is_of_all_that_was_seen() -> None:
    """1, 2, 3 and then 10: 4, not the mean of the batches' means, 6."""
    seen = RunningMean().after(t(1, 2, 3)).after(t(10))
    assert (seen.mean, seen.number) == (4, 4)
    assert math.isnan(RunningMean().mean)


def test_columns_reach_the_members() -> None:
    def members(prompts: list[str], completions: list[str], *, country: list[str]) -> torch.Tensor:
        return torch.tensor([[len(p) + len(c) for p, c in zip(prompts, country, strict=True)]])

    assert scored(members, ["a", "bb"], ["x", "y"], {"country": ["Oz", "Ur"]}).tolist() == [[3, 4]]


def lengths(prompts: list[str], completions: list[str], **columns: object) -> torch.Tensor:
    """Two members: the answer's length, and twice that."""
    assert len(prompts) == len(completions)
    assert "trainer_state" in columns
    size = torch.tensor([float(len(c)) for c in completions])
    return torch.stack([size, 2 * size])


def test_as_a_reward_function() -> None:
    """Means 1.5 and 4.5; what is shaped into NaN is not scored; the disagreement is kept."""
    given = {"prompts": ["?", "?"], "completions": ["a", "abc"], "trainer_state": None}
    plain = EnsembleReward(lengths)
    assert plain.last_ is None
    assert plain(**given) == [1.5, 4.5]
    assert plain.last_ is not None
    assert plain.last_.spread.tolist() == [0.5, 1.5]

    def short(rewards: Rewards) -> torch.Tensor:
        return torch.where(rewards.spread < 1, rewards.mean, math.nan)

    assert EnsembleReward(lengths, short)(**given) == [1.5, None]
    reference = torch.tensor([[0.0, 2.0], [1.0, 3.0]])
    assert EnsembleReward(lengths, reference=reference)(**given) == [0, 3]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="M >= 2"):
        ensemble_rewards(torch.zeros(1, 4))
    with pytest.raises(ValueError, match="reference of 2"):
        ensemble_rewards(torch.zeros(3, 4), reference=torch.zeros(2, 4))
    with pytest.raises(ValueError, match="finite"):
        RunningMean().after(t(1, math.nan))
    with pytest.raises(ValueError, match=r"rewards \[M, 2\] of 2 answers"):
        scored(lambda *_: torch.zeros(3, 1), ["a", "b"], ["c", "d"], {})
