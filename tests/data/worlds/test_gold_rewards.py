import numpy as np
import pytest

from dubito.data.worlds.gold_rewards import gold_rewards


def test_gold_is_of_one_scale_and_pairs_follow_it() -> None:
    world = gold_rewards(0)
    familiar, far = np.split(world.gold, 2, axis=1)
    assert familiar.mean() == pytest.approx(0, abs=0.1)
    assert familiar.std() == pytest.approx(1, rel=0.1)
    assert far.std() > 1
    lead = world.rewarded(world.seen.chosen) - world.rewarded(world.seen.rejected)
    assert 0.75 < (lead > 0).mean() < 0.95


def test_unfamiliar_answers_leave_the_directions_of_the_pairs() -> None:
    """Eight directions hold all but 16 * 0.01 of the pairs' 24; of a far answer a third."""
    world = gold_rewards(1)
    known = np.linalg.svd(world.seen.chosen, full_matrices=False)[2][:8]
    near, far = np.split(world.seen.candidates, 2, axis=1)
    for answers, share, length in ((near, 0.993, 24), (far, 1 / 3, 96)):
        inside = ((answers @ known.T) ** 2).sum() / (answers**2).sum()
        assert inside == pytest.approx(share, abs=0.01)
        assert (answers**2).sum(axis=-1).mean() == pytest.approx(length, rel=0.05)


def test_shuffled_and_repeated() -> None:
    world = gold_rewards(2, pairs=10, prompts=3, candidates=6)
    null = world.shuffled(np.random.default_rng(0))
    assert null.seen is world.seen
    assert not np.array_equal(null.gold, world.gold)
    np.testing.assert_allclose(np.sort(null.gold), np.sort(world.gold))
    again = gold_rewards(2, pairs=10, prompts=3, candidates=6)
    np.testing.assert_array_equal(again.seen.candidates, world.seen.candidates)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="2 candidates"):
        gold_rewards(0, candidates=1)
