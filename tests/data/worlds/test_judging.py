"""The world of two judges: how answers are shown, what is learnt, that verdicts follow P(True)."""

import numpy as np
import pytest

from dubito.data.worlds.judging import (
    IDEAS,
    VERDICTS,
    judged_beside,
    judging,
    p_yes,
    shown_first,
    tokens_of,
)
from dubito.data.worlds.taught import taught, told
from dubito.data.worlds.topics import special, topic_world


def test_the_greedy_answer_stands_last() -> None:
    got = shown_first(np.array([[1, 2, 3, 4, 5]]), np.array([[90, 11, 12]]))
    assert got.tolist() == [[1, 2, 3, 4, 5, 11, 12, 90]]


def test_yes_against_no_by_hand() -> None:
    """0.3 and 0.1 beside other words: 0.75."""
    p = np.zeros((1, 40))
    p[0, [special("YES"), special("NO"), 30]] = 0.3, 0.1, 0.6
    assert p_yes(p) == pytest.approx([0.75])


def test_verdicts_to_learn_are_right_about_answers_for_tuning() -> None:
    world = topic_world(0, topics=3, names=6, relations=1)
    model = taught(world, seed=0, steps=3, batch=16)
    rows = np.flatnonzero(world.tuning)
    batches = judged_beside(model, world, rows, np.random.default_rng(0), 50)
    tokens, learnt = next(batches)
    assert tokens.shape == (50, 5 + IDEAS + 3)
    assert learnt[0].tolist() == [False] * 12 + [True]
    truth = {tuple(q): w for q, w in zip(*facts(world, rows), strict=True)}
    for row in tokens.numpy():
        right = truth[tuple(row[:5])] == row[5 + IDEAS]
        assert row[-1] == special("YES" if right else "NO")
        assert row[-2] == special("ASK")


def facts(world, rows):
    """Questions and the tokens of their true values."""
    return world.questions(rows).tolist(), world.value_token(world.value[rows]).tolist()


def test_tokens_are_those_of_the_texts() -> None:
    world = topic_world(0, topics=3, names=4, relations=1)
    model = taught(world, seed=0, steps=2, batch=16)
    evidence = told(model, world, np.arange(3), samples=2, seed=0).evidence
    assert [f"w{t}" for t in tokens_of(evidence)[2]] == [
        s.text for s in (evidence[2].answer, *evidence[2].samples)
    ]


def test_a_world_is_about_things_that_no_judge_met_and_its_truth_can_be_shuffled() -> None:
    world = judging(0, names=10, steps=20, tuning=4)
    assert len(world.evidence) == len(world.wrong) == 6 * 10 * 2 / 2
    assert world.verdicts.shape == (60, VERDICTS)
    assert all(len(e.samples) == IDEAS for e in world.evidence)
    p = np.array([e.p_true for e in world.evidence])
    # each question's mean verdict is binomial around the judge's P(True)
    deviation = world.verdicts.mean(axis=1).mean() - p.mean()
    assert abs(deviation) < 5 * np.sqrt((p * (1 - p)).sum() / VERDICTS) / len(p)
    assert ((world.beside > 0) & (world.beside < 1)).all()
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.wrong.sum() == world.wrong.sum()
    assert mixed.beside is world.beside
