"""What acting on doubt buys, on tables whose truth is known."""

import math

import numpy as np
import pytest

from dubito.bench.policy import Helped, judge_policies, points
from dubito.guard.router import Flags


def world(n: int, seed: int) -> Helped:
    """Right alone with probability expit(-doubt), with help more often; one column is noise."""
    rng = np.random.default_rng(seed)
    alone, noise = rng.normal(0, 3, n), rng.normal(0, 1, n)
    with_help = rng.normal(0, 3, n)
    right: Flags = np.column_stack(
        [rng.random(n) < 1 / (1 + np.exp(alone)), rng.random(n) < 1 / (1 + np.exp(with_help - 4))]
    )
    tokens = np.column_stack([np.full(n, 10.0), np.full(n, 12.0)])
    doubts = (np.column_stack([alone, noise]), np.column_stack([with_help, noise]))
    return Helped(("doubt", "noise"), doubts, right, tokens)


def test_the_ends_of_the_curve_are_never_and_always() -> None:
    results = judge_policies(world(400, 0), splits=3)
    first, last = results.curve[0], results.curve[-1]
    assert (first.rate, last.rate) == (0, 1)
    assert first.accuracy == pytest.approx(results.never) == first.at_random
    assert last.accuracy == pytest.approx(results.always) == last.at_random
    assert (first.tokens, last.tokens) == (10, 22)


def test_half_of_the_tokens_at_half_of_the_help() -> None:
    """All doubts equal: half of the questions, whichever, pay 12 more: 10 + 6."""
    helped = world(100, 1)
    half = points(np.zeros(100), helped)[10]
    assert half.tokens == pytest.approx(16)
    assert half.accuracy == pytest.approx(half.at_random)


def test_a_doubt_that_knows_is_above_chance_and_noise_is_not() -> None:
    results = judge_policies(world(3000, 2), splits=3)
    by_id = {d.id: d for d in results.deferrals}
    assert by_id["doubt"].gain.low > 0.05
    assert by_id["noise"].gain.low < 0.01
    assert abs(by_id["noise"].gain.estimate) < 0.02
    assert by_id["doubt"].least < 0.6 < by_id["noise"].least
    assert by_id["doubt"].at_half > by_id["noise"].at_half + 0.1
    assert results.deferrals[-1].id == "noise"


def test_the_cascade_keeps_its_promises_over_splits() -> None:
    splits = judge_policies(world(1200, 3), splits=60, risk=0.15).splits
    assert splits.budget_kept > 0.85
    assert splits.risk_kept > 0.85  # of 300 answers: their own noise is counted too
    assert splits.answered > 0.5
    assert splits.gain.low > 0.1
    assert splits.accuracy - splits.unguarded == pytest.approx(splits.gain.estimate, abs=1e-9)


def test_labels_turned_around_gain_nothing() -> None:
    helped = world(800, 4)
    shuffled = Helped(
        helped.names,
        helped.doubts,
        helped.right[np.random.default_rng(0).permutation(800)],
        helped.tokens,
    )
    results = judge_policies(shuffled, splits=10)
    assert all(abs(d.gain.estimate) < 0.04 for d in results.deferrals)


def test_where_nothing_can_be_promised_everything_is_withheld() -> None:
    helped = world(100, 5)
    never = Helped(helped.names, helped.doubts, np.zeros((100, 2), dtype=bool), helped.tokens)
    splits = judge_policies(never, splits=5).splits
    assert (splits.silent, splits.answered, splits.risk_kept) == (1, 0, 1)
    assert math.isnan(splits.accuracy)


def test_an_unknown_doubt_is_helped_first() -> None:
    helped = world(200, 6)
    helped.doubts[0][:50, 0] = math.nan
    helped.right[:50] = (False, True)
    helped.right[50:] = (True, True)
    best = next(d for d in judge_policies(helped, splits=2).deferrals if d.id == "doubt")
    assert best.least == pytest.approx(0.25)
