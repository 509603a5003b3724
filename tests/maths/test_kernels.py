import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import ortho_group

from dubito.maths.kernels import heat_kernel, log_volume, unit_trace, von_neumann_entropy


def test_heat_of_two():
    """L = w [[1, -1], [-1, 1]] has eigenvalues 0 and 2 w: (1 +- exp(-2 w t)) / 2.

    w = 1/2, t = log 2: exp(-log 2) = 1/2, so 3/4 and 1/4.
    """
    kernel = heat_kernel([[1, 0.5], [0.5, 1]], t=math.log(2))
    np.testing.assert_allclose(kernel, [[0.75, 0.25], [0.25, 0.75]])


@settings(deadline=None)  # other work may share the processor
@given(st.integers(0, 10_000), st.integers(1, 7), st.floats(0, 3))
def test_heat_is_the_matrix_exponential(seed, k, t):
    w = np.random.default_rng(seed).uniform(size=(k, k))
    w = (w + w.T) / 2
    kernel = heat_kernel(w, t=t)
    np.testing.assert_allclose(kernel, expm(-t * (np.diag(w.sum(1)) - w)), atol=1e-9)
    np.testing.assert_allclose(kernel.sum(1), 1.0)
    assert (kernel > -1e-12).all()
    if not t:
        np.testing.assert_allclose(kernel, np.eye(k), atol=1e-12)


def test_heat_spreads_within_parts_only():
    parts = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]])
    late = [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]
    np.testing.assert_allclose(heat_kernel(parts, t=50), late, atol=1e-12)


def test_unit_trace():
    """Divide by sqrt(4 * 9) = 6 off the diagonal, then all by 2: 3/12; diagonal 1/2."""
    np.testing.assert_allclose(unit_trace([[4, 3], [3, 9]]), [[0.5, 0.25], [0.25, 0.5]])


@pytest.mark.parametrize(
    ("density", "nats"),
    [
        (np.eye(4) / 4, math.log(4)),
        (np.full((3, 3), 1 / 3), 0.0),  # eigenvalues 1, 0, 0
        # Eigenvalues 3/4 and 1/4: log 4 - (3/4) log 3 = 0.562335
        (np.array([[0.5, 0.25], [0.25, 0.5]]), math.log(4) - 0.75 * math.log(3)),
        (np.diag([0.5, 0.5, 0.0]), math.log(2)),
    ],
)
def test_von_neumann(density, nats):
    assert von_neumann_entropy(density) == pytest.approx(nats, abs=1e-12)


def test_von_neumann_turns_with_its_basis():
    turn = ortho_group.rvs(3, random_state=0)
    p = np.array([0.2, 0.3, 0.5])
    got = von_neumann_entropy(turn @ np.diag(p) @ turn.T)
    assert got == pytest.approx(-(p * np.log(p)).sum())


def test_von_neumann_wants_trace_one():
    with pytest.raises(ValueError, match=r"trace 1, got 2\.0"):
        von_neumann_entropy(np.eye(2))


def test_volumes_of_the_card():
    """Orthogonal: log 1; 30 degrees: 2 log sin 30 = -2 log 2; five equal: log(5 + e) + 4 log e."""
    assert log_volume(np.eye(2), eps=0) == pytest.approx(0.0)
    tilted = [[1, 0], [math.cos(math.pi / 6), 0.5]]
    assert log_volume(tilted, eps=0) == pytest.approx(-2 * math.log(2))
    equal = np.tile([0.6, 0.8], (5, 1))
    assert log_volume(equal, eps=1e-6) == pytest.approx(-53.652604, abs=1e-6)


def test_volume_laws():
    rng = np.random.default_rng(1)
    v = rng.normal(size=(4, 6))
    at = log_volume(v, eps=0)
    assert at == pytest.approx(np.linalg.slogdet(v @ v.T)[1])
    assert log_volume(v[[2, 0, 3, 1]], eps=0) == pytest.approx(at)
    assert log_volume(v @ ortho_group.rvs(6, random_state=2), eps=0) == pytest.approx(at)
    assert log_volume(3 * v, eps=0) == pytest.approx(at + 2 * 4 * math.log(3))
    regular = np.linalg.slogdet(v @ v.T + 0.3 * np.eye(4))[1]
    assert log_volume(v, eps=0.3) == pytest.approx(regular)


def test_a_duplicate_costs_everything_or_the_log_of_eps():
    rng = np.random.default_rng(3)
    v = rng.normal(size=(3, 6))
    twice = np.vstack([v, v[:1]])
    assert log_volume(twice, eps=0) == -math.inf
    # det(V V') doubles in the repeated direction: one eigenvalue eps, the rest twice the volume.
    got = log_volume(twice, eps=1e-9)
    assert got == pytest.approx(log_volume(v, eps=0) + math.log(2) + math.log(1e-9), abs=1e-6)


def test_more_vectors_than_axes():
    """Five vectors in a plane: three eigenvalues are eps."""
    v = np.random.default_rng(4).normal(size=(5, 2))
    plane = np.linalg.slogdet(v.T @ v + 1e-3 * np.eye(2))[1]
    assert log_volume(v, eps=1e-3) == pytest.approx(plane + 3 * math.log(1e-3))
