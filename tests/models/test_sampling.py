"""Where the random numbers of a prompt come from."""

import numpy as np
import pytest
from scipy.stats import kstest

from dubito.models.sampling import draws_for


def test_row_0_is_greedy_and_the_others_are_shares() -> None:
    draws = draws_for("q", samples=3, length=5, seed=0)
    assert draws.shape == (4, 5)
    assert draws.dtype == np.float32
    assert (draws[0] == -1).all()
    assert (draws[1:] >= 0).all()
    assert (draws[1:] < 1).all()


def test_draws_depend_on_prompt_sample_and_seed_alone() -> None:
    base = draws_for("q", samples=3, length=5, seed=0)
    np.testing.assert_array_equal(base, draws_for("q", samples=3, length=5, seed=0))
    np.testing.assert_array_equal(base, draws_for("q", samples=9, length=5, seed=0)[:4])
    np.testing.assert_array_equal(base, draws_for("q", samples=3, length=8, seed=0)[:, :5])
    for other in (
        draws_for("q ", samples=3, length=5, seed=0),
        draws_for("q", samples=3, length=5, seed=1),
        base[[0, 2, 3, 1]],
    ):
        assert (base[1:] != other[1:]).all()


def test_seeds_and_samples_are_not_interchangeable() -> None:
    """Sample 1 under seed 0 is not sample 0 under seed 1."""
    zero, one = (draws_for("q", samples=2, length=8, seed=s) for s in (0, 1))
    assert (zero[2] != one[1]).any()


def test_draws_are_uniform_over_prompts_and_samples() -> None:
    draws = np.concatenate(
        [draws_for(f"q{i}", samples=20, length=10, seed=0)[1:] for i in range(50)]
    )
    assert kstest(draws.ravel(), "uniform").pvalue > 1e-4


@pytest.mark.parametrize("prompt", ["", "ñandú 🦙", "a" * 10_000])
def test_any_prompt(prompt: str) -> None:
    assert draws_for(prompt, samples=1, length=2, seed=2**40).shape == (2, 2)
