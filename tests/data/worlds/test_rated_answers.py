import numpy as np
import pytest

from dubito.data.worlds.rated_answers import rated_answers


def test_noise_and_rewards_are_in_range_and_belong_to_the_answers() -> None:
    world = rated_answers(0)
    assert [len(x) for x in (world.rated.answers, world.judged, world.held_out.prompts)] == [
        1500,
        800,
        600,
    ]
    assert 0.1 < world.noise.min() < 0.2 < 0.9 < world.noise.max() < 1
    assert np.abs(world.reward).max() <= 1
    np.testing.assert_array_equal(world.far, 4 * world.judged)
    # Ratings spread by sin's half of the variance and the noise's mean square.
    expected = 0.5 + (world.noise**2).mean()
    assert (world.rated.ratings**2).mean() == pytest.approx(expected, rel=0.15)


def test_no_coordinate_tells_what_is_preferred() -> None:
    """Attributes are waves across all coordinates, and which of them counts is up to the prompt."""
    world = rated_answers(1)
    for pairs in (world.preferred, world.held_out):
        lead = (pairs.chosen > pairs.rejected).mean(axis=0)
        assert np.abs(lead - 0.5).max() < 0.2
    assert not np.array_equal(world.preferred.prompts, world.held_out.prompts)


def test_shuffled_and_repeated() -> None:
    world = rated_answers(2, rated=20, judged=30, pairs=10)
    null = world.shuffled(np.random.default_rng(0))
    assert null.rated is world.rated
    assert not np.array_equal(null.noise, world.noise)
    np.testing.assert_array_equal(np.sort(null.reward), np.sort(world.reward))
    again = rated_answers(2, rated=20, judged=30, pairs=10)
    np.testing.assert_array_equal(again.rated.ratings, world.rated.ratings)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="at least one"):
        rated_answers(0, judged=0)
