import math

import numpy as np
import pytest

from dubito.bench.metrics.deviation import mean_deviation


def test_a_constant_confidence() -> None:
    """.9 of answers of which 7 in 10 are right, alike in all bins: .2."""
    right = np.tile([1, 1, 1, 0, 1, 0, 1, 1, 0, 1], 20)
    assert mean_deviation(np.full(200, 0.9), right) == pytest.approx(0.2)


def test_bins_count_alike_and_from_the_least_confident() -> None:
    """Four answers in two bins: (.1, .3) of which none, (.6, .8) of which one is right."""
    assert mean_deviation([0.8, 0.1, 0.6, 0.3], [1, 0, 0, 0], bins=2) == pytest.approx(0.2)
    # One bin: mean .45 against a quarter. More bins than answers: each alone.
    assert mean_deviation([0.8, 0.1, 0.6, 0.3], [1, 0, 0, 0], bins=1) == pytest.approx(0.2)
    assert mean_deviation([0.8, 0.1, 0.6, 0.3], [1, 0, 0, 0]) == pytest.approx(1.2 / 4)


def test_equal_confidences_keep_their_order() -> None:
    assert mean_deviation([0.5] * 4, [1, 1, 0, 0], bins=2) == pytest.approx(0.5)
    assert mean_deviation([0.5] * 4, [1, 0, 1, 0], bins=2) == 0


def test_none_and_no_bins() -> None:
    assert math.isnan(mean_deviation([], []))
    with pytest.raises(ValueError, match="at least one bin"):
        mean_deviation([0.5], [1], bins=0)
