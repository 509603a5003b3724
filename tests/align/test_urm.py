"""The row urm: rewards that are Gaussians, what counts for a prompt, and where models disagree."""

import math

import pytest
import torch

from dubito.align.reward_ensemble import EnsembleReward, Rewards
from dubito.align.reward_gaps import SurestRewards, gaps, surest
from dubito.align.urm import URM
from dubito.nn.gaussian_head import Gaussian
from dubito.nn.member_mlp import descend_members
from dubito.nn.tiny_training import Schedule

SHORT = Schedule(steps=150, rate=5e-3, weight_decay=0.0)


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


X = normal(400, 3)
# One attribute with little noise where x1 < 0 and much elsewhere, one with its sign turned.
NOISE = torch.where(X[:, 0] < 0, 0.1, 1.0)
RATED = torch.stack(
    [X[:, 1] + NOISE * normal(400, seed=1), -X[:, 1] + 0.2 * normal(400, seed=2)], 1
)


def fitted(**options) -> URM:
    return URM(schedule=SHORT, widths=(32,), **options).fit(X, RATED)


def test_attributes_and_their_noise_are_learnt() -> None:
    said = fitted().attributes(X)
    assert said.mean.shape == said.sd.shape == (3, 400, 2)
    assert torch.corrcoef(torch.stack([said.mean[0, :, 0], X[:, 1]]))[0, 1] > 0.9
    quiet, loud = (said.sd[..., 0].mean(dim=0)[side].mean() for side in (X[:, 0] < 0, X[:, 0] > 0))
    assert quiet < 0.5 < loud


def test_attributes_count_alike_without_a_gate() -> None:
    """Means 1 and 3: 2. Deviations 3 and 4: sqrt(9 / 4 + 16 / 4) = 2.5."""
    model = fitted()

    def said(_x: torch.Tensor) -> Gaussian:
        return Gaussian(t(1, 3).expand(3, 1, 2), t(3, 4).log().expand(3, 1, 2))

    model.attributes = said  # pyright: ignore[reportAttributeAccessIssue]
    got = model.predict(X[:1])
    assert got.mean.tolist() == [[2]] * 3
    assert got.sd.flatten().tolist() == pytest.approx([2.5] * 3)


def test_gate_learns_what_counts_for_a_prompt() -> None:
    """Prompts above 0 want the first attribute, others the second, which is its opposite."""
    model = fitted()
    prompts = normal(300, 2, seed=3)
    a, b = normal(300, 3, seed=4), normal(300, 3, seed=5)
    better = (a[:, 1] > b[:, 1]) == (prompts[:, 0] > 0)
    chosen, rejected = (
        torch.where(better[:, None], a, b),
        torch.where(better[:, None], b, a),
    )
    before = model.values_
    model.fit_gate(prompts, chosen, rejected)
    assert model.values_ is before
    weight = model.weights(prompts, 2)
    assert torch.allclose(weight.sum(dim=-1), t(1.0))
    first = weight[0, :, 0]
    assert first[prompts[:, 0] > 0.5].mean() > 0.8
    assert first[prompts[:, 0] < -0.5].mean() < 0.2
    lead = model.predict(chosen, prompts).mean - model.predict(rejected, prompts).mean
    assert (lead > 0).double().mean() > 0.85


def test_what_counts_begins_alike() -> None:
    """No step of learning: 1 / K, whatever the prompt."""
    model = fitted()
    model.schedule = Schedule(steps=1, rate=1e-12, weight_decay=0.0)
    model.fit_gate(normal(10, 2), X[:10], X[10:20])
    assert torch.allclose(model.weights(normal(4, 2), 2), t(0.5))
    assert model.fit(X, RATED).gate_ is None


def test_missing_ratings_are_left_out() -> None:
    """The second attribute, about 2, is rated for half of the answers: about 2, not 1."""
    ratings = RATED + t(0, 2)
    ratings[:200, 1] = math.nan
    said = URM(schedule=SHORT, widths=(32,)).fit(X, ratings).attributes(X).mean
    assert said[..., 1].mean() > 1.5
    assert said.isfinite().all()


def test_members_differ_and_seeds_repeat() -> None:
    mean = fitted().attributes(X).mean
    assert not torch.allclose(mean[0], mean[1], atol=1e-3)
    assert torch.equal(fitted().attributes(X).mean, mean)
    assert not torch.equal(fitted(seed=1).attributes(X).mean, mean)


def test_gaps_by_hand() -> None:
    """Rewards 1, 4, 2: 3. Deviations 1, 2, 5: 4 between them, at most 5. Equal members: 0, 0."""
    said = Gaussian(t(1, 7, 4, 7, 2, 7).view(3, 2), t(1, 2, 2, 2, 5, 2).log().view(3, 2))
    got = gaps(said)
    assert got.reward.tolist() == [3, 0]
    assert got.deviation.tolist() == pytest.approx([4, 0])
    assert got.noisiest.tolist() == pytest.approx([5, 2])


def test_surest() -> None:
    """Half of 1, 2, 3, 4: those not above 2.5. All alike: all."""
    assert surest(t(3, 1, 4, 2), 0.5).tolist() == [False, True, False, True]
    assert surest(t(1, 1, 1), 0.1).all()
    assert surest(t(3, 1, 4), 1).all()
    rewards = Rewards(t(5, 6), t(2, 1), t(4, 1))
    assert str(SurestRewards(0.5)(rewards).tolist()) == "[nan, 6.0]"


def test_as_a_reward_function() -> None:
    """Spreads 0 and 2: the second answer has no reward."""
    members = t(1, 0, 1, 4).view(2, 2)
    assert EnsembleReward(lambda *_: members, SurestRewards(0.5))(["?"] * 2, ["a", "b"]) == [
        1,
        None,
    ]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="not fitted"):
        URM().predict(X)
    with pytest.raises(ValueError, match="no rating"):
        URM().fit(X, torch.full((400, 1), math.nan))
    with pytest.raises(ValueError, match="share"):
        surest(t(1), 0)
    model = fitted().fit_gate(normal(10, 2), X[:10], X[10:20])
    with pytest.raises(ValueError, match="give them"):
        model.predict(X)


def test_batches_without_a_rating(monkeypatch) -> None:
    """One rated answer in 40, in batches of 4: nine in ten cost nothing, none is 0 / 0."""
    losses: list[float] = []

    def watched(*args, **options) -> list[float]:
        losses.extend(descend_members(*args, **options))
        return losses

    monkeypatch.setattr("dubito.align.urm.descend_members", watched)
    ratings = torch.full((40, 1), torch.nan, dtype=torch.float64)
    ratings[7] = 1.0
    schedule = Schedule(steps=20, rate=5e-3, weight_decay=0.0)
    model = URM(members=2, widths=(4,), schedule=schedule, batch=4).fit(X[:40], ratings)
    assert all(math.isfinite(value) for value in losses)
    assert {0.0} < {*losses}
    assert all(p.isfinite().all() for p in model.values_.parameters())
