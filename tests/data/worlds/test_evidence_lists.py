import math

import numpy as np
import pytest
from scipy.special import expit

from dubito.data.worlds.evidence_lists import EvidenceLists, evidence_lists


@pytest.fixture(scope="module")
def world() -> EvidenceLists:
    return evidence_lists(0)


def test_the_odds_follow_from_the_tokens(world: EvidenceLists) -> None:
    """Nothing, five priors of log odds -1, -.5, 0, .5, 1, twelve pieces, and the one that asks."""
    assert world.vocabulary == 19
    weight = np.concatenate([[0], [-1, -0.5, 0, 0.5, 1], world.ratios, [0]])
    assert expit(weight[world.tokens].sum(axis=1)) == pytest.approx(world.truth)
    assert sorted(world.ratios) == pytest.approx(np.linspace(-1.5, 1.5, 12))


def test_a_context_is_written_from_the_prior_on(world: EvidenceLists) -> None:
    """One prior, 3 to 6 different pieces after it, nothing before it, the question at the end."""
    assert world.tokens.shape == (7000, 8)
    assert (world.tokens[:, -1] == 18).all()
    kind = np.digitize(world.tokens[:, :-1], [1, 6])  # 0 nothing, 1 prior, 2 piece
    assert (np.diff(kind, axis=1) >= 0).all()
    assert ((kind == 1).sum(axis=1) == 1).all()
    pieces = (kind == 2).sum(axis=1)
    assert np.bincount(pieces)[3:] == pytest.approx(1750, abs=5 * math.sqrt(7000 * 3 / 16))
    used = [set(row[row > 5]) for row in world.tokens[:50]]
    assert [len(row) - 1 for row in used] == pieces[:50].tolist()


def test_annotators_are_near_the_truth_and_sometimes_silent(world: EvidenceLists) -> None:
    """Off by .08; one at most is missing, in 3 of 10 contexts, each as often."""
    missing = np.isnan(world.scores)
    assert set(missing.sum(axis=1)) == {0, 1}
    assert missing.mean(axis=0) == pytest.approx(0.1, abs=5 * math.sqrt(0.09 / 7000))
    inner = np.abs(world.truth - 0.5) < 0.15
    off = (world.scores - world.truth[:, None])[inner]
    assert np.nanstd(off) == pytest.approx(0.08, abs=0.003)
    assert abs(np.nanmean(off)) < 0.005
    assert np.nanmin(world.scores) == 0
    assert np.nanmax(world.scores) == 1


def test_shuffled_moves_whole_rows_of_those_to_learn_from(world: EvidenceLists) -> None:
    mixed = world.shuffled(np.random.default_rng(0))
    learnt, first = world.tuning, np.nan_to_num(world.scores[:, 0], nan=-1)
    again = np.nan_to_num(mixed.scores[:, 0], nan=-1)
    assert learnt.sum() == 6000
    assert sorted(again) == sorted(first)
    assert (again[~learnt] == first[~learnt]).all()
    assert (again[learnt] == first[learnt]).mean() < 0.1
    rows = {tuple(row) for row in np.nan_to_num(world.scores, nan=-1)}
    assert {tuple(row) for row in np.nan_to_num(mixed.scores, nan=-1)} == rows
    assert mixed.truth is world.truth


def test_same_seed_same_world() -> None:
    one, same, other = (evidence_lists(seed, n=20, judged=5) for seed in (3, 3, 4))
    assert (one.tokens == same.tokens).all()
    assert not (one.tokens == other.tokens).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 6, got 5"):
        evidence_lists(0, pieces=5)
