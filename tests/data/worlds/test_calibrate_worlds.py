"""The worlds of the add-ons on frozen predictors: their truth holds."""

import numpy as np
import pytest
from scipy.stats import gennorm, kstest

from dubito.data.worlds.misspecified import curve, misspecified
from dubito.data.worlds.output_noise import output_noise
from dubito.data.worlds.skewed import MEAN_DEVIATION, skewed


def test_misspecified() -> None:
    """sin(3) - .6 at .5 and so on: the best predictor errs nowhere, the constant 1 as computed."""
    assert curve(np.array([0.0, 0.5])) == pytest.approx([-0.6, np.sin(3) + 0.6])
    world = misspecified(0)
    assert world.excess(curve(world.at[:, 0])) == pytest.approx(np.zeros(400))
    assert world.excess(np.ones(400))[0] == pytest.approx((1 - np.sin(-6) + 0.6) ** 2)
    assert (world.x[:, 0] < -0.2).sum() == 20
    assert (len(world.y), len(world.more_y)) == (40, 80)
    assert world.y == pytest.approx(curve(world.x[:, 0]))
    mixed = world.shuffled(np.random.default_rng(0))
    plain, permuted = world.excess(np.zeros(400)), mixed.excess(np.zeros(400))
    assert sorted(plain) == sorted(permuted)
    assert abs(np.corrcoef(plain, permuted)[0, 1]) < 0.2
    assert np.array_equal(misspecified(0).x, world.x)
    assert not np.array_equal(misspecified(1).x, world.x)


def test_output_noise() -> None:
    world = output_noise(0, fitted=100, judged=4000)
    points = world.points
    scale = 0.05 + 0.25 * np.abs(np.sin(2 * points.x[:, 0]))
    left = points.x[:, 0] < 0
    assert kstest((points.noise / scale)[left], gennorm(1).cdf).pvalue > 0.01
    assert kstest((points.noise / scale)[~left], gennorm(2).cdf).pvalue > 0.01
    # Laplace: sqrt(2) scale; Gauss: scale / sqrt(2)
    assert points.deviation == pytest.approx(scale * np.where(left, np.sqrt(2), np.sqrt(0.5)))
    assert np.array_equal(points.y, points.mean + points.noise)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.points is points
    assert sorted(mixed.order) == world.order.tolist() != mixed.order.tolist()


def test_skewed() -> None:
    pytest.importorskip("sklearn")
    world = skewed(0, points=40000)
    noise = world.second.y - world.second.x[:, 0] ** 3
    assert noise.mean() == pytest.approx(0, abs=0.25)
    assert np.abs(noise).mean() == pytest.approx(MEAN_DEVIATION, rel=0.03)
    assert (noise > 0).mean() == pytest.approx(0.3085, abs=0.01)  # 1 - Phi(1 / 2)
    assert world.bias == pytest.approx(-0.5 * MEAN_DEVIATION)
    assert not np.array_equal(world.first.x, world.second.x)
    assert not np.array_equal(world.second.x, world.third.x)
    mixed = world.shuffled(np.random.default_rng(0))
    assert mixed.bias == 0
    assert mixed.first is world.first
    assert mixed.digits.label.tolist() != world.digits.label.tolist()
