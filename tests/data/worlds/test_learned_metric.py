import numpy as np

from dubito.data.worlds.learned_metric import EDGE, learned_metric, quality, segments


def test_quality_by_hand() -> None:
    """sin 0 + .5 * .5 + .5 * 1 + 4 * (.9 - .4) * .3 = .25 + .5 + .6."""
    x = np.array([[0.9, 0, 0.5, 0.5, 1, 0.3, 0, 0]])
    assert np.allclose(quality(x), 1.35)
    x[0, 0] = -0.5
    assert np.allclose(quality(x), 0.75)


def test_shares_and_noise_are_as_planted() -> None:
    x, human = segments(20_000, beyond=0.3, rng=np.random.default_rng(0))
    assert abs((x[:, 0] > EDGE).mean() - 0.3) < 5 * np.sqrt(0.21 / 20_000)
    assert abs((human - quality(x)).std() - 0.2) < 5 * 0.2 / np.sqrt(40_000)


def test_same_seed_same_bits_and_shuffling_keeps_passes_and_errors() -> None:
    world = learned_metric(0, learnt=60, fitted=30, judged=20, passes=6)
    again = learned_metric(0, learnt=60, fitted=30, judged=20, passes=6)
    assert np.array_equal(world.passes, again.passes)
    assert world.passes.shape == (50, 6)
    other = world.shuffled(np.random.default_rng(1))
    mean = world.passes.mean(axis=1)
    assert np.allclose(np.sort(other.human - mean), np.sort(world.human - mean))
    assert not np.allclose(other.human, world.human)
