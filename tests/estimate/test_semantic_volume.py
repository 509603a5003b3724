import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from dubito.estimate import EigenScore, SemanticVolume, fit_projection
from dubito.evidence import Evidence, Sequence


def embedded(rows: np.ndarray) -> Evidence:
    """Samples with these embeddings; the greedy answer lies far from all."""
    greedy = 100 * np.ones((1, rows.shape[1]))
    samples = tuple(Sequence(str(k)) for k in range(len(rows)))
    return Evidence("?", Sequence("greedy"), samples, embeddings=np.vstack([greedy, rows]))


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_card():
    """30 degrees: 2 log sin 30; five equal vectors: log(5 + e) + 4 log e = -53.652604."""
    tilted = np.array([[1, 0], [math.cos(math.pi / 6), 0.5]])
    assert SemanticVolume()(embedded(tilted)).doubt == pytest.approx(-1.386294, abs=1e-6)
    equal = np.tile([0.6, 0.8], (5, 1))
    assert SemanticVolume(eps=1e-6)(embedded(equal)).doubt == pytest.approx(-53.652604, abs=1e-6)


@pytest.mark.parametrize("estimator", [SemanticVolume(), EigenScore()])
def test_spread_raises_doubt(estimator):
    rng = np.random.default_rng(0)
    centre, noise = rng.normal(size=12), rng.normal(size=(6, 12))
    doubts = [estimator(embedded(unit(centre + s * noise))).doubt for s in (0.05, 0.2, 1, 5)]
    assert doubts == sorted(doubts)


def test_even_spread_beats_one_direction():
    """Equal mean cosine, deviations along 1 or 4 axes: the volume sees the difference."""
    base, axes = np.eye(5)[0], np.eye(5)[1:]
    along_one = unit(base + 0.5 * np.array([axes[0], -axes[0], axes[0], -axes[0]]))
    along_four = unit(base + 0.5 * axes)
    one, four = (SemanticVolume()(embedded(rows)).doubt for rows in (along_one, along_four))
    assert four > one


def test_projection_is_pca():
    rng = np.random.default_rng(1)
    pooled = rng.normal(size=(50, 8)) * np.arange(1, 9) + 3
    ours, theirs = fit_projection(pooled, 3), PCA(3).fit(pooled)
    np.testing.assert_allclose(ours.mean, theirs.mean_)
    np.testing.assert_allclose(abs(ours.components.T), abs(theirs.components_), atol=1e-9)
    np.testing.assert_allclose(abs(ours(pooled)), abs(theirs.transform(pooled)), atol=1e-9)


def test_volume_in_the_projection():
    """Samples 3 and 4 along the second axis of two: V = (3, 4)' has eigenvalues 25 and 0."""
    axes = fit_projection(np.array([[0.0, 9], [0, -9], [1, 0], [-1, 0]]), 1)
    samples = embedded(np.array([[7.0, 3], [5, 4]]))
    doubt = SemanticVolume(eps=1e-3, projection=axes)(samples).doubt
    assert doubt == pytest.approx(math.log(25.001) + math.log(1e-3))


def test_full_projection_of_centred_data_is_a_rotation():
    rng = np.random.default_rng(2)
    pooled = rng.normal(size=(40, 6))
    pooled -= pooled.mean(0)
    turned = SemanticVolume(projection=fit_projection(pooled, 6))
    evidence = embedded(pooled[:4])
    assert turned(evidence).doubt == pytest.approx(SemanticVolume()(evidence).doubt)


def test_pooled_mean_is_removed():
    """Shifting all prompts alike changes nothing in the projection."""
    rng = np.random.default_rng(3)
    pooled = rng.normal(size=(40, 6))
    here = SemanticVolume(projection=fit_projection(pooled, 4))(embedded(pooled[:4]))
    moved = pooled + 5.0
    there = SemanticVolume(projection=fit_projection(moved, 4))(embedded(moved[:4]))
    assert there.doubt == pytest.approx(here.doubt)


def test_eigenscore_is_the_covariance_of_numpy():
    """np.cov centres each answer over its coordinates and divides by d - 1."""
    rows = unit(np.random.default_rng(4).normal(size=(5, 9)))
    covariance = np.cov(rows) * 8 + 1e-3 * np.eye(5)
    expected = np.log(np.linalg.eigvalsh(covariance)).mean()
    assert EigenScore()(embedded(rows)).doubt == pytest.approx(expected)
    assert EigenScore(alpha=1.0)(embedded(rows)).doubt > expected


@pytest.mark.parametrize("estimator", [SemanticVolume(), EigenScore()])
def test_rotations_and_the_greedy_answer(estimator):
    """The volume turns freely; EigenScore only about the axis (1, ..., 1), here by exchange."""
    rows = unit(np.random.default_rng(5).normal(size=(4, 6)))
    evidence = embedded(rows)
    doubt = estimator(evidence).doubt
    if estimator == SemanticVolume():
        turned = estimator(embedded(rows @ ortho_group.rvs(6, random_state=1)))
        assert turned.doubt == pytest.approx(doubt)
    assert estimator(embedded(rows[:, ::-1])).doubt == pytest.approx(doubt)
    moved = evidence.embeddings.copy()
    moved[0] = -3
    assert estimator(replace(evidence, embeddings=moved)).doubt == doubt


def test_bad_options():
    with pytest.raises(ValueError, match="eps must be above 0 and finite, got 0"):
        SemanticVolume(eps=0)
    with pytest.raises(ValueError, match="alpha must be above 0 and finite, got nan"):
        EigenScore(alpha=math.nan)
    with pytest.raises(ValueError, match="dimensions must be from 1 to 2"):
        fit_projection(np.ones((3, 5)), 3)
    with pytest.raises(ValueError, match="NaN"):
        SemanticVolume()(embedded(np.array([[1.0, 0], [math.nan, 0]])))
