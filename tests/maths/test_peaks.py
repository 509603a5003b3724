"""Peak and margin: worked numbers, their growth with many right answers, bad input."""

import math

import numpy as np
import pytest

from dubito.maths.entropy import entropy
from dubito.maths.peaks import margin_doubt, peak_doubt


def test_by_hand() -> None:
    p = [[0.5, 0.2, 0.3], [0.1, 0.0, 0.9]]
    assert peak_doubt(p) == pytest.approx([0.5, 0.1])
    # leads 0.5 - 0.3 and 0.9 - 0.1
    assert margin_doubt(p) == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize("m", [2, 3, 8])
def test_all_grow_with_right_answers_that_the_model_knows(m: int) -> None:
    p = np.zeros(10)
    p[:m] = 1 / m
    assert peak_doubt(p) == pytest.approx(1 - 1 / m)
    assert margin_doubt(p) == pytest.approx(1)
    with np.errstate(divide="ignore"):
        assert entropy(np.log(p)) == pytest.approx(math.log(m))


def test_certainty_has_no_doubt() -> None:
    assert peak_doubt([0, 1, 0]) == margin_doubt([0, 1, 0]) == 0
    assert peak_doubt([[1.0]]) == margin_doubt([[1.0]]) == 0


@pytest.mark.parametrize("p", [[0.5, 0.4], [1.5, -0.5], [np.nan, 1.0]])
@pytest.mark.parametrize("function", [peak_doubt, margin_doubt])
def test_no_distribution_is_refused(function, p) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        function(p)
