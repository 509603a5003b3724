"""Pools that repeat themselves, raters of many answers, waves some of which are harder."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from dubito.data.worlds.duelling_answers import duelling_answers
from dubito.data.worlds.redundant_pairs import Pairs, redundant_pairs
from dubito.data.worlds.sinusoids import sinusoids


def apart(pairs: Pairs) -> np.ndarray:
    return pairs.answers[:, 0] - pairs.answers[:, 1]


def test_most_pairs_are_of_two_kinds_and_all_are_judged() -> None:
    world = redundant_pairs(0)
    common = (world.pool.kind < 2).mean()
    assert abs(common - 0.85) < 5 * (0.85 * 0.15 / 1500) ** 0.5
    assert np.bincount(world.judged.kind).tolist() == [50] * 24
    middles = np.stack(
        [world.judged.prompts[world.judged.kind == k].mean(axis=0) for k in range(24)]
    )
    within = world.judged.prompts - middles[world.judged.kind]
    assert within.std() == pytest.approx(0.15, rel=0.05)


def test_a_reward_can_be_learnt_from_pairs_of_all_kinds_only() -> None:
    """Linear in the features, nearly: enough pairs of all kinds tell who is better."""
    even, odd = (redundant_pairs(1, common=share) for share in (2 / 24, 1.0))
    scores = [
        LogisticRegression(max_iter=2000)
        .fit(apart(w.pool), w.pool.first)
        .score(apart(w.judged), w.judged.first)
        for w in (even, odd)
    ]
    assert scores[0] > 0.8
    assert scores[1] < scores[0] - 0.05


def test_labels_have_noise_and_judgements_none() -> None:
    """Swapped answers, the other preference; of the pool's labels some are against the reward."""
    world = redundant_pairs(2)
    model = LogisticRegression(max_iter=2000).fit(apart(world.judged), world.judged.first)
    assert 0.7 < model.score(apart(world.pool), world.pool.first) < 0.95
    assert abs(world.judged.first.mean() - 0.5) < 5 * 0.5 / 1200**0.5


def test_shuffled_preferences_tell_nothing() -> None:
    world = redundant_pairs(3, common=2 / 24)
    null = world.shuffled(np.random.default_rng(0))
    assert null.pool.answers is world.pool.answers
    assert null.pool.first.sum() == world.pool.first.sum()
    model = LogisticRegression(max_iter=2000).fit(apart(null.pool), null.pool.first)
    assert abs(model.score(apart(null.judged), null.judged.first) - 0.5) < 0.08


def test_a_rater_prefers_the_better_answer_as_bradley_and_terry_say() -> None:
    world = duelling_answers(0, asked=3000, judged=10, answers=4)
    reward = world.asked.reward
    chance = 1 / (1 + np.exp(-2 * (reward[:, 0] - reward[:, 1])))
    won = np.array([world.first_wins(i, 0, 1) for i in range(3000)])
    assert abs((won - chance).mean()) < 5 * ((chance * (1 - chance)).mean() / 3000) ** 0.5
    assert np.corrcoef(won, chance)[0, 1] > 0.5
    both = np.concatenate([reward.ravel(), world.judged.reward.ravel()])
    assert both.mean() == pytest.approx(0, abs=1e-9)
    assert both.std() == pytest.approx(1)


def test_shuffled_rewards_are_of_other_answers_to_the_same_prompt() -> None:
    world = duelling_answers(1, asked=400, judged=5, answers=10)
    null = world.shuffled(np.random.default_rng(0))
    for part, other in ((world.asked, null.asked), (world.judged, null.judged)):
        assert other.answers is part.answers
        np.testing.assert_array_equal(np.sort(other.reward), np.sort(part.reward))
    same = np.corrcoef(world.asked.reward.ravel(), null.asked.reward.ravel())[0, 1]
    assert abs(same - 1 / 10) < 5 / 4000**0.5  # one of ten stays where it is


def test_waves_are_what_is_told_of_them() -> None:
    world = sinusoids(0, steps=300, judged=50)
    waves = world.tasks.candidates
    assert waves.points.shape == (300, 32, 20)
    assert world.tasks.judged.values.shape == (50, 20)
    again = waves.amplitude[..., None] * np.sin(waves.points - waves.phase[..., None])
    np.testing.assert_allclose(waves.values, again)
    raw = np.stack([waves.amplitude, waves.phase], axis=-1)
    for i in range(2):
        assert np.corrcoef(world.told[..., i].ravel(), raw[..., i].ravel())[0, 1] > 0.999999
    np.testing.assert_allclose(world.told.mean(axis=(0, 1)), 0, atol=0.06)
    np.testing.assert_allclose(world.told.std(axis=(0, 1)), 1, atol=0.03)


def test_shuffled_waves_are_told_to_be_others_of_their_step() -> None:
    world = sinusoids(1, steps=200, judged=5)
    null = world.shuffled(np.random.default_rng(0))
    assert null.tasks is world.tasks
    order = np.sort(null.told[..., 0]), np.sort(world.told[..., 0])
    np.testing.assert_array_equal(*order)
    pairs = {tuple(t) for t in world.told.reshape(-1, 2)}
    assert {tuple(t) for t in null.told.reshape(-1, 2)} == pairs
    amplitude = world.tasks.candidates.amplitude.ravel()
    assert abs(np.corrcoef(null.told[..., 0].ravel(), amplitude)[0, 1]) < 5 / 6400**0.5


def test_same_seed_same_worlds() -> None:
    for build, read in (
        (redundant_pairs, lambda w: w.pool.answers),
        (duelling_answers, lambda w: w.asked.answers[:9]),
        (lambda seed: sinusoids(seed, steps=3, judged=2), lambda w: w.tasks.candidates.points),
    ):
        np.testing.assert_array_equal(read(build(4)), read(build(4)))
        assert not np.array_equal(read(build(4)), read(build(5)))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="common must be in"):
        redundant_pairs(0, common=1.5)
    with pytest.raises(ValueError, match="needs 2 answers"):
        duelling_answers(0, answers=1)
    with pytest.raises(ValueError, match="points must be even"):
        sinusoids(0, steps=1, points=3)
