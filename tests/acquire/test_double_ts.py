"""The row double-ts: which two arms, how often; and reward functions tied to their start."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import torch

from dubito.acquire import Boltzmann, DoubleThompson, Pool, RewardParticles, most_disputed_pair
from laws import assert_frozen

DRAWS = 6000


def arms(*values: list[float]) -> Pool:
    return Pool(np.zeros(len(values[0]), dtype=bool), values=np.array(values, dtype=float))


def drawn(query: DoubleThompson | Boltzmann, pool: Pool, k: int = 2) -> Counter:
    rng = np.random.default_rng(0)
    return Counter(tuple(query(pool, k, rng).tolist()) for _ in range(DRAWS))


def assert_share(count: int, share: float) -> None:
    assert abs(count / DRAWS - share) <= 5 * np.sqrt(share * (1 - share) / DRAWS)


def test_one_member_is_greedy_and_then_any_other() -> None:
    found = drawn(DoubleThompson(), arms([0.0, 3.0, 1.0, 2.0]))
    assert {first for first, _ in found} == {1}
    for other in (0, 2, 3):
        assert_share(found[1, other], 1 / 3)


@pytest.mark.parametrize(
    ("resamples", "n", "share"), [(1, 3, "3/4"), (2, 3, "7/8"), (3, 5, "29/32")]
)
def test_two_members_that_differ(resamples: int, n: int, share: str) -> None:
    """The pair of their best arms has the chance 1 - 2^-K + 2^-K / (N - 1)."""
    exact = 1 - Fraction(1, 2**resamples) + Fraction(1, 2**resamples * (n - 1))
    assert exact == Fraction(share)
    values = np.zeros((2, n))
    values[0, 0] = values[1, 1] = 1.0
    found = drawn(DoubleThompson(resamples), arms(*values.tolist()))
    assert_share(found[0, 1] + found[1, 0], float(exact))
    assert_share(found[0, 1], float(exact) / 2)


def test_a_members_offset_means_nothing() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(6, 5))
    moved = values + 10 * rng.normal(size=(6, 1))
    for query in (DoubleThompson(3), most_disputed_pair):
        here, there = (
            [query(arms(*v.tolist()), 2, np.random.default_rng(s)).tolist() for s in range(40)]
            for v in (values, moved)
        )
        assert here == there


def test_more_arms_are_all_different_and_each_the_best_of_some_draw() -> None:
    found = drawn(DoubleThompson(200), arms(*np.eye(6).tolist()[:3]), k=3)
    assert {tuple(sorted(rows)) for rows in found} == {(0, 1, 2)}
    for order in ((0, 1, 2), (2, 0, 1)):
        assert_share(found[order], 1 / 6)


def test_labelled_arms_are_left_out() -> None:
    pool = Pool(np.array([False, True, False]), values=np.array([[1.0, 9.0, 0.0], [0.0, 9.0, 1.0]]))
    assert {tuple(sorted(rows)) for rows in drawn(DoubleThompson(), pool)} == {(0, 2)}


def test_infomax_takes_the_pair_in_dispute() -> None:
    """Rewards (0, 2, 0) and (0, -2, 0): arm 1 against another; 0 against 2 has no variance."""
    rng = np.random.default_rng(0)
    assert most_disputed_pair(arms([0, 2, 0], [0, -2, 0]), 2, rng).tolist() == [0, 1]
    assert most_disputed_pair(arms([0, 0, 2], [0, 0, -2]), 2, rng).tolist() == [0, 2]
    # Far apart all agree, so the sigmoid hides what the differences still say.
    assert most_disputed_pair(arms([30, 0, 0.5], [90, 0, -0.5]), 2, rng).tolist() == [1, 2]


def test_boltzmann_draws_by_the_mean() -> None:
    """Means log 1, log 2, log 3 at temperature 1: first 1/6, 2/6, 3/6; of pairs (2, 1) 1/2 2/3."""
    values = np.log([[1, 2, 3]]) + np.array([[4.0, -1, 2], [-4, 1, -2]])
    found = drawn(Boltzmann(), arms(*values.tolist()))
    for arm, share in enumerate((1 / 6, 2 / 6, 3 / 6)):
        assert_share(sum(n for (first, _), n in found.items() if first == arm), share)
    assert_share(found[2, 1], 1 / 3)
    cold = drawn(Boltzmann(1e-3), arms(*values.tolist()))
    assert set(cold) == {(2, 1)}


def model(**options: float) -> RewardParticles:
    return RewardParticles(3, particles=4, widths=(5,), **options).double()


def answers(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed)).double()


def test_at_the_start_nothing_pulls() -> None:
    net = model()
    departure = net.departure()
    departure.backward()
    assert float(departure.detach()) == 0
    assert all(float(p.grad.abs().max()) == 0 for p in net.network.parameters())


def test_the_loss_by_hand() -> None:
    """Sum over particles of mean -log sigmoid(difference), and tie / seen of the distance squared.

    All weights moved by .1: 4 particles of 3 5 + 5 + 5 + 1 = 26 numbers, so 104 times .01.
    """
    net, won, lost = model(tie=3.0), answers(6), answers(6, seed=1)
    with torch.no_grad():
        for p in net.network.parameters():
            p.add_(0.1)
    apart = net(won) - net(lost)  # [4, 6]
    expected = -apart.sigmoid().log().mean(dim=1).sum() + 3 * 1.04 / 12
    assert float(net.loss(won, lost, seen=12).detach()) == pytest.approx(float(expected.detach()))


def test_particles_are_tied_to_their_own_start() -> None:
    """With hardly any data and a strong tie they stay apart; tied to 0 they would not."""
    net = RewardParticles(3, particles=4, widths=(5,), tie=100.0)
    x = answers(40).float()
    before = net(x).detach()
    optimiser = torch.optim.Adam(net.network.parameters(), lr=0.01)
    for _ in range(100):
        loss = net.loss(x[:2], x[2:4], seen=2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = net(x).detach()
    assert float((after - before).std()) < 0.05 * float(before.std(dim=0).mean())
    assert not any(p.requires_grad for p in net.start)


def test_a_particle_learns_as_it_would_alone() -> None:
    """The sum of losses: its slopes are the same, however many others there are."""
    many, won, lost = model(), answers(6), answers(6, seed=1)
    many.loss(won, lost, seen=6).backward()
    alone = RewardParticles(3, particles=1, widths=(5,)).double()
    for p, q in zip(alone.parameters(), many.parameters(), strict=True):
        p.data.copy_(q.data[:1])
    alone.loss(won, lost, seen=6).backward()
    for p, q in zip(alone.network.parameters(), many.network.parameters(), strict=True):
        torch.testing.assert_close(p.grad[0], q.grad[0])


def test_refusals() -> None:
    assert_frozen(DoubleThompson())
    assert_frozen(Boltzmann())
    with pytest.raises(ValueError, match="resamples"):
        DoubleThompson(0)
    with pytest.raises(ValueError, match="temperature"):
        Boltzmann(0.0)
    with pytest.raises(ValueError, match="tie must be"):
        model(tie=-1.0)
    with pytest.raises(ValueError, match=r"1 \.\. 3 comparisons"):
        model().loss(answers(4), answers(4), seen=3)
    with pytest.raises(ValueError, match="a pair has two arms"):
        most_disputed_pair(arms([1, 2, 3]), 3, np.random.default_rng(0))
