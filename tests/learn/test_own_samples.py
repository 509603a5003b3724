"""metacognition-ft: what draws agree on, and pairs of questions that differ."""

import math

import numpy as np
import pytest

from dubito.bench.metrics.probability import ece
from dubito.learn.own_samples import compared, consistency
from dubito.maths.ranking import auroc


def test_the_card() -> None:
    """B B B C D: B, .6; entropy -(.6 log .6 + 2 * .2 log .2)."""
    got = consistency([list("BBBCD")])
    assert got.answer.tolist() == [0]
    assert got.share.tolist() == [0.6]
    assert got.entropy == pytest.approx([0.9503], abs=5e-5)


def test_metrics_as_the_card_reads_them() -> None:
    """Six of ten right at .9: .3. Right .8 and .6 against wrong .6: (1 + .5) / 2."""
    assert ece(np.full(10, 0.9), [1] * 6 + [0] * 4) == pytest.approx(0.3)
    assert auroc(1 - np.array([0.8, 0.6, 0.6]), [False, True, False]) == 0.75


def test_the_answer_is_the_first_of_the_most_frequent_kind() -> None:
    got = consistency(np.array([[7, 3, 3, 5], [4, 4, 9, 9], [1, 2, 3, 4]]))
    assert got.answer.tolist() == [1, 0, 0]
    assert got.share.tolist() == [0.5, 0.5, 0.25]
    assert got.entropy == pytest.approx([1.5 * math.log(2), math.log(2), math.log(4)])


def test_order_and_names_do_not_matter() -> None:
    drawn = np.random.default_rng(0).integers(4, size=(20, 10))
    got, other = consistency(drawn), consistency(9 - drawn[:, ::-1])
    assert got.share.tolist() == other.share.tolist()
    assert got.entropy == pytest.approx(other.entropy)
    counts = np.array([np.bincount(row, minlength=4).max() for row in drawn])
    assert got.share == pytest.approx(counts / 10)


def test_the_surer_of_two() -> None:
    """.9 against .4: the first; the other way round: the second."""
    pairs = compared([0.9, 0.4], 50, seed=1)
    assert (pairs.first != pairs.second).all()
    assert (pairs.first_is_surer == (pairs.first == 0)).all()
    assert 10 < pairs.first_is_surer.sum() < 40  # either order


def test_equals_are_never_paired_and_a_hair_below_the_gap_is_the_gap() -> None:
    """.7 - .6 is .0999 in binary."""
    p = np.array([0.6, 0.7, 0.7, 0.65, 0.6])
    pairs = compared(p, 200, gap=0.1)
    assert len(pairs.first) == len(pairs.second) == len(pairs.first_is_surer) == 200
    apart = np.abs(p[pairs.first] - p[pairs.second])
    assert apart == pytest.approx(np.full(200, 0.1))
    assert 3 not in (*pairs.first, *pairs.second)


def test_same_seed_same_pairs() -> None:
    p = np.random.default_rng(0).random(30)
    one, same, other = (compared(p, 20, seed=s) for s in (4, 4, 5))
    assert (one.first == same.first).all()
    assert (one.first != other.first).any()


def test_one_who_always_says_the_first_is_half_right() -> None:
    """Over both orders of each pair exactly half."""
    pairs = compared([0.9, 0.4, 0.1], 100)
    both = np.concatenate([pairs.first_is_surer, ~pairs.first_is_surer])
    assert both.mean() == 0.5


def test_what_does_not_fit_is_refused() -> None:
    for wrong in ([], [[]], ["a", "b"]):
        with pytest.raises(ValueError, match="K answers to each of N questions"):
            consistency(wrong)
    for p, n, gap in (([0.5, 0.5], 3, 0.1), ([0.1, 0.9], 0, 0.1), ([0.1, 0.9], 3, 0.0)):
        with pytest.raises(ValueError, match="two confidences that far apart"):
            compared(p, n, gap=gap)
