"""nDCG and regret: by hand, against scikit-learn, with ties."""

import math

import numpy as np
import pytest

from dubito.maths.graded_ranking import ndcg, rank_gains, regret


def test_ndcg_by_hand() -> None:
    """Gains 3, 0, 1 in this order: 3 + 0 + 1/2 = 3.5; at best 3 + 1 / log2 3 = 3.6309."""
    assert ndcg([9, 5, 1], [3, 0, 1]) == pytest.approx(3.5 / (3 + 1 / math.log2(3)))
    assert ndcg([9, 1, 5], [3, 0, 1]) == 1
    assert ndcg([1, 5, 9], [0, 0, 2]) == 1
    assert ndcg([5], [2]) == 1
    assert math.isnan(ndcg([1, 2], [0, 0]))


def test_equal_scores_share_their_places() -> None:
    """Two level scores hold places 1 and 2, of discount (1 + .6309) / 2 each, in either order."""
    half = (1 + 1 / math.log2(3)) / 2
    for gains in ([4, 0], [0, 4]):
        assert ndcg([7, 7], gains) == pytest.approx(half)
    assert ndcg([7, 7, 1], [4, 0, 4]) == pytest.approx((half + 0.5) / (1 + 1 / math.log2(3)))


def test_ndcg_as_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    scores, gains = rng.integers(0, 6, (20, 15)).astype(float), rng.random((20, 15))
    expected = [metrics.ndcg_score(g[None], s[None]) for s, g in zip(scores, gains, strict=True)]
    got = [ndcg(s, g) for s, g in zip(scores, gains, strict=True)]
    np.testing.assert_allclose(got, expected)


def test_gains_by_rank() -> None:
    """Worth .5, -1, 2: places 2, 3, 1 of three, gains 2^2 - 1, 2^1 - 1, 2^3 - 1."""
    assert rank_gains([0.5, -1, 2]).tolist() == [3, 1, 7]
    assert rank_gains([1, 1]).tolist() == pytest.approx([2**1.5 - 1] * 2)


def test_regret_by_hand() -> None:
    """Worth 4, 1, 3, 2: the two best 3.5 each; those of highest score 1 and 4, 2.5: 1 / 3.5."""
    worth = [4.0, 1, 3, 2]
    assert regret([5, 9, 1, 2], worth, k=2) == pytest.approx(1 / 3.5)
    assert regret(worth, worth, k=2) == 0
    assert regret([0, 0, 0, 9], worth, k=1) == pytest.approx(0.5)
    assert regret([5, 9, 1, 2], worth, k=4) == 0


def test_regret_shares_the_last_place() -> None:
    """One above; of three level ones with 4, 3 and 2 a third each, mean 3: got (1 + 3) / 2."""
    assert regret([5, 9, 5, 5], [4.0, 1, 3, 2], k=2) == pytest.approx(1.5 / 3.5)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ndcg([1, 2], [1, -1]), "gains must be at least 0"),
        (lambda: ndcg([1, np.nan], [1, 1]), "a score is NaN"),
        (lambda: ndcg([1, 2], [1, np.nan]), "a worth not finite"),
        (lambda: ndcg([1, 2], [1]), r"got \(2,\) and \(1,\)"),
        (lambda: ndcg([], []), r"got \(0,\) and \(0,\)"),
        (lambda: ndcg([[1.0]], [[1.0]]), r"got \(1, 1\) and \(1, 1\)"),
        (lambda: regret([1, 2], [1, np.inf], k=1), "a worth not finite"),
        (lambda: regret([1, 2], [1, 1], k=3), r"k must be in 1 \.\. 2, got 3"),
        (lambda: regret([1, 2], [0, -1], k=1), "worth needs it above 0"),
    ],
    ids=["gain", "nan-score", "nan-gain", "lengths", "none", "table", "endless", "k", "worthless"],
)
def test_refusals(call, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
