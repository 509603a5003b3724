"""The row mpts: which tasks are taken, and a model that tells their losses."""

from collections import Counter

import numpy as np
import pytest
import torch

from dubito.acquire import MPTS, Pool, TaskRisk
from dubito.acquire.risk_network import Belief, RiskNetwork, risk_loss
from laws import assert_frozen

RNG = np.random.default_rng(0)


def told(*opinions: list[float]) -> Pool:
    return Pool(np.zeros(len(opinions[0]), dtype=bool), values=np.array(opinions, dtype=float))


def test_mean_and_deviation_by_hand() -> None:
    """Opinions (0, 2, 1) and (2, 2, 2): means 1, 2, 1.5, deviations 1, 0, .5."""
    values = np.array([[0.0, 2, 1], [2, 2, 2]])
    np.testing.assert_allclose(MPTS(1, 3).score(values), [4, 2, 3])
    np.testing.assert_allclose(MPTS(2, 0).score(values), [2, 4, 3])
    assert MPTS(1, 3)(told(*values.tolist()), 2, RNG).tolist() == [0, 2]
    assert MPTS(1, 0)(told(*values.tolist()), 2, RNG).tolist() == [1, 2]


def test_without_a_score_the_first_and_with_all_wanted_all() -> None:
    pool = told(*RNG.normal(size=(3, 8)).tolist())
    assert MPTS(0, 0)(pool, 5, RNG).tolist() == [0, 1, 2, 3, 4]
    assert sorted(MPTS()(pool, 8, RNG).tolist()) == list(range(8))


def test_half_at_random() -> None:
    """The four hardest of 12 always; each of the others in half of the draws."""
    pool, rng = told(list(range(12)), list(range(12))), np.random.default_rng(1)
    drawn = [MPTS(at_random=0.5)(pool, 8, rng).tolist() for _ in range(2000)]
    assert all(rows[:4] == [11, 10, 9, 8] for rows in drawn)
    others = Counter(i for rows in drawn for i in rows[4:])
    assert set(others) == set(range(8))
    assert all(abs(n / 2000 - 0.5) < 5 * 0.5 / 2000**0.5 for n in others.values())
    all_of_them = Counter(i for _ in range(600) for i in MPTS(at_random=1.0)(pool, 3, rng))
    assert all(abs(n / 600 - 0.25) < 5 * (0.1875 / 600) ** 0.5 for n in all_of_them.values())


def batch(rows: int = 6, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 2, generator=generator), torch.rand(rows, generator=generator)


def test_a_batch_has_no_order_and_no_number() -> None:
    net, (x, y) = RiskNetwork(2), batch()
    first = net.believe(x, y)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    for same in (net.believe(x[order], y[order]), net.believe(x.repeat(3, 1), y.repeat(3))):
        torch.testing.assert_close(same.mean, first.mean)
        torch.testing.assert_close(same.log_variance, first.log_variance)
    one, four = net.believe(x[:1], y[:1]), net.believe(x[:1].expand(4, -1), y[:1].expand(4))
    torch.testing.assert_close(four.mean, one.mean)
    assert (first.log_variance > 2 * np.log(0.1)).all()
    assert (first.log_variance < 0).all()


def test_each_state_tells_each_task() -> None:
    """[K, N]: as one by one; tasks do not see each other."""
    net, (x, _) = RiskNetwork(2), batch()
    states = torch.randn(3, 10, generator=torch.Generator().manual_seed(1))
    whole = net(x, states)
    assert whole.shape == (3, 6)
    torch.testing.assert_close(net(x[4:5], states[2:3])[0, 0], whole[2, 4])


def test_the_loss_by_hand() -> None:
    """Error of the mean over states, squared and summed; then nats, .5 for each mean off by 1."""
    net, (x, y) = RiskNetwork(2), batch()
    generator = torch.Generator().manual_seed(2)
    again = torch.Generator().manual_seed(2)
    belief = net.believe(x, y)
    error = (net(x, belief.draws(20, again)).mean(dim=0) - y).square().sum()
    aside = Belief(belief.mean.detach() + 1, belief.log_variance.detach())
    nats = 0.5 * (-belief.log_variance).exp().sum()
    loss, found = risk_loss(net, x, y, aside, states=20, weight=0.3, generator=generator)
    torch.testing.assert_close(loss, error + 0.3 * nats)
    torch.testing.assert_close(found.mean, belief.mean)
    assert not found.fixed().mean.requires_grad
    assert not found.fixed().log_variance.requires_grad


def test_draws_are_of_the_belief() -> None:
    """Mean 2, deviation 3, within five standard errors."""
    belief = Belief(torch.full((1,), 2.0), torch.full((1,), 2 * float(np.log(3))))
    drawn = belief.draws(20000, torch.Generator().manual_seed(0))
    assert abs(float(drawn.mean()) - 2) < 5 * 3 / 20000**0.5
    assert abs(float(drawn.std()) - 3) < 5 * 3 / 40000**0.5
    start = RiskNetwork(2).start()
    assert float(start.mean.abs().max()) == float(start.log_variance.abs().max()) == 0


def taught(losses, *, steps: int = 400, **options: float) -> TaskRisk:
    risk, rng = TaskRisk(**options), np.random.default_rng(3)
    for _ in range(steps):
        tasks = rng.uniform(-1, 1, size=(16, 2))
        risk.partial_fit(tasks, losses(tasks))
    return risk


def test_a_constant_is_learnt_and_nothing_is_left_to_doubt() -> None:
    """In the unit that was given: 30 with a unit of 10."""
    values = taught(lambda tasks: np.full(len(tasks), 30.0), unit=10.0).predict(
        np.random.default_rng(4).uniform(-1, 1, size=(50, 2))
    )
    assert values.shape == (20, 50)
    np.testing.assert_allclose(values.mean(axis=0), 30, atol=2)
    assert values.std(axis=0).mean() < 1.5


def test_hard_tasks_are_told_from_easy_ones() -> None:
    tasks = np.random.default_rng(4).uniform(-1, 1, size=(200, 2))
    values = taught(lambda x: 1 + x[:, 0]).predict(tasks).mean(axis=0)
    assert np.corrcoef(values, tasks[:, 0])[0, 1] > 0.9


def test_the_prior_is_the_belief_of_the_batch_before() -> None:
    """Two steps of the class are two of `risk_loss`, chained by what was believed, as constants."""
    batches = [batch(seed=s) for s in (0, 1, 2)]
    risk = TaskRisk(seed=5)
    net, generator = RiskNetwork(2, seed=5), torch.Generator().manual_seed(5)
    optimiser, prior = torch.optim.Adam(net.parameters(), lr=5e-3), net.start()
    for x, y in batches:
        risk.partial_fit(x.numpy(), y.numpy())
        loss, belief = risk_loss(net, x, y, prior, states=20, weight=1.0, generator=generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        prior = Belief(belief.mean.detach().clone(), belief.log_variance.detach().clone())
    x, y = batches[-1]
    latest = net.believe(x, y)
    torch.testing.assert_close(risk.belief_.mean, latest.mean.detach())
    expected = net(x, latest.draws(20, generator)).detach()
    np.testing.assert_allclose(risk.predict(x.numpy()), expected.double().numpy(), rtol=1e-5)


def test_the_same_seed_the_same_opinions() -> None:
    tasks = np.zeros((3, 2))
    here, there = (taught(lambda x: x[:, 0] + 1, steps=3).predict(tasks) for _ in range(2))
    np.testing.assert_array_equal(here, there)
    other = taught(lambda x: x[:, 0] + 1, steps=3, seed=1).predict(tasks)
    assert not np.array_equal(here, other)


def test_before_any_batch_nothing_is_preferred() -> None:
    assert TaskRisk(states=4).predict(np.ones((3, 2))).tolist() == [[0, 0, 0]] * 4


def test_refusals() -> None:
    assert_frozen(MPTS())
    with pytest.raises(ValueError, match="at_random must be in"):
        MPTS(at_random=1.5)
    with pytest.raises(ValueError, match="unit and rate"):
        TaskRisk(unit=0.0)
    with pytest.raises(ValueError, match=r"losses \[B\] needed"):
        TaskRisk().partial_fit(np.zeros((3, 2)), np.zeros(2))
    with pytest.raises(ValueError, match="must be finite"):
        TaskRisk().partial_fit(np.zeros((2, 2)), [1.0, np.inf])
