import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from dubito.maths.improvement import expected_improvement


def test_by_hand() -> None:
    """At the best with deviation 2: 2 / sqrt(2 pi) = 0.79788. Without variance: max(gain, 0)."""
    assert expected_improvement(1.0, 4.0, 1.0) == pytest.approx(0.7978845608)
    assert expected_improvement([3.0, 1.0], [0.0, 0.0], 2.0).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("mean", [-1.0, 0.4, 3.0])
@pytest.mark.parametrize("deviation", [0.3, 2.0])
def test_the_integral_agrees(mean: float, deviation: float) -> None:
    law = norm(mean, deviation)
    integral = quad(lambda v: (v - 0.5) * law.pdf(v), 0.5, mean + 12 * deviation + 3)[0]
    assert expected_improvement(mean, deviation**2, 0.5) == pytest.approx(integral, abs=1e-7)


def test_more_mean_and_more_variance_are_better_and_never_below_zero() -> None:
    grid = np.linspace(-3, 3, 50)
    assert (np.diff(expected_improvement(grid, 1.0, 0.0)) > 0).all()
    assert (np.diff(expected_improvement(0.0, np.linspace(0, 4, 50), 0.5)) >= 0).all()
    assert expected_improvement(-100.0, 1e-6, 0.0) >= 0
