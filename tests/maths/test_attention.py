"""Where rows of attention look: by hand, and what must not change."""

import math

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy

from dubito.maths.attention import (
    RECENCY,
    among_answer,
    recent,
    row_entropies,
    sharpest_looks,
    strongest_heads,
    to_previous,
    without_habits,
)

# Two tokens of the prompt, three of the answer.
ROWS = np.array([[[1, 2, 3, 0, 0], [4, 5, 6, 7, 0], [8, 9, 10, 11, 12]]]) / 10


def test_columns_of_the_answer() -> None:
    np.testing.assert_array_equal(among_answer(ROWS)[0], ROWS[0, :, 2:])


def test_weight_on_the_token_before() -> None:
    """Token 1 looks at token 0 with .6, token 2 at token 1 with 1.1; token 0 is left out."""
    np.testing.assert_allclose(to_previous(ROWS), [[0.6, 1.1]])
    assert to_previous(ROWS[:, :1, :3]).shape == (1, 0)


def test_recent_weights_of_the_card() -> None:
    """Without a prompt: (a_11, 0, 0), then (a_22, a_21, 0)."""
    a = np.array([[0.9, 0.0, 0.0], [0.3, 0.7, 0.0], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(
        recent(a, span=3), [[0.9, 0.0, 0.0], [0.7, 0.3, 0.0], [0.5, 0.3, 0.2]]
    )


def test_recent_weights_reach_into_the_prompt() -> None:
    """Token 0 of the answer has its own weight .3, then the prompt's .2 and .1."""
    np.testing.assert_allclose(
        recent(ROWS, span=3)[0], [[0.3, 0.2, 0.1], [0.7, 0.6, 0.5], [1.2, 1.1, 1.0]]
    )
    assert recent(ROWS[None], span=4).shape == (1, 1, 3, 4)


def test_habits_are_taken_out() -> None:
    """Sink .4 and self .1 go; .2 two before * .209, .3 just before * .166: .0418 and .0498."""
    row = np.array([[0.4, 0.2, 0.3, 0.1]])  # the prompt has three tokens, the answer one
    expected = np.array([0, 0.0418, 0.0498, 0]) / 0.0916
    np.testing.assert_allclose(without_habits(row)[0], expected)


def test_only_ten_tokens_are_near() -> None:
    """Even weights on 13 tokens before itself: the factors, then 1 for 11 and 12 before."""
    kept = without_habits(np.full((1, 14), 1 / 14))[0]
    np.testing.assert_allclose(kept / kept[1], [0, 1, 1, *RECENCY[::-1], 0])


def test_what_is_to_come_is_never_looked_at() -> None:
    """A weight beyond the token itself, as padding might have, does not count."""
    rows = np.full((2, 4), 0.25)
    assert without_habits(rows)[0, 3] == 0


def test_a_row_of_nothing_but_habit_is_zero() -> None:
    assert not without_habits(np.array([[0.9, 0.0, 0.1]])).any()


def test_row_entropies_agree_with_scipy() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3))
    np.testing.assert_allclose(row_entropies(rows), scipy_entropy(rows, axis=-1))
    assert row_entropies([0.5, 0.5, 0.0]) == pytest.approx(math.log(2))
    assert row_entropies([0.0, 0.0]) == math.inf


def test_the_sharpest_heads_are_chosen_for_each_row() -> None:
    """Head 0 is sharp in the first row, head 1 in the second; the prompt is 4 tokens long."""
    sharp, even = [0, 1, 0, 0], [0, 0.4, 0.3, 0.3]
    heads = np.zeros((1, 2, 2, 6))
    heads[0, 0, 0, :4], heads[0, 1, 0, :4] = sharp, even
    heads[0, 0, 1, :4], heads[0, 1, 1, :4] = even, sharp
    looks = sharpest_looks(heads, heads=1)
    np.testing.assert_allclose(looks, [[0, 1, 0, 0, 0, 0]] * 2)


def test_of_several_heads_the_greatest_weight_counts() -> None:
    heads = np.zeros((2, 1, 1, 4))
    heads[0, 0, 0, 1] = heads[1, 0, 0, 2] = 1.0  # one layer looks at 1, the other at 2
    np.testing.assert_allclose(sharpest_looks(heads, heads=2), [[0, 1, 1, 0]])
    np.testing.assert_allclose(sharpest_looks(heads, heads=9), [[0, 1, 1, 0]])


def test_an_idle_head_is_not_sharp() -> None:
    """It looks at nothing but the sink; the other one, as even as can be, is chosen."""
    heads = np.zeros((1, 2, 1, 4))
    heads[0, 0, 0, 0] = 1.0
    heads[0, 1, 0, 1:3] = 0.5
    assert sharpest_looks(heads, heads=1).sum() == pytest.approx(1)


def test_strongest_heads() -> None:
    weights = np.array([[0.1, 0.1], [0.5, 0.4], [0.3, 0.3]])
    assert strongest_heads(weights, heads=2).tolist() == [1, 2]
    assert strongest_heads(weights, heads=5).tolist() == [1, 2, 0]
