import numpy as np
import pytest

from dubito.data.worlds.taught import Answers, answers, taught, told
from dubito.data.worlds.topics import TopicWorld, topic_world


@pytest.fixture(scope="module")
def small() -> tuple[TopicWorld, Answers]:
    """A world of half the size that is learnt in a second or two, and the model's answers."""
    world = topic_world(0, topics=6, names=10, relations=2)
    model = taught(world, seed=0, steps=150, batch=64)
    return world, answers(model, world, np.arange(len(world)))


def test_what_is_often_heard_is_known_and_what_is_not_is_guessed(
    small: tuple[TopicWorld, Answers],
) -> None:
    world, said = small
    right = [said.right[world.group == g].mean() for g in range(3)]
    assert right[2] > 0.9
    assert right[0] < 0.35  # 40 guesses at 1 in 10
    assert right[0] <= right[1] + 0.15


def test_it_is_surer_of_what_it_guesses_than_it_is_right(
    small: tuple[TopicWorld, Answers],
) -> None:
    world, said = small
    never = world.group == 0
    assert said.probability[never].mean() > said.right[never].mean() + 0.1


def test_answers_are_graded_by_the_truth(small: tuple[TopicWorld, Answers]) -> None:
    world, said = small
    assert (said.right == (said.value == world.value)).all()
    assert ((said.probability > 0) & (said.probability <= 1)).all()


@pytest.mark.slow
def test_the_whole_world_is_as_the_cards_say() -> None:
    """Greedy accuracy 1.00 / .33 / .10 in the cards, at high probability all the same."""
    world = topic_world(0)
    said = answers(taught(world, seed=0), world, np.arange(len(world)))
    right = [said.right[world.group == g].mean() for g in range(3)]
    assert right[2] > 0.97
    assert 0.2 < right[1] < 0.5
    assert right[0] < 0.15
    assert said.probability[world.group == 0].mean() > 0.4


def test_told_shows_what_the_model_thought() -> None:
    world = topic_world(1, topics=3, names=10, relations=2)
    model = taught(world, seed=1, steps=20, batch=32)
    rows = np.arange(0, 60, 2)
    shown = told(model, world, rows, samples=4, seed=0)
    graded = answers(model, world, rows)
    assert (shown.wrong == ~graded.right).all()
    size = np.log(world.vocabulary)
    for e, p in zip(shown.evidence, graded.probability, strict=True):
        said = (e.answer, *e.samples)
        same = np.array([[a.text == b.text for b in said] for a in said])
        assert (e.entailment == same).all()
        assert (e.embeddings @ e.embeddings.T == same).all()
        assert np.exp(e.answer.logprobs[0]) == pytest.approx(p)
        assert -e.answer.logprobs[0] <= e.answer.entropies[0] <= size
        # Renyi's divergence rises with its order: one half is below one, which is log V - H
        assert e.answer.uniform_renyi[0] <= size - e.answer.entropies[0] + 1e-9
        assert e.answer.uniform_kl[0] >= 0


def test_drawn_answers_follow_the_model() -> None:
    """Share of samples that repeat the greedy answer against its probability, 5 errors wide."""
    world = topic_world(2, topics=3, names=10, relations=2)
    model = taught(world, seed=2, steps=60, batch=32)
    rows = np.arange(60)
    shown = told(model, world, rows, samples=100, seed=0)
    p = answers(model, world, rows).probability
    share = np.mean([[s.text == e.answer.text for s in e.samples] for e in shown.evidence])
    assert abs(share - p.mean()) < 5 * np.sqrt((p * (1 - p)).sum() / 100) / len(p)
