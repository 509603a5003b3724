import numpy as np
import pytest
import torch

from dubito.data.worlds.graded_answers import GradedAnswers, graded_answers


@pytest.fixture(scope="module")
def world() -> GradedAnswers:
    return graded_answers(0, steps=40, topics=3)


def test_grades_are_of_the_answers_said(world: GradedAnswers) -> None:
    topics = world.topics
    rows = np.arange(len(topics))
    assert (world.said[:, :5] == topics.questions(rows)).all()
    assert (world.right == (world.said[:, 5] == topics.value_token(topics.value))).all()
    assert 0 < world.right.mean() < 1


def test_the_answer_is_the_models_likeliest_token(world: GradedAnswers) -> None:
    with torch.no_grad():
        p = world.model(torch.from_numpy(world.said[:, :5]))[:, -1].double().softmax(dim=-1)
    assert (p.argmax(dim=-1).numpy() == world.said[:, 5]).all()
    assert p.max(dim=-1).values.numpy() == pytest.approx(world.probability)


def test_shuffled_moves_grades_within_each_half(world: GradedAnswers) -> None:
    mixed = world.shuffled(np.random.default_rng(0))
    for half in (world.topics.tuning, ~world.topics.tuning):
        assert mixed.right[half].sum() == world.right[half].sum()
    assert (mixed.right != world.right).any()
    assert mixed.said is world.said
