import math

import numpy as np
import pytest

from dubito.bench.metrics import prr
from dubito.maths.rejection import rejection_ratio


def test_by_hand():
    """Wrong, right, right, least doubtful first: risks 1, 1/2, 1/3, mean 11/18.

    Random 1/3; oracle 0, 0, 1/3, mean 1/9: (1/3 - 11/18) / (1/3 - 1/9) = -5/4.
    """
    assert rejection_ratio([1, 2, 3], [True, False, False]) == pytest.approx(-5 / 4)
    assert rejection_ratio([3, 2, 1], [True, False, False]) == 1
    assert rejection_ratio([0, 0, 0], [True, False, False]) == pytest.approx(0)


@pytest.mark.parametrize("seed", range(5))
def test_is_the_metric_of_the_bench(seed):
    rng = np.random.default_rng(seed)
    doubt, wrong = rng.integers(6, size=40), rng.random(40) < 0.4
    assert rejection_ratio(doubt, wrong) == pytest.approx(prr(doubt, wrong))


@pytest.mark.parametrize("wrong", [[True, True], [False, False]])
def test_one_class_has_none(wrong):
    assert math.isnan(rejection_ratio([1, 2], wrong))
