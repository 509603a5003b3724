import numpy as np
import pytest

from dubito.data.worlds.claim_lists import claim_lists


def test_risks_by_hand() -> None:
    """Hardness 0.4 and 0.8, two claims, threshold 0.5: each claim 0.05 and 0.1 wrong and below."""
    world = claim_lists(0, samples=2, each=3, claims=2, hardness=(0.4, 0.8))
    assert world.doubt.shape == world.wrong.shape == (2, 3, 2)
    assert world.wrong_share(0.5) == pytest.approx(0.075)
    assert world.any_wrong(0.5) == pytest.approx(1 - (0.95**2 + 0.9**2) / 2)
    assert world.kept(0.5) == 0.5
    assert world.wrong_share(np.inf) == pytest.approx(0.3)
    assert world.any_wrong(-np.inf) == 0


@pytest.mark.parametrize("threshold", [0.3, 0.8, np.inf])
def test_risks_are_those_of_what_is_drawn(threshold: float) -> None:
    world = claim_lists(1, samples=1000, each=30)
    passed = world.wrong & (world.doubt < threshold)
    for counted, exact in (
        (passed.mean(axis=2), world.wrong_share(threshold)),
        (passed.any(axis=2), world.any_wrong(threshold)),
        (world.doubt < threshold, world.kept(threshold)),
    ):
        assert abs(counted.mean() - exact) <= 5 * counted.std() / np.sqrt(30000)


def test_same_seed_same_world_and_shuffled_labels() -> None:
    world, again = claim_lists(2, samples=20), claim_lists(2, samples=20)
    assert (world.wrong == again.wrong).all()
    other = world.shuffled(np.random.default_rng(0))
    assert other.doubt is world.doubt
    assert other.wrong.sum() == world.wrong.sum()
    gap = other.doubt[other.wrong].mean() - other.doubt[~other.wrong].mean()
    assert abs(gap) < 0.05 < world.doubt[world.wrong].mean() - world.doubt[~world.wrong].mean()
