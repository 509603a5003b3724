import numpy as np

from dubito.data.worlds.symbol_rules import symbol_rules


def test_known_rules_are_right_nine_times_in_ten_and_others_by_chance() -> None:
    """.9 + .1 / 10 = .91 and .1."""
    world = symbol_rules(0)
    right = np.take_along_axis(world.rule, world.asked, axis=1)[..., None] == world.replies
    known = np.take_along_axis(world.known, world.asked, axis=1)
    n = known.sum() * 10
    assert abs(right[known].mean() - 0.91) < 5 * np.sqrt(0.91 * 0.09 / n)
    assert abs(right[~known].mean() - 0.1) < 5 * np.sqrt(0.09 / ((~known).sum() * 10))
    assert (world.known.sum(axis=1) == 8).all()


def test_pool_answers_obey_the_same_law_until_they_are_shuffled() -> None:
    world = symbol_rules(1)

    def agreement(w) -> float:
        right = np.take_along_axis(w.rule, w.pool, axis=1)[..., None] == w.drawn
        return right[np.take_along_axis(w.known, w.pool, axis=1)].mean()

    assert abs(agreement(world) - 0.91) < 0.02
    other = world.shuffled(np.random.default_rng(0))
    assert agreement(other) < 0.3
    assert np.array_equal(np.sort(other.pool, axis=1), np.sort(world.pool, axis=1))


def test_same_seed_same_bits() -> None:
    assert np.array_equal(symbol_rules(5).replies, symbol_rules(5).replies)
