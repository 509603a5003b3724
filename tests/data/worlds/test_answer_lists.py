"""Lists of a model of known skill: the planted shares are there."""

import math

import numpy as np
import pytest

from dubito.data.worlds.answer_lists import answer_lists

WORLD = answer_lists(0, questions=2000)


def test_first_answers_are_distributions() -> None:
    assert WORLD.first.sum(axis=1) == pytest.approx(np.ones(2000))
    assert (WORLD.first >= 0).all()
    assert set(WORLD.size) == {1, 2, 4, 8}


def test_more_knowledge_less_error() -> None:
    """Mass off the right answers is (1 - c) times the share of wrong ones among 12 of 40."""
    chance = (1 - WORLD.knowledge) * (1 - WORLD.size / 40)
    gap = WORLD.wrong.mean() - chance.mean()
    assert abs(gap) < 5 * math.sqrt((chance * (1 - chance)).mean() / 2000)
    assert WORLD.wrong[WORLD.knowledge < 0.3].mean() > WORLD.wrong[WORLD.knowledge > 0.7].mean()


def test_lists_have_known_answers_and_slips() -> None:
    """Expected length |G| c + 2 (1 - c): of 8, it rises with knowledge; of 1, it falls."""
    lengths = np.array([np.mean([len(one) for one in drawn]) for drawn in WORLD.lists])
    expected = WORLD.size * WORLD.knowledge + 2 * (1 - WORLD.knowledge)
    for size in (1, 2, 4, 8):
        for rows in (WORLD.knowledge < 0.4, WORLD.knowledge > 0.6):
            chosen = rows & (WORLD.size == size)
            assert lengths[chosen].mean() == pytest.approx(expected[chosen].mean(), rel=0.06)
    assert {len(drawn) for drawn in WORLD.lists} == {10}


def test_chosen_rows_stay_together() -> None:
    rows = WORLD.rows(WORLD.size == 8)
    first = int((WORLD.size == 8).argmax())
    assert set(rows.size) == {8}
    assert rows.lists[0] == WORLD.lists[first]
    assert rows.first[0].tolist() == WORLD.first[first].tolist()
    assert len(rows.wrong) == len(rows.lists) == len(rows.knowledge) == (WORLD.size == 8).sum()


def test_shuffled_questions_keep_what_is_seen() -> None:
    mixed = WORLD.shuffled(np.random.default_rng(0))
    assert mixed.lists is WORLD.lists
    assert mixed.wrong.sum() == WORLD.wrong.sum()
    assert mixed.wrong.tolist() != WORLD.wrong.tolist()
    assert answer_lists(1, questions=20).lists == answer_lists(1, questions=20).lists
