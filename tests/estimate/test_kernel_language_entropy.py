import math

import numpy as np
import pytest
from scipy.linalg import expm, logm

from dubito.estimate import ENTAILMENT, KernelLanguageEntropy
from inputs import all_different, all_equal, rich_evidence
from laws import assert_monotone


def test_limits():
    """Nothing alike: log K. All equal: kernel (1 - e) / K off the diagonal, e = exp(-K t)."""
    assert KernelLanguageEntropy()(all_different(7)).doubt == pytest.approx(math.log(7))
    e = math.exp(-10 * 0.3)
    # Eigenvalues 1 and nine times e, scaled to a sum of 1.
    p = np.array([1, *[e] * 9]) / (1 + 9 * e)
    assert KernelLanguageEntropy()(all_equal()).doubt == pytest.approx(-(p * np.log(p)).sum())


def test_more_time_less_doubt():
    evidence = rich_evidence(7)
    assert_monotone(
        lambda t: KernelLanguageEntropy(t=t)(evidence).doubt, [0.01, 0.1, 1, 3], falling=True
    )
    assert KernelLanguageEntropy(t=1e-12)(evidence).doubt == pytest.approx(math.log(10))


def test_second_opinion_of_matrix_functions():
    """-tr(rho log rho) with scipy's exponential and logarithm."""
    evidence = rich_evidence(8)
    w = ENTAILMENT(evidence)[1:, 1:]
    kernel = expm(-0.3 * (np.diag(w.sum(1)) - w))
    rho = kernel / np.sqrt(np.outer(kernel.diagonal(), kernel.diagonal())) / 10
    doubt = KernelLanguageEntropy(similarity=ENTAILMENT)(evidence).doubt
    assert doubt == pytest.approx(-np.trace(rho @ logm(rho)).real)


def test_heat_flows_forward():
    with pytest.raises(ValueError, match="t must be above 0"):
        KernelLanguageEntropy(t=-0.3)
    with pytest.raises(ValueError, match="samples"):
        KernelLanguageEntropy(samples=1)
