"""Worlds of deferral and of retrieval: their planted truth is there."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.data.worlds.cascades import LARGE, pairs
from dubito.data.worlds.lookups import KINDS, MULTI, SINGLE, laws, lookups, most_drawn


def test_pairs_are_as_stated() -> None:
    """Mean quality E Beta(2, 1.2) = 2 / 3.2 = 0.625; lengths 4 to 60; half begin unsurely."""
    world = pairs(0, fitted=500, judged=2500)
    n = 3000
    assert abs(world.small.mean() - 0.625) < 5 * 0.5 / math.sqrt(n)
    assert set(world.small) == {0.0, 0.5, 1.0}
    assert (world.large == LARGE).all()
    lengths = np.array([len(e.answer.tokens) for e in world.evidence])
    assert (lengths.min(), lengths.max()) == (4, 60)
    first = np.array([math.exp(e.answer.logprobs[0]) for e in world.evidence])
    # of the other half Beta(12, 1) is below 0.5 with probability 0.5^12
    assert abs((first < 0.5).mean() - 0.5) < 5 * 0.5 / math.sqrt(n)
    # ... and between 0.5 and 0.6 with 0.0019, 3 of 3000; tokens that decide lie there with 0.14
    assert ((first > 0.5) & (first < 0.6)).sum() < 12


def test_pairs_err_where_the_least_likely_token_after_the_first_is_unlikely() -> None:
    world = pairs(1, fitted=0, judged=1500)
    least = np.array([e.answer.logprobs[1:].min() for e in world.evidence])
    by_quality = [least[world.small == q].mean() for q in (0, 0.5, 1)]
    assert by_quality == sorted(by_quality)
    style = np.array([math.exp(e.answer.logprobs[0]) < 0.5 for e in world.evidence])
    gap = world.small[style].mean() - world.small[~style].mean()
    assert abs(gap) < 5 * 0.8 / math.sqrt(1500)


def test_lookups_succeed_as_stated() -> None:
    world = lookups(0, questions=6000)
    for kind in range(3):
        rows = world.kind == kind
        assert abs(rows.mean() - KINDS[kind]) < 5 * 0.5 / math.sqrt(6000)
        error = 5 * 0.5 / math.sqrt(rows.sum())
        assert abs(world.right[rows, 1].mean() - SINGLE[kind]) < error
        assert abs(world.right[rows, 2].mean() - MULTI[kind]) < error
    assert world.right[world.kind == 0, 0].mean() > 0.99
    assert world.right[world.kind == 1, 0].mean() < 0.15
    assert laws().sum(axis=1) == pytest.approx([1, 1, 1])
    assert np.sort(laws()[1])[-3:] == pytest.approx([0.12, 0.20, 0.45])


def test_most_drawn() -> None:
    assert most_drawn(np.array([3, 1, 1, 2])) == 1
    assert most_drawn(np.array([4, 2, 2, 4])) == 4


@pytest.mark.parametrize("build", [lambda: pairs(0, judged=60, fitted=40), lambda: lookups(0)])
def test_shuffled_truth_moves_together_and_the_evidence_stays(build) -> None:
    world = build()
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.evidence is world.evidence
    names = ("small", "large") if hasattr(world, "small") else ("kind", "right")
    rows, moved = (
        [tuple(np.ravel([getattr(w, n)[i] for n in names[:1]])) for i in range(len(w.evidence))]
        for w in (world, mixed)
    )
    assert sorted(rows) == sorted(moved)
    assert rows != moved


def test_shuffled_lookups_keep_each_row_whole() -> None:
    world = lookups(3, questions=300)
    mixed = world.shuffled(np.random.default_rng(0))

    def count(w) -> list:
        return sorted((int(k), *map(bool, r)) for k, r in zip(w.kind, w.right, strict=True))

    assert count(mixed) == count(world)
    assert (mixed.right != world.right).any()


def test_shuffled_pairs_keep_both_qualities_together() -> None:
    world = pairs(0, fitted=0, judged=50)
    mixed = replace(world, large=world.small).shuffled(np.random.default_rng(0))
    assert (mixed.small == mixed.large).all()
    assert (mixed.small != world.small).any()
