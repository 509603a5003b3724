"""Trained worlds that are asked again: what their prompts hold, and what training leaves."""

import numpy as np

from dubito.data.worlds.hinted import (
    ANSWER,
    CLARITY,
    HINT,
    KEYS,
    NONE,
    QUERY,
    RELIABILITIES,
    VALUES,
    best_rates,
    hint_token,
    hinted_reader,
    lessons,
    some_facts,
)
from dubito.data.worlds.order_readers import foreseen, framed, order_readers, reader


def test_facts_are_as_clear_as_said() -> None:
    facts = some_facts(np.random.default_rng(0), 20_000)
    asked = facts.shown[np.arange(20_000), facts.key] == facts.truth
    for key, clarity in enumerate(CLARITY):
        rows = facts.key == key
        assert abs(asked[rows].mean() - clarity) < 5 * np.sqrt(0.25 / rows.sum())


def test_prompts_hold_each_fact_once_then_hint_and_query() -> None:
    facts = some_facts(np.random.default_rng(0), 50)
    tokens = facts.prompts(np.full(50, NONE))
    assert (np.sort(tokens[:, :KEYS] // VALUES, axis=1) == np.arange(KEYS)).all()
    assert (tokens[:, KEYS] == NONE).all()
    np.testing.assert_array_equal(tokens[:, -1] - QUERY, facts.key)
    at = tokens[np.arange(50)[:, None], np.argsort(facts.order, axis=1)]
    np.testing.assert_array_equal(at % VALUES, facts.shown)


def test_hints_are_as_reliable_as_their_source() -> None:
    tokens, learnt = next(lessons(np.random.default_rng(0), batch=40_000))
    assert learnt[:, -1].all()
    assert not learnt[:, :-1].any()
    hint, truth = tokens[:, KEYS].numpy(), tokens[:, -1].numpy() - ANSWER
    for source, reliability in enumerate(RELIABILITIES):
        of = (hint >= hint_token(source, np.array(0))) & (hint <= hint_token(source, np.array(7)))
        right = (hint[of] - HINT) % VALUES == truth[of]
        assert abs(right.mean() - reliability) < 5 * np.sqrt(0.25 / of.sum())


def test_best_rates_by_hand() -> None:
    """.75 is above .7 and .6: 1.3 of 3.98 right ones, .7 of 1.02 wrong ones."""
    np.testing.assert_allclose(best_rates(0.75), (1.3 / 3.98, 0.7 / 1.02))
    assert best_rates(1 / 8) == (0, 0)


def test_false_hints_are_false_and_the_null_has_no_source() -> None:
    world = hinted_reader(0, questions=200, steps=2, repair=1)
    assert (world.false != world.facts.truth).all()
    right = np.arange(200) % 2 == 0
    pushed = (world.pushing(right, 3) - hint_token(3, np.array(0))) % VALUES
    np.testing.assert_array_equal(pushed == world.facts.truth, ~right)
    assert RELIABILITIES[world.shuffled(np.random.default_rng(0)).source] == 1 / VALUES


def test_without_positions_no_order_is_seen() -> None:
    """Untrained but for 3 steps: differences of float32 alone; with positions far more."""
    rng = np.random.default_rng(0)
    bits = rng.permuted(np.tile(np.arange(16) < 5, (40, 1)), axis=1).astype(np.int64)
    blind, seeing = (reader(0, positions=p, steps=3) for p in (False, True))
    assert np.ptp(foreseen(blind, bits)) < 1e-6
    assert np.ptp(foreseen(seeing, bits)) > 1e-5
    assert framed(bits).shape == (40, 18)


def test_null_changes_the_readers_multiset_by_multiset() -> None:
    world = order_readers(0, orders=4, steps=1)
    flags = world.shuffled(np.random.default_rng(0)).sees_positions
    assert (flags.sum(axis=0) == 1).all()
    assert 0 < flags[0].sum() < flags.shape[1]
    np.testing.assert_allclose(world.bayes[:4], np.array([2, 3, 5, 7]) / 10)
