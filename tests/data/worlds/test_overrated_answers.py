import numpy as np
import pytest

from dubito.data.worlds.overrated_answers import overrated_answers


def test_utility_is_of_one_scale_and_some_are_overrated() -> None:
    world = overrated_answers(0)
    assert world.utility.std() == pytest.approx(1, rel=0.1)
    assert set(np.unique(world.seen.excess)) == {0, 4}
    assert (world.seen.excess > 0).mean() == pytest.approx(0.15, abs=0.03)
    correlation = np.corrcoef(world.seen.excess.flatten(), world.utility.flatten())[0, 1]
    assert abs(correlation) < 0.08  # 4 / sqrt(2400)


def test_pairs_follow_the_utility_that_candidates_are_judged_by() -> None:
    """Regress what is worth more on the candidates; pairs mostly lean that way."""
    world = overrated_answers(1, pairs=2000, prompts=2000)
    answers = world.seen.candidates.reshape(-1, 16)
    slope = np.linalg.lstsq(answers, world.utility.flatten(), rcond=None)[0]
    assert (world.seen.chosen @ slope > world.seen.rejected @ slope).mean() > 0.7


def test_shuffled_and_repeated() -> None:
    world = overrated_answers(2, pairs=10, prompts=5)
    null = world.shuffled(np.random.default_rng(0))
    assert null.seen is world.seen
    assert not np.array_equal(null.utility, world.utility)
    np.testing.assert_allclose(np.sort(null.utility), np.sort(world.utility))
    again = overrated_answers(2, pairs=10, prompts=5)
    np.testing.assert_array_equal(again.seen.chosen, world.seen.chosen)
    np.testing.assert_array_equal(again.utility, world.utility)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="2 candidates"):
        overrated_answers(0, candidates=1)
    with pytest.raises(ValueError, match=r"got 1\.5"):
        overrated_answers(0, share=1.5)
