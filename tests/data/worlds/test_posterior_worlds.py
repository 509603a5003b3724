"""Annotators, kinds and keys: what the worlds of the room posterior promise."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from dubito.data.worlds.recall import recall
from dubito.data.worlds.typicality import ARTICLE, SLIP, VERB, beginnings, typicality
from dubito.data.worlds.voted import voted


def test_votes_follow_the_law() -> None:
    world = voted(0)
    assert [len(x.inputs) for x in (world.learnt, world.held, world.fresh)] == [600, 200, 3000]
    items = world.fresh
    np.testing.assert_allclose(items.law.sum(axis=1), 1)
    assert (items.votes.sum(axis=1) == 5).all()
    row = np.arange(3000)
    assert (items.votes[row, items.majority] == items.votes.max(axis=1)).all()
    error = (items.votes / 5 - items.law) / np.sqrt(items.law * (1 - items.law) / 5)
    assert error.std() == pytest.approx(1, abs=0.05)
    assert abs(error.mean()) < 0.05
    # The law is one of the inputs: logits are linear in them.
    logits = np.log(items.law)
    rest = np.linalg.lstsq(items.inputs, logits - logits.mean(axis=1, keepdims=True), rcond=None)
    assert rest[1].max() < 1e-9


def test_votes_shuffled_and_untaught() -> None:
    world = voted(1)
    null = world.shuffled(np.random.default_rng(0))
    assert null.learnt is world.learnt
    assert (null.fresh.inputs == world.fresh.inputs).all()
    assert np.sort(null.fresh.majority).tolist() == np.sort(world.fresh.majority).tolist()
    assert (null.fresh.majority == world.fresh.majority).mean() < 0.5
    assert (world.live, world.untaught().live) == (True, False)
    np.testing.assert_array_equal(voted(1).fresh.votes, world.fresh.votes)
    assert not np.array_equal(voted(2).fresh.votes, world.fresh.votes)


def counts(sentences: np.ndarray) -> np.ndarray:
    return np.bincount(sentences[:, 1], minlength=72).reshape(6, 12)


def test_typical_items_are_frequent_or_nothing_is() -> None:
    world = typicality(0)
    for language, low, high in ((world.graded, 0.9, 1.0), (world.flat, -0.5, 0.5)):
        found = [
            spearmanr(c, r).statistic
            for c, r in zip(counts(language.sentences), language.rating, strict=True)
        ]
        assert low < np.mean(found) <= high
        assert np.sort(language.rating).tolist() == [[*range(1, 13)]] * 6
        kinds = counts(language.sentences).sum(axis=1) / 3840
        assert kinds == pytest.approx([1 / 6] * 6, abs=0.03)
        named = language.sentences[:, 4] - 72
        assert set(named) == set(range(6))
        slipped = (named != language.sentences[:, 1] // 12).mean()
        assert slipped == pytest.approx(SLIP, abs=0.02)
        assert (language.sentences[:, [0, 2, 3]] == [ARTICLE, VERB, ARTICLE]).all()
    first = counts(world.graded.sentences)[world.graded.rating == 12]
    second = counts(world.graded.sentences)[world.graded.rating == 11]
    assert first.sum() / second.sum() == pytest.approx(2, rel=0.15)
    assert (beginnings()[:, 1] == np.arange(72)).all()
    null = world.shuffled(np.random.default_rng(0))
    assert null.graded.sentences is world.graded.sentences
    assert not np.array_equal(null.graded.rating, world.graded.rating)
    assert not world.untaught().live


def test_what_is_asked_is_shown_or_not() -> None:
    world = recall(0, lessons=500, judged=1000)
    for contexts, absent in (
        (world.lessons, np.zeros(500, dtype=bool)),
        (world.familiar, np.zeros(500, dtype=bool)),
        (world.judged, world.unanswerable),
    ):
        same = contexts.keys == contexts.asked[:, None]
        assert (same.sum(axis=1) == ~absent).all()
        assert (contexts.values[same] == contexts.answer[~absent]).all()
        assert all(len(set(row)) == 8 for row in contexts.keys)
        assert contexts.keys.max() == contexts.asked.max() == 31
        assert contexts.values.max() == 7
    assert world.unanswerable.sum() == 500
    null = world.shuffled(np.random.default_rng(0))
    assert null.lessons is world.lessons
    assert abs(null.unanswerable[:500].mean() - 0.5) < 0.1
