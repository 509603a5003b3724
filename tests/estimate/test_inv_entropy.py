"""Inverse entropy: the card's sums, laws of the walk, limits, what cannot be measured."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from dubito.estimate.asked.inv_entropy import (
    InvEntropy,
    by_words,
    diagonal_entropy,
    marginal_gap,
    strongest_tie,
    walk,
)
from dubito.evidence import Evidence, Missing, Sequence


def apart(e: float, n: int = 10) -> np.ndarray:
    """Similarity 1 on the diagonal, 1 - e off it."""
    return np.where(np.eye(n, dtype=bool), 1.0, 1 - e)


@pytest.mark.parametrize(
    ("ex", "ey", "entropy"),
    [
        # d = [1 + 9 (1-ex)(1-ey)] / [(10 - 9 ex)(10 - 9 ey)], H = -10 d log d
        (0.5, 0.0, 2.302585),  # 5.5 / (5.5 * 10) = .1
        (0.5, 0.5, 2.396772),  # 3.25 / 30.25 = .107438
        (0.5, 1.0, 3.099542),  # 1 / 5.5 = .181818
        (0.0, 0.7, 2.302585),  # the same wording throughout: no information
        (1.0, 1.0, 0.0),  # collapses at the largest spread
    ],
)
def test_card(ex: float, ey: float, entropy: float) -> None:
    found = walk(apart(ex), apart(ey))
    assert diagonal_entropy(found.backward) == pytest.approx(entropy, abs=1e-6)


def random_walk(seed: int, n: int = 5):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.1, 1, size=(2, n, n))
    return x + x.T, y + y.T


def test_rows_and_joint_sum_to_one_and_bayes_holds() -> None:
    x, y = random_walk(0)
    found = walk(x, y)
    assert found.wordings.sum() == pytest.approx(1)
    assert found.answers.sum() == pytest.approx(1)
    assert found.backward.sum(axis=1) == pytest.approx(np.ones(5))
    assert found.forward.sum(axis=1) == pytest.approx(np.ones(5))
    joint = found.answers[:, None] * found.backward  # [j, i]
    again = found.wordings[:, None] * found.forward  # [i, j]
    assert joint == pytest.approx(again.T)
    uniform = np.full(5, 0.2)
    step_y = y / y.sum(axis=1, keepdims=True)
    step_x = x / x.sum(axis=1, keepdims=True)
    assert found.wordings == pytest.approx(uniform @ step_y @ step_y @ step_x)


def test_by_hand() -> None:
    """Two states: P_x rows (.75, .25) and (.4, .6), P_y rows (.5, .5) and (.2, .8).

    P_y P_x has the diagonal .375 + .2 = .575 and .05 + .48 = .53. P(Y) = (.35, .65). The joint's
    diagonal is .20125, .3445, and P(X) = (.35 * .575 + .65 * .47, rest) = (.50675, .49325).
    """
    found = walk([[3, 1], [2, 3]], [[1, 1], [1, 4]])
    assert np.diagonal(found.backward) == pytest.approx([0.575, 0.53])
    assert found.answers == pytest.approx([0.35, 0.65])
    assert found.wordings == pytest.approx([0.50675, 0.49325])
    assert np.diagonal(found.forward) == pytest.approx([0.20125 / 0.50675, 0.3445 / 0.49325])
    assert strongest_tie(found) == pytest.approx(0.3445 / 0.49325)
    gap = wasserstein_distance(found.wordings, found.answers)
    assert marginal_gap(found) == pytest.approx(gap)
    expected = -0.575 * math.log(0.575) - 0.53 * math.log(0.53)
    assert diagonal_entropy(found.backward) == pytest.approx(expected)


def test_relabelling_changes_nothing_and_batches_are_apart() -> None:
    x, y = random_walk(1)
    order = np.array([3, 0, 4, 1, 2])
    square = np.ix_(order, order)
    one, other = walk(x, y), walk(x[square], y[square])
    for reading in (marginal_gap, strongest_tie):
        assert reading(one) == pytest.approx(reading(other))
    assert diagonal_entropy(one.backward) == pytest.approx(diagonal_entropy(other.backward))
    both = walk(x, np.stack([y, x]))
    assert diagonal_entropy(both.backward)[0] == pytest.approx(diagonal_entropy(one.backward))
    assert both.forward[0] == pytest.approx(one.forward)


@pytest.mark.parametrize(
    "bad", [[[0.0, 1], [1, 1]], [[1, -0.1], [0.5, 1]], [[1, math.nan], [0, 1]]]
)
def test_similarities_are_checked(bad) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        walk(bad, np.eye(2))


def asked(vectors: np.ndarray, prompts: list[str] | None = None) -> list[Evidence]:
    """One evidence for each row of [n, r, d]."""
    names = prompts or [f"{chr(97 + i)}" for i in range(len(vectors))]
    said = Sequence("x")
    return [
        Evidence(p, said, (said,) * len(v), embeddings=np.concatenate([v[:1], v]))
        for p, v in zip(names, vectors, strict=True)
    ]


def test_estimator_agrees_with_the_card_where_picks_do_not_matter() -> None:
    """Answers at right angles: (1 + 0) / 2 = .5 off the diagonal, so ey = .5; words: ex = 1.

    d = 1 / (1 * 5.5). All wordings' answers equal: ey = 0, d = 1 / 10.
    """
    alone = np.repeat(np.eye(10)[:, None], 5, axis=1)
    assert InvEntropy()(asked(alone)).doubt == pytest.approx(3.099542, abs=1e-6)
    one = np.repeat(np.eye(10)[:1], 50, axis=0).reshape(10, 5, 10)
    score = InvEntropy()(asked(one))
    assert score.doubt == pytest.approx(math.log(10))
    assert score.parts["gap"] == pytest.approx(0)
    assert score.parts["tie"] == pytest.approx(0.1)


def test_more_wordings_apart_more_doubt() -> None:
    """m of ten wordings get an answer of their own."""
    doubts = []
    for m in range(0, 10, 3):
        rows = np.eye(11)[[*range(m), *[10] * (10 - m)]]
        doubts.append(InvEntropy()(asked(np.repeat(rows[:, None], 5, axis=1))).doubt)
    assert (np.diff(doubts) > 0).all()


def test_picks_are_of_each_wordings_own_answers() -> None:
    """One sample of each wording is the common answer: the mean lies between the two pure cases."""
    pure = np.repeat(np.eye(11)[:10, None], 5, axis=1)
    mixed = pure.copy()
    mixed[:, 0] = np.eye(11)[10]
    low, high = math.log(10), InvEntropy()(asked(pure)).doubt
    got = InvEntropy(draws=400)(asked(mixed)).doubt
    assert low < got < high
    other = InvEntropy(draws=400, seed=1)(asked(mixed)).doubt
    assert other != got
    assert other == pytest.approx(got, abs=0.05)
    assert InvEntropy(samples=1)(asked(pure)).doubt == pytest.approx(high)


def test_words_of_the_question_count() -> None:
    """Wordings alike make every answer useless to tell them apart."""
    rows = np.repeat(np.eye(10)[:, None], 5, axis=1)
    same = InvEntropy()(asked(rows, ["what is it?"] * 10)).doubt
    assert same == pytest.approx(math.log(10))
    near = [f"what is it {chr(97 + i)}" for i in range(10)]
    assert same < InvEntropy()(asked(rows, near)).doubt < InvEntropy()(asked(rows)).doubt
    assert by_words(["a b", "a c"])[0, 1] == pytest.approx(0.5)


def test_where_the_score_would_turn_it_is_missing() -> None:
    """Three wordings without a word in common: d = 1 / (3 - 2 * .5) = .5 > 1 / e."""
    rows = np.repeat(np.eye(3)[:, None], 5, axis=1)
    with pytest.raises(Missing, match=r"reaches 0\.50"):
        InvEntropy()(asked(rows))


def test_what_cannot_be_measured() -> None:
    rows = np.repeat(np.eye(10)[:, None], 5, axis=1)
    with pytest.raises(Missing, match="asked in 2 ways"):
        InvEntropy()(asked(rows)[:2])
    with pytest.raises(Missing, match="5 samples"):
        InvEntropy(samples=6)(asked(rows))
    bare = [replace(e, embeddings=None) for e in asked(rows)]
    with pytest.raises(Missing, match="no embeddings"):
        InvEntropy()(bare)
    with pytest.raises(ValueError, match="same encoder"):
        InvEntropy()([*asked(rows), *asked(np.ones((1, 5, 1)))])
    for bad in ({"samples": 0}, {"draws": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            InvEntropy(**bad)
