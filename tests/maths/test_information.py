"""Mutual information of ensembles and Dirichlets: by hand, by sampling, limits."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.maths.information import dirichlet_information, ensemble_information


def test_ensemble_by_hand() -> None:
    # members sure of different answers: mean (1/2, 1/2), no entropy of their own
    assert ensemble_information([[1, 0], [0, 1]]) == pytest.approx(math.log(2))
    # mean (0.5, 0.5): log 2 - H(0.8)
    own = stats.entropy([0.8, 0.2])
    assert ensemble_information([[0.8, 0.2], [0.2, 0.8]]) == pytest.approx(math.log(2) - own)


def test_members_that_agree_know_of_nothing() -> None:
    same = np.full((5, 3, 4), 0.25)
    assert ensemble_information(same) == pytest.approx(np.zeros(3), abs=1e-12)


def test_order_of_members_does_not_matter_but_axis_does() -> None:
    p = np.random.default_rng(0).dirichlet([1, 1, 1], size=(3, 3))  # square: [3, 3, 3]
    assert ensemble_information(p[::-1]) == pytest.approx(ensemble_information(p))
    assert ensemble_information(p.swapaxes(0, 1)) != pytest.approx(ensemble_information(p))


def test_dirichlet_by_hand() -> None:
    # uniform on two: log 2 - E[H], and E[H] = psi(3) - psi(2) = 1/2
    assert dirichlet_information([1, 1]) == pytest.approx(math.log(2) - 0.5)


@pytest.mark.parametrize("alpha", [[0.2, 0.2, 3.2], [1.0, 2.0, 5.0], [20.0, 20.0, 1.0]])
def test_dirichlet_is_the_limit_of_ensembles(alpha: list[float]) -> None:
    drawn = np.random.default_rng(0).dirichlet(alpha, size=200_000)
    spread = stats.entropy(drawn, axis=1).std() / math.sqrt(len(drawn))
    gap = abs(dirichlet_information(alpha) - ensemble_information(drawn))
    assert gap < 5 * spread + 1e-4


def test_it_falls_with_evidence() -> None:
    found = dirichlet_information([[c * 0.3, c * 0.7] for c in (0.5, 2, 10, 1000)])
    assert (np.diff(found) < 0).all()
    assert found[-1] < 1e-3


def test_no_concentration_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0, got 0"):
        dirichlet_information([0.0, 1.0])
