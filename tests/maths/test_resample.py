"""The jackknife and the bootstrap: numbers by hand, closed forms, and what is undefined."""

import math
import time

import numpy as np
import pytest

from dubito.bench.metrics import auroc
from dubito.maths.resample import bootstrap_interval, difference_interval, jackknife


def test_jackknife_by_hand() -> None:
    # values 1, 2, 6: mean 3, squares 4 + 1 + 9 = 14, times (3 - 1) / 3
    assert jackknife([1.0, 2.0, 6.0]) == pytest.approx(math.sqrt(28 / 3))


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    x = np.random.default_rng(0).normal(size=17)
    without = [float(np.delete(x, k).mean()) for k in range(17)]
    assert jackknife(without) == pytest.approx(x.std(ddof=1) / math.sqrt(17))


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan, 2.0]])
def test_jackknife_of_too_little_is_unknown(values: list[float]) -> None:
    assert math.isnan(jackknife(values))


def test_interval_of_a_mean_is_the_normal_one() -> None:
    x = np.random.default_rng(1).normal(size=400)
    got = bootstrap_interval(np.mean, x, resamples=4000, level=0.9, rng=np.random.default_rng(2))
    half = 1.6449 * x.std() / 20  # the bootstrap's own deviation of a mean is std / sqrt(n)
    assert got.estimate == pytest.approx(x.mean())
    assert got.low == pytest.approx(x.mean() - half, abs=0.12 * half)
    assert got.high == pytest.approx(x.mean() + half, abs=0.12 * half)
    assert got.left_out == 0


def test_rows_stay_paired() -> None:
    x = np.arange(30.0)
    got = bootstrap_interval(
        lambda a, b: float(np.abs(a - b).max()), x, x + 1, rng=np.random.default_rng(0)
    )
    assert (got.low, got.high) == (1.0, 1.0)


def test_a_difference_of_paired_scores_is_sharper_than_either() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    got = difference_interval(lambda a, b: float((a * b).mean()), x + 0.1, x, np.ones(200), rng=rng)
    assert got.estimate == pytest.approx(0.1)
    assert got.high - got.low < 1e-9


def test_resamples_of_one_class_are_left_out_and_counted() -> None:
    # 4 rows, 1 wrong: without a wrong one (3/4)^4 = 81/256, all wrong 1/256: 82/256 undefined
    doubt, wrong = [1.0, 2.0, 3.0, 4.0], [0, 0, 0, 1]
    got = bootstrap_interval(auroc, doubt, wrong, resamples=4000, rng=np.random.default_rng(0))
    p = 82 / 256
    assert abs(got.left_out / 4000 - p) < 5 * math.sqrt(p * (1 - p) / 4000)
    assert (got.estimate, got.low, got.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("wrong", [[0, 0], [1, 1]])
def test_an_undefined_statistic_has_no_interval(wrong: list[int]) -> None:
    got = bootstrap_interval(auroc, [1.0, 2.0], wrong, resamples=9, rng=np.random.default_rng(0))
    assert all(math.isnan(x) for x in (got.estimate, got.low, got.high))
    assert got.left_out == 9


def test_no_rows_have_no_interval() -> None:
    got = bootstrap_interval(auroc, [], [], resamples=9, rng=np.random.default_rng(0))
    assert math.isnan(got.estimate)


def test_infinite_values_have_ends() -> None:
    x = np.array([1.0, math.inf, 2.0])
    got = bootstrap_interval(np.mean, x, resamples=200, rng=np.random.default_rng(0))
    assert got.high == math.inf
    assert 1 <= got.low <= 2


def test_same_seed_same_bits() -> None:
    x = np.random.default_rng(0).normal(size=20)
    first, second, other = (
        bootstrap_interval(np.mean, x, rng=np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        (([1.0], [1.0, 2.0]), {}, "common length"),
        ((), {}, "common length"),
        (([1.0],), {"resamples": 0}, "resamples"),
        (([1.0],), {"level": 1.0}, "level"),
    ],
)
def test_bad_input_is_named(arrays: tuple, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_interval(auroc, *arrays, rng=np.random.default_rng(0), **options)


def test_a_thousand_auroc_resamples_are_quick() -> None:
    rng = np.random.default_rng(0)
    doubt, wrong = rng.normal(size=200), rng.random(200) < 0.4
    start = time.process_time()
    bootstrap_interval(auroc, doubt, wrong, rng=rng)
    assert time.process_time() - start < 0.3
