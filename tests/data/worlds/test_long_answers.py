"""The truth of long answers holds: what is planted can be counted."""

import numpy as np
import pytest

from dubito.data.worlds.long_answers import MISTAKE, SILENT, facts, long_answers
from dubito.data.worlds.worded_claims import choices, worded_claims


def test_shapes_and_text():
    world = long_answers(0, answers=20, samples=4)
    assert sum(len(told.units) for told in world.asked) == len(world.wrong)
    for told in world.asked:
        assert " ".join(u.text for u in told.units) == told.evidence.answer.text
        assert all(u.text.endswith(".") for u in told.units)
        assert told.support is not None
        assert told.support.shape == (len(told.units), 4)


@pytest.mark.parametrize("build", [long_answers, worded_claims])
def test_same_seed_same_world(build):
    first, again, other = build(3, answers=8), build(3, answers=8), build(4, answers=8)
    np.testing.assert_array_equal(first.wrong, again.wrong)
    assert first.asked[0].evidence.answer.text == again.asked[0].evidence.answer.text
    assert len(first.wrong) != len(other.wrong) or (first.wrong != other.wrong).any()


def test_shuffled_keeps_the_counts():
    world = long_answers(0, answers=20)
    shuffled = world.shuffled(np.random.default_rng(0))
    assert shuffled.wrong.sum() == world.wrong.sum()
    assert (shuffled.wrong != world.wrong).any()
    assert shuffled.asked is world.asked


def test_the_model_is_as_often_right_as_it_thinks():
    """Error of the mean of n Bernoulli variables: at most 1 / (2 sqrt n); five of them."""
    rng = np.random.default_rng(1)
    told = [facts(rng, 1, 10, 0.0) for _ in range(500)]
    wrong = np.concatenate([f.wrong for f in told])
    thought = np.concatenate([[p[-1] for p in f.surprise] for f in told])
    assert abs(wrong.mean() - (1 - thought).mean()) < 5 / (2 * np.sqrt(len(wrong)))


def test_samples_speak_of_seven_facts_in_ten_and_terse_ones_of_three():
    rng = np.random.default_rng(2)
    full = np.concatenate([facts(rng, 10, 10, 0.0).samples for _ in range(100)])
    assert abs((full != SILENT).mean() - 0.7) < 5 / (2 * np.sqrt(full.size))
    assert not (full == MISTAKE).any()
    mixed = [facts(rng, 10, 10, 0.4) for _ in range(100)]
    rows = np.concatenate([f.samples for f in mixed])
    assert not (rows[:, 3:] == MISTAKE).any()
    terse = (rows == MISTAKE).any(axis=1)
    assert (rows[terse, 3:] == SILENT).all()
    expected = 0.4 * (1 - 0.2**3)  # terse, and not silent about all three
    assert abs(terse.mean() - expected) < 5 * np.sqrt(expected * (1 - expected) / len(rows))
    mistaken = np.concatenate([f.wrong[f.said == MISTAKE] for f in mixed])
    assert mistaken.all()


def test_contraries_are_as_likely_as_errors():
    """The judge's slips apart, contrary mass among claims at the key is the planted doubt."""
    rng = np.random.default_rng(3)
    c = choices(rng, 0.6)
    assert c.p.sum(axis=1) == pytest.approx(np.ones(len(c.p)))
    assert (np.diff(c.p, axis=1) <= 0).all()
    assert (c.relation == 1).sum() > (c.relation == -1).sum() > 0
    world = worded_claims(3)
    assert world.asked[0].relation is not None
    assert abs(world.wrong.mean() - 0.35) < 5 / (2 * np.sqrt(len(world.wrong)))
