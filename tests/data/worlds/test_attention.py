"""The planted attention is where the worlds say, and the truth follows it."""

import numpy as np
import pytest

from dubito.data.worlds.attention import PROMPT, faltering, pointing, resting
from dubito.data.worlds.keyed_reasoning import (
    KEYS,
    answer_probability,
    key_places,
    keyed_reasoning,
)
from dubito.data.worlds.reasoning import CARRYING, TOKENS, reasoned
from dubito.data.worlds.running_sums import STEPS, language, running_sums, wrong_steps
from dubito.evidence import Evidence

WORLDS = (faltering, pointing, resting, reasoned)


def rows(evidence: Evidence) -> np.ndarray:
    assert evidence.answer.attention is not None
    return evidence.answer.attention.values


@pytest.mark.parametrize("world", WORLDS, ids=lambda w: w.__name__)
def test_well_formed(world) -> None:
    made = world(0, questions=6)
    for e in made.evidence:
        weights = rows(e)
        size = len(e.answer.tokens)
        assert weights.shape[2:] == (size, PROMPT + size)
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
        assert not np.triu(weights, PROMPT + 1).any()  # nothing is seen before it is written
        assert (np.asarray(e.answer.logprobs) <= 0).all()
        assert "".join(e.answer.tokens) == e.answer.text
    again = world(0, questions=6)
    np.testing.assert_array_equal(rows(made.evidence[5]), rows(again.evidence[5]))
    np.testing.assert_array_equal(made.wrong, again.wrong)
    assert not np.array_equal(rows(made.evidence[0])[0], rows(world(1, questions=1).evidence[0])[0])


def back(evidence: Evidence) -> np.ndarray:
    """[L, H, T - 1]"""
    return np.diagonal(rows(evidence)[..., PROMPT:], offset=-1, axis1=2, axis2=3)


def test_aware_heads_falter_in_wrong_answers_alone() -> None:
    """Beta(8, 2) has mean .8; in a wrong answer three of them are of mean .3."""
    world = faltering(0, questions=200)
    strongest = [back(e).mean(-1).max(-1).mean() for e in world.evidence]  # of the aware heads
    right, wrong = (np.mean([s for s, w in zip(strongest, world.wrong, strict=True) if w == k])
                    for k in (False, True))  # fmt: skip
    assert right == pytest.approx(0.8, abs=0.02)
    assert wrong < right - 0.05
    assert world.wrong.mean() == pytest.approx(0.4, abs=0.15)


def test_the_end_points_at_the_token_that_decides() -> None:
    world = pointing(0, questions=100)
    hits = []
    for e in world.evidence:
        looks = rows(e)[:, :2, -1, PROMPT:-1].mean((0, 1))
        hits.append(np.exp(np.asarray(e.answer.logprobs)[looks.argmax()]))
        assert not e.answer.tokens[-1]
    # p of the deciding tokens is uniform, and answers are right as often as it says.
    assert np.mean(hits) == pytest.approx(0.525, abs=0.1)
    assert np.mean(np.array(hits)[~world.wrong]) > np.mean(np.array(hits)[world.wrong]) + 0.2


def test_conclusions_look_at_two_names() -> None:
    world = resting(0, questions=50)
    for e in world.evidence:
        looks = rows(e)[:, 0, -1, PROMPT:-1].mean(0)
        two = np.argsort(-looks)[:2]
        assert all(e.answer.tokens[t].startswith(" Name") for t in (*two, -1))
        assert looks[two] == pytest.approx([0.4, 0.4], abs=0.02)
        assert sum(t.startswith(" Name") for t in e.answer.tokens) == 4
        assert e.answer.top is not None
        assert np.exp(e.answer.top.logprobs).sum(1) == pytest.approx(1)
        assert (np.diff(e.answer.top.logprobs, axis=1) <= 0).all()


def test_hops_of_the_path_are_carried_by_twenty_heads() -> None:
    world = reasoned(0, questions=5)
    for e, path in zip(world.evidence, world.path, strict=True):
        flat = rows(e).reshape(-1, TOKENS, PROMPT + TOKENS)
        for source, target in zip([TOKENS - 1, path[2], path[1]], path[::-1], strict=True):
            carried = flat[:, source - 1, PROMPT + target] > 0.59
            assert CARRYING <= carried.sum() <= CARRYING + 3
            assert target < source - 1  # never the token that has just been read


def test_keys_do_not_touch() -> None:
    rng = np.random.default_rng(0)
    for fillers in (4, 5, 12):
        places = key_places(fillers, rng)
        assert len(places) == KEYS + 1
        assert (np.diff(places) >= 2).all()
        assert places[-1] == fillers + KEYS


def test_truth_of_a_table_by_hand() -> None:
    """Xor of two keys of .7: both as they are or both otherwise, .49 + .09; one key: .7."""
    p = np.array([0.7, 0.7, 0.9, 0.9])
    xor = np.array([False, True, True, False])
    assert answer_probability(p, xor, 2) == pytest.approx(0.58)
    assert answer_probability(p, np.array([False, True]), 1) == pytest.approx(0.7)
    assert answer_probability(p, np.array([True, True]), 1) == pytest.approx(1)


def test_readings_replace_one_key_each() -> None:
    world = keyed_reasoning(0, models=20)
    for first, *rest in world.evidence:
        assert len(rest) == KEYS
        places = []
        for e in rest:
            pairs = zip(first.answer.tokens, e.answer.tokens, strict=True)
            (at,) = [t for t, (a, b) in enumerate(pairs) if a != b]
            places.append(at)
            logp, other = np.asarray(first.answer.logprobs), np.asarray(e.answer.logprobs)
            assert np.exp(logp[at]) + np.exp(other[at]) == pytest.approx(1)
            assert other[-1] in (0, -np.inf)
        assert len(set(places)) == KEYS
    rng = np.random.default_rng(0)
    assert sorted(world.shuffled(rng).truth) == sorted(world.truth)


def test_running_sums_and_their_words() -> None:
    """From 0: 3, then 3 + 18 = 2 (mod 19), then 5 is no 2 + 4, then 5 + 1 = 6 of its own 5."""
    digits = np.array([[3, 18, 4, 1]])
    assert wrong_steps(digits, np.array([[3, 2, 5, 6]])).tolist() == [[False, False, True, False]]
    # What writes no result is wrong, and so is what follows from it; 17 + 4 = 2 is right again.
    assert wrong_steps(digits, np.array([[-1, 17, 2, 3]])).tolist() == [[True, True, False, False]]
    rng = np.random.default_rng(0)
    spoken = language(rng)
    results = rng.integers(19, size=200)
    written = spoken.write(results, rng)
    np.testing.assert_array_equal(spoken.read(written), results)
    assert written.max() < spoken.vocabulary
    assert spoken.read(np.array([18, 19])).tolist() == [-1, -1]


def test_chains_are_recorded_as_the_model_saw_them() -> None:
    world = running_sums(0, problems=20, training=5)
    for e in (*world.known, *world.new):
        answer = e.answer
        assert rows(e).shape == (2, 4, STEPS, 2 * STEPS + 1)
        np.testing.assert_allclose(rows(e).sum(-1), 1, atol=1e-5)
        assert answer.hidden is not None
        assert answer.hidden.values.shape[:2] == (1, 1 + STEPS)
        assert answer.top is not None
        np.testing.assert_allclose(answer.top.logprobs[:, 0], answer.logprobs)  # greedy
        np.testing.assert_array_equal(answer.tokens, [f" r{i}" for i in answer.top.ids[:, 0]])
    assert world.known_wrong.shape == (20, STEPS)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.known_wrong.sum() == world.known_wrong.sum()
    assert not np.array_equal(mixed.known_wrong, world.known_wrong)
