"""The row up-rlhf: members that are pushed apart, and rewards less what they disagree about."""

import math

import pytest
import torch
from torch import nn

from dubito.align.diverse_members import diverse_loss, diversity, mean_diversity
from dubito.align.penalty import DisagreementPenalty
from dubito.align.reward_ensemble import EnsembleReward, Rewards, ensemble_rewards
from dubito.nn.low_rank_sampling import sampled
from dubito.posterior.lora_ensemble import LoRAEnsemble


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_card_diversities() -> None:
    """diag(3, 4): nuclear 7, Frobenius 5. Ten times it: the same. One direction: 1."""
    a = torch.diag(t(3, 4))[None]
    assert diversity(a).item() == pytest.approx(1.4)
    assert diversity(10 * a).item() == pytest.approx(1.4)
    assert diversity(t(1, 2).expand(3, 2, 2)).item() == pytest.approx(1)


def test_identical_and_orthogonal_members() -> None:
    """Orthonormal rows, r = 2: sqrt(2) for one member and for three equal ones, sqrt(6) apart."""
    rows = torch.linalg.qr(normal(8, 6))[0].T.reshape(3, 2, 8)
    assert diversity(rows[:1].expand(3, 2, 8)).item() == pytest.approx(math.sqrt(2))
    assert diversity(rows).item() == pytest.approx(math.sqrt(6))
    # No more directions than columns: ten members in 8 dimensions.
    assert diversity(normal(10, 2, 8)).item() <= math.sqrt(8)
    one = normal(1, 2, 8)
    assert diversity(one.expand(4, 2, 8)).item() == pytest.approx(diversity(one).item())


def test_diversity_rises_along_its_slope() -> None:
    a = normal(3, 2, 8).requires_grad_()
    assert torch.autograd.gradcheck(diversity, a)
    wide = normal(5, 2, 4).requires_grad_()  # more rows than columns
    assert torch.autograd.gradcheck(diversity, wide)
    apart = normal(1, 2, 8).repeat(3, 1, 1) + 1e-3 * normal(3, 2, 8, seed=1)
    before = diversity(apart).item()
    for _ in range(300):
        apart = apart.detach().requires_grad_()
        diversity(apart).backward()
        apart = apart + 0.5 * apart.grad
    assert before < 1.5
    assert diversity(apart).item() == pytest.approx(math.sqrt(6), abs=0.01)


def ensemble(members: int = 3) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    LoRAEnsemble(members=members, rank=2).attach(net.double(), ("0", "2"), heads=("4",))
    return net


def test_loss_by_hand() -> None:
    """Rewards 0 and 4 against 2 and 2: (log(1 + e^2) + log(1 + e^-2)) / 2; their means tie, log 2.

    Less half of the mean of two layers' diversity.
    """
    net, chosen, rejected = ensemble(2), t(0, 4)[:, None], t(2, 2)[:, None]
    each = [diversity(net[i].a).item() for i in (0, 2)]
    assert mean_diversity(net).item() == pytest.approx(sum(each) / 2)
    own = (math.log1p(math.exp(2)) + math.log1p(math.exp(-2))) / 2
    for joint, preference in ((False, own), (True, math.log(2))):
        got = diverse_loss(chosen, rejected, net, weight=0.5, joint=joint)
        assert got.item() == pytest.approx(preference - 0.25 * sum(each))
        got = diverse_loss(chosen, rejected, net, weight=0, joint=joint)
        assert got.item() == pytest.approx(preference)


def trained(weight: float) -> nn.Sequential:
    net, x, y = ensemble(), normal(30, 6), normal(30, 6, seed=1)
    better = (x[:, 0] > y[:, 0])[:, None]
    won, lost = torch.where(better, x, y), torch.where(better, y, x)
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.02)
    for _ in range(60):
        with sampled(net):
            rewards = [net(rows)[:, 0].unflatten(0, (3, 30)) for rows in (won, lost)]
        optimiser.zero_grad()
        diverse_loss(*rewards, net, weight=weight).backward()
        optimiser.step()
    return net


def test_training_learns_and_the_term_keeps_members_apart() -> None:
    plain, apart = trained(0), trained(0.5)
    assert mean_diversity(apart) > mean_diversity(plain) + 0.05
    x = normal(200, 6, seed=2)
    with sampled(apart), torch.no_grad():
        rewards = apart(x)[:, 0].unflatten(0, (3, 200))
    got = ensemble_rewards(rewards)
    assert torch.corrcoef(torch.stack([got.mean, x[:, 0]]))[0, 1] > 0.6
    assert got.spread.min() > 0


def rewards(mean: torch.Tensor, spread: torch.Tensor) -> Rewards:
    return Rewards(mean, spread, spread.square())


def test_penalty_by_hand() -> None:
    """Spreads 1, 3: level 2, rewards 5 + 1 and 5 - 1. Then 8 alone: level 12 / 3 = 4, 5 - 4."""
    penalty = DisagreementPenalty()
    assert penalty(rewards(t(5, 5), t(1, 3))).tolist() == [6, 4]
    assert penalty(rewards(t(5), t(8))).tolist() == [1]
    assert penalty.seen_.mean == 4
    half = DisagreementPenalty(weight=0.5)
    assert half(rewards(t(5, 5), t(1, 3))).tolist() == [5.5, 4.5]
    assert DisagreementPenalty(weight=0)(rewards(t(5, 7), t(1, 3))).tolist() == [5, 7]


def test_level_cancels_within_a_group_and_goes_on_from_a_checkpoint() -> None:
    seen = rewards(t(5, 6, 7), t(1, 3, 2))
    fresh, used = DisagreementPenalty(), DisagreementPenalty()
    used(rewards(t(0), t(100)))
    a, b = fresh(seen), used(seen)
    assert not torch.equal(a, b)
    assert torch.allclose(a - a.mean(), b - b.mean())
    resumed = DisagreementPenalty()
    resumed.seen_ = used.seen_
    assert torch.equal(resumed(seen), used(seen))


def test_as_a_reward_function() -> None:
    """Members 1, 3 and 5, 5: means 2 and 5, spreads 1 and 0, level 1/2."""
    given = EnsembleReward(lambda *_: t(1, 5, 3, 5).view(2, 2), DisagreementPenalty())
    assert given(["?", "?"], ["a", "b"]) == [1.5, 5.5]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="weight"):
        DisagreementPenalty(weight=-1)
    with pytest.raises(ValueError, match="weight"):
        diverse_loss(t(1)[None], t(1)[None], ensemble(), weight=-1)
    with pytest.raises(ValueError, match="not all 0"):
        diversity(torch.zeros(2, 2, 4))
    with pytest.raises(ValueError, match=r"\[N, r, d\]"):
        diversity(torch.ones(2, 4))
    with pytest.raises(ValueError, match="LoRAEnsemble"):
        mean_diversity(nn.Linear(2, 2))
