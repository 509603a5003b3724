import numpy as np
import pytest

from dubito.data.worlds.self_report import (
    followed,
    reports,
    said_tokens,
    self_reported,
    topic_tenths,
    tuned,
)
from dubito.data.worlds.taught import answers, taught
from dubito.data.worlds.topics import TopicWorld, special, topic_world
from dubito.nn.tiny_transformer import TinyTransformer


@pytest.fixture(scope="module")
def base() -> tuple[TinyTransformer, TopicWorld]:
    """A small world that is learnt in a second or two."""
    world = topic_world(0, topics=6, names=10, relations=2)
    return taught(world, seed=0, steps=150, batch=64), world


def test_tenths_by_hand() -> None:
    """Topic 0: 2 of 3 right, 6 tenths; topic 1: none; topic 2 has no fact; topic 3: all."""
    topic = np.array([0, 0, 0, 1, 3])
    right = np.array([True, True, False, False, True])
    assert topic_tenths(topic, right).tolist() == [6, 6, 6, 0, 10]


def test_reports_judge_the_model_s_own_answers_to_the_things_for_tuning(
    base: tuple[TinyTransformer, TopicWorld],
) -> None:
    model, world = base
    tokens, learnt = next(reports(model, world, np.random.default_rng(0), 200))
    assert learnt[0].tolist() == [False] * 7 + [True]
    rows = np.flatnonzero(world.tuning)
    right = dict(
        zip(
            map(tuple, said_tokens(model, world, rows).tolist()),
            answers(model, world, rows).right,
            strict=True,
        )
    )
    asked = tokens[tokens[:, 6] == special("ASK")].tolist()
    assert 0.3 < len(asked) / 200 < 0.7
    for told in asked:
        assert (told[7] == special("YES")) == right[tuple(told[:6])]
    sure = tokens[tokens[:, 6] == special("SURE"), 7]
    assert ((sure >= special("C0")) & (sure <= special("C10"))).all()


def test_a_tuned_model_reports_what_it_reads(base: tuple[TinyTransformer, TopicWorld]) -> None:
    model, world = base
    before = [p.clone() for p in model.parameters()]
    judge = tuned(model, world, seed=0, steps=40, batch=64)
    assert all((a == b).all() for a, b in zip(before, model.parameters(), strict=True))
    rows = np.flatnonzero(~world.tuning)
    shown = self_reported(model, judge, world, rows, seed=0)
    p = followed(judge, said_tokens(model, world, rows), "ASK")
    yes = p[:, special("YES")]
    stated = np.array([e.stated for e in shown.evidence])
    assert np.array([e.p_true for e in shown.evidence]) == pytest.approx(
        yes / (yes + p[:, special("NO")])
    )
    assert set(np.round(stated * 10, 9)) <= set(range(11))
    often = world.group[rows] == 2
    assert stated[often].mean() > stated[~often].mean()
