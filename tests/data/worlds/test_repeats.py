import numpy as np
import pytest

from dubito.data.worlds.repeats import repeats


def test_risk_below_is_exact() -> None:
    """Below 0.5 the mean of 0.1 + 0.4 d is 0.1 + 0.4 * 0.25 = 0.2; counted five errors wide."""
    world = repeats(0, samples=100, each=200, base=0.1, slope=0.4)
    assert world.risk_below(0.5) == pytest.approx(0.2)
    assert world.risk_below(np.inf) == pytest.approx(0.3)
    assert world.risk_below(-np.inf) == 0
    below = world.wrong[world.doubt < 0.5]
    assert abs(below.mean() - 0.2) < 5 * np.sqrt(0.16 / len(below))
    assert world.coverage(0.5) == 0.5
    assert (world.coverage(-np.inf), world.coverage(np.inf)) == (0, 1)


def test_shuffled_has_one_risk_everywhere() -> None:
    world = repeats(1).shuffled(np.random.default_rng(0))
    assert world.risk_below(0.1) == world.risk_below(1.0) == pytest.approx(0.3, abs=0.01)
    below = world.wrong[world.doubt < 0.2]
    assert abs(below.mean() - world.risk_below(0.2)) < 5 * np.sqrt(0.21 / len(below))
