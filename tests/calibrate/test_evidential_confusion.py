"""evidential-confusion: the classifier around the plausibilities, its sets, saving, bad input."""

from functools import cache

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_predict
from sklearn.utils.estimator_checks import check_estimator

from dubito.calibrate import EvidentialConfusion
from dubito.calibrate.evidential_confusion import Reading, beside_top, possible, share_below
from dubito.calibrate.flexible_head import flexible_with, half_median_gap, trained_head
from dubito.calibrate.holdout import Rows
from dubito.data.worlds.overlap_band import OverlapBand, overlap_band

SMALL = EvidentialConfusion(centres=24, steps=120, set_size=1.2)
NAMES = np.array(["left", "right", "top"])


@cache
def world() -> OverlapBand:
    return overlap_band(0, known=1500, judged=300)


@cache
def fitted() -> EvidentialConfusion:
    return EvidentialConfusion(set_size=1.2).fit(world().known, NAMES[world().labels])


def test_shares_add_up_to_one() -> None:
    X = np.vstack([world().fresh, world().unknown, [[1e3, 1e3]]])
    seen = fitted().read(X)
    total = seen.belief.sum(axis=1) + seen.ignorance + seen.confusion
    np.testing.assert_allclose(total, 1)
    assert min(part.min() for part in seen) >= 0
    p = fitted().predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    doubt = (seen.confusion + seen.ignorance)[:, None] / 3
    np.testing.assert_allclose(p, seen.belief + doubt)
    np.testing.assert_array_equal(p.argmax(axis=1), seen.belief.argmax(axis=1))


def test_the_band_is_confused_and_the_unknown_unknown() -> None:
    fresh, unknown = fitted().read(world().fresh), fitted().read(world().unknown)
    band = world().band
    assert fresh.pairs[band, 0, 1].mean() > 5 * fresh.pairs[~band, 0, 1].mean()
    assert fresh.confusion[band].mean() > fresh.ignorance[band].mean() + 0.1
    assert unknown.ignorance.mean() > 3 * fresh.ignorance[~band].mean()


def test_sets_hold_one_class_two_or_none() -> None:
    sets = fitted().sets(world().fresh)
    band = world().band
    two = np.array([one == ["left", "right"] for one in sets])
    single = np.array([len(one) == 1 for one in sets])
    assert two[band].mean() > 0.6
    assert single[~band].mean() > 0.8
    unknown = [len(one) for one in fitted().sets(world().unknown)]
    assert np.mean(np.array(unknown) == 0) > 0.9
    assert fitted().score(world().fresh[~band], NAMES[nearest_centre(world().fresh[~band])]) > 0.9


def nearest_centre(points: np.ndarray) -> np.ndarray:
    """The class whose centre is nearest."""
    centres = np.array([[-2.0, 0.0], [2.0, 0.0], [0.0, 3.5]])
    return np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)


def reading(ignorance: list[float], rivals: list[list[float]]) -> Reading:
    """N points of top class 1 out of 3, with its confusion with 0 and with 2."""
    n = len(ignorance)
    pairs = np.zeros((n, 3, 3))
    pairs[:, 1, 0] = pairs[:, 0, 1] = np.array(rivals)[:, 0]
    pairs[:, 1, 2] = pairs[:, 2, 1] = np.array(rivals)[:, 1]
    pairs[:, 0, 2] = pairs[:, 2, 0] = 0.99  # not of the top class: never looked at
    return Reading(np.tile([0.1, 0.5, 0.0], (n, 1)), np.array(ignorance), np.zeros(n), pairs)


def test_thresholds_by_hand() -> None:
    aside = reading(
        [0.1, 0.2, 0.3, 0.4, 0.9],
        [[0.1, 0.01], [0.5, 0.02], [0.3, 0.25], [0.05, 0.03], [0.8, 0.7]],
    )
    assert beside_top(aside)[1].tolist() == [0.5, 0.02]
    model = EvidentialConfusion(accept=0.8, set_size=1.5)
    model.set_thresholds(aside)
    assert model.least_unknown_ == 0.4  # four of five are not above it
    # four are left, half a class more each: two more. 0.5 and 0.3 are above 0.25
    assert model.least_confused_ == 0.25
    model.set_params(set_size=1.0).set_thresholds(aside)
    assert model.least_confused_ == 0.5  # none is above
    model.set_params(set_size=3.0).set_thresholds(aside)
    assert model.least_confused_ == -1  # all are
    assert share_below(np.array([3.0, 1.0, 2.0]), 1.0) == 3
    assert share_below(np.array([3.0, 1.0, 2.0]), 0.34) == 2
    assert share_below(np.array([]), 0.9) == 1


def test_sets_by_hand() -> None:
    """At a threshold a class is not yet confused, and a point not yet unknown."""
    seen = reading([0.4, 0.4, 0.1, 0.5], [[0.25, 0.01], [0.26, 0.3], [0.0, 0.3], [0.9, 0.9]])
    assert possible(seen, unknown=0.4, confused=0.25).tolist() == [
        [False, True, False],
        [True, True, True],
        [False, True, True],
        [False, False, False],
    ]


def test_thresholds_keep_their_word_on_the_rows_they_were_set_on() -> None:
    rng = np.random.default_rng(0)
    aside = reading(rng.random(200).tolist(), rng.random((200, 2)).tolist())
    model = EvidentialConfusion(accept=0.9, set_size=1.3)
    model.set_thresholds(aside)
    kept = aside.ignorance <= model.least_unknown_
    assert kept.sum() == 180
    assert (beside_top(aside)[kept] > model.least_confused_).sum() == 54  # 0.3 * 180


def test_joint_confusion_is_larger() -> None:
    joint = clone(SMALL).set_params(joint=True, steps=20)
    alone = clone(SMALL).set_params(steps=20)
    X, y = world().known, world().labels
    mine, other = joint.fit(X, y).read(X).pairs, alone.fit(X, y).read(X).pairs
    assert (mine >= other - 1e-12).all()
    assert mine.sum() > 1.05 * other.sum()


def test_units_do_not_matter() -> None:
    X, y = world().known, world().labels
    short = clone(SMALL).set_params(steps=20)
    plain = clone(short).fit(X, y).predict_proba(X)
    scale = np.array([1e3, 1e-3])
    moved = clone(short).fit(X * scale + 5, y).predict_proba(X * scale + 5)
    np.testing.assert_allclose(moved, plain, atol=1e-6)


def test_same_seed_same_bits_and_no_global_seed() -> None:
    X, y = world().known, world().labels
    short = clone(SMALL).set_params(steps=10)
    before = torch.random.get_rng_state()
    first, again = (clone(short).fit(X, y).predict_proba(X) for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(first, again)
    other = clone(short).set_params(random_state=1).fit(X, y).predict_proba(X)
    assert not np.array_equal(first, other)


def test_ten_classes_are_learnt() -> None:
    """From plausibilities of 1/2 the belief in each would be 0.5^10, and nothing moves."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 10
    X = 6 * rng.normal(size=(10, 8))[y] + rng.normal(size=(300, 8))
    assert EvidentialConfusion(steps=100).fit(X, y).score(X, y) > 0.9


def test_the_head_starts_where_the_data_are() -> None:
    X, y = world().known, world().labels
    none = trained_head(Rows(X, y), loss=flexible_with(1.0), centres=9, steps=1, seed=0)
    assert none.centres.shape == (9, 2)
    assert half_median_gap(np.array([[0.0], [1.0], [4.0]])) == 1.5  # gaps 1, 3, 4
    assert half_median_gap(np.zeros((3, 2))) == half_median_gap(np.zeros((1, 2))) == 1


def test_saved_it_answers_alike(tmp_path) -> None:
    X = np.vstack([world().fresh, world().unknown])
    fitted().save(tmp_path / "x.safetensors")
    again = EvidentialConfusion.load(tmp_path / "x.safetensors")
    assert again.get_params() == fitted().get_params()
    assert again.sets(X) == fitted().sets(X)
    for mine, theirs in zip(again.read(X), fitted().read(X), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    with pytest.raises(ValueError, match="2 features"):
        again.predict([[1.0]])


def test_few_rows_twins_and_a_lone_class() -> None:
    short = EvidentialConfusion(steps=5)
    X = np.repeat(world().known[:6], 2, axis=0)
    y = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 2]
    model = short.fit(X, y)
    assert model.contains(X).shape == (12, 3)
    assert short.fit(np.ones((4, 2)), [0, 1, 0, 1]).predict_proba(np.ones((1, 2))).sum() == (
        pytest.approx(1)
    )


def test_bad_input_is_named() -> None:
    X, y = world().known[:30], world().labels[:30]
    with pytest.raises(NotFittedError):
        EvidentialConfusion().sets(X)
    with pytest.raises(NotFittedError):
        EvidentialConfusion().save("nowhere")
    with pytest.raises(ValueError, match="1 class: 7"):
        EvidentialConfusion().fit(X, [7] * 30)
    with pytest.raises(ValueError, match="NaN"):
        EvidentialConfusion().fit(np.where(X > 0, X, np.nan), y)
    for option in ({"centres": 0}, {"steps": 0}, {"regulariser": -1.0}):
        with pytest.raises(ValueError, match="at least 1"):
            EvidentialConfusion(**option).fit(X, y)
    for option in ({"accept": 0.0}, {"accept": 1.1}, {"set_size": 0.5}):
        with pytest.raises(ValueError, match="accept must lie"):
            EvidentialConfusion(**option).fit(X, y)


def test_scikit_learn_can_use_it() -> None:
    X, y = world().known[:60], world().labels[:60]
    folds = cross_val_predict(EvidentialConfusion(steps=5), X, y, cv=3, method="predict_proba")
    assert folds.shape == (60, 3)


@pytest.mark.slow
def test_check_estimator() -> None:
    check_estimator(EvidentialConfusion(steps=100), on_skip=None)
