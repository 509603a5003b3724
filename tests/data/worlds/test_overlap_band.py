"""The band is shared, the rest is not, the unknown lie far off."""

import numpy as np
import pytest

from dubito.data.worlds.overlap_band import CENTRES, overlap_band


def test_the_truth_holds() -> None:
    """Outside the band the nearest centre is the class; inside both are as likely."""
    world = overlap_band(0, known=4000, judged=1000)
    assert world.known.shape == (4000, 2)
    assert world.fresh.shape == world.unknown.shape == (1000, 2)
    near = np.linalg.norm(world.known - [0, -2], axis=1) < 0.5
    inside = np.bincount(world.labels[near], minlength=3)
    share = inside[0] / inside[:2].sum()
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(inside[:2].sum())
    assert inside[2] == 0
    far = np.linalg.norm(world.known - [0, -2], axis=1) > 2.5
    gaps = np.linalg.norm(world.known[far, None] - CENTRES, axis=2)
    assert (gaps.argmin(axis=1) == world.labels[far]).mean() > 0.98
    assert world.band.mean() == pytest.approx(0.2, abs=5 * 0.4 / np.sqrt(1000))
    np.testing.assert_allclose(world.fresh[world.band].mean(axis=0), [0, -2], atol=0.2)
    gaps = np.linalg.norm(world.unknown[:, None] - world.known, axis=2).min(axis=1)
    assert np.median(gaps) > 4


def test_shuffled_nothing_is_left() -> None:
    world = overlap_band(1, known=300, judged=300)
    null = world.shuffled(np.random.default_rng(0))
    assert not np.array_equal(null.labels, world.labels)
    assert np.bincount(null.labels).tolist() == np.bincount(world.labels).tolist()
    for part in (null.fresh, null.unknown):  # half of each is unknown, 300 draws
        unknown = np.linalg.norm(part, axis=1) > 7
        assert 0.35 < unknown.mean() < 0.65
    np.testing.assert_array_equal(null.band, world.band)


def test_same_seed_same_points() -> None:
    first, again, other = (overlap_band(s, known=9, judged=9) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.fresh, again.fresh)
    assert not np.array_equal(first.fresh, other.fresh)
