"""AUROC and AUPRC by hand, and as scipy and scikit-learn count them."""

import math

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import average_precision_score

from dubito.maths.ranking import auprc, auroc


def test_pairs_by_hand() -> None:
    """Wrong ones 3 and 1 over right ones 1 and 0: pairs 1, 1, half, 1 of 4."""
    assert auroc([3, 1, 1, 0], [True, True, False, False]) == 3.5 / 4
    assert auroc([0, 0, 0], [True, False, False]) == 0.5


def test_precision_by_hand() -> None:
    """Found at 3 (1 of 1) and with the tie at 1 (2 of 3): (1 + 2/3) / 2."""
    assert auprc([3, 1, 1, 0], [True, True, False, False]) == pytest.approx(5 / 6, rel=1e-15)


def test_without_a_pair_there_is_none() -> None:
    assert math.isnan(auroc([1, 2], [True, True]))
    assert math.isnan(auroc([1, 2], [False, False]))
    assert math.isnan(auprc([1, 2], [False, False]))


def test_as_others_count() -> None:
    """Ties and all: Mann and Whitney's U over its pairs, and the step-wise area."""
    rng = np.random.default_rng(1)
    doubt, wrong = rng.integers(0, 9, 60), rng.random(60) < 0.4
    u = mannwhitneyu(doubt[wrong], doubt[~wrong], method="asymptotic").statistic
    pairs = wrong.sum() * (~wrong).sum()
    assert auroc(doubt, wrong) == pytest.approx(u / pairs, abs=1e-12)
    assert auprc(doubt, wrong) == pytest.approx(average_precision_score(wrong, doubt), abs=1e-12)


@pytest.mark.parametrize("metric", [auroc, auprc])
def test_refusals(metric: object) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match="1 of 2 values are NaN"):
        metric([1, math.nan], [True, False])
    with pytest.raises(ValueError, match="one label for each value"):
        metric([1, 2], [True])
    with pytest.raises(ValueError, match="true or false, got 2"):
        metric([1, 2], [0, 2])
