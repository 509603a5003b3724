"""sdm: the card's exact checks, its limits, the region, and the classifier around them."""

import math
from functools import cache

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_predict
from sklearn.utils.estimator_checks import check_estimator

from dubito.calibrate import SDM, answer_features
from dubito.calibrate.holdout import Rows
from dubito.calibrate.neighbours import Support
from dubito.calibrate.sdm_activation import (
    dkw_error,
    nearness,
    rescaled_similarity,
    sdm,
    sdm_loss,
)
from dubito.calibrate.sdm_adaptor import (
    SOFTMAX,
    Adaptor,
    Weighing,
    balanced_loss,
    stored_distances,
    supported,
)
from dubito.calibrate.sdm_region import Region, reliable_region
from dubito.calibrate.sdm_training import Schedule, fresh_maps, trained_adaptor
from dubito.data.worlds.shown import shown
from dubito.evidence import Missing

Z = np.array([[1.0, 0.0]])


@pytest.mark.parametrize(
    ("q", "d", "expected"),
    [
        (0, 1, 2 / 3),
        (math.e - 2, 1, 1 / (1 + math.exp(-1))),  # the softmax, .7311
        (98, 1, 100 / 101),
        (98, 0.5, 10 / 11),
        (0, 0, 0.5),
        (1000, 0, 0.5),
    ],
)
def test_activation_by_hand(q: float, d: float, expected: float) -> None:
    p = sdm(Z, [q], [d])
    assert p[0].tolist() == pytest.approx([expected, 1 - expected])


def test_activation_is_the_softmax_at_its_point_and_order_is_kept() -> None:
    z = np.random.default_rng(0).normal(size=(20, 5))
    base, d = (np.full(20, value) for value in SOFTMAX)
    np.testing.assert_allclose(sdm(z, base, d), softmax(z, axis=1))
    sharp = sdm(z, np.full(20, 50), np.full(20, 0.3))
    assert (sharp.argsort(axis=1) == z.argsort(axis=1)).all()
    np.testing.assert_allclose(sdm(z + 100, base, d), sdm(z, base, d))
    assert np.isfinite(sdm(1e4 * z, np.full(20, 1e3), np.ones(20))).all()


def test_loss_has_its_own_base() -> None:
    assert sdm_loss(Z, [0], [0], [1]).tolist() == pytest.approx([-math.log2(2 / 3)])  # .5850
    assert sdm_loss(Z, [1], [0], [1]).tolist() == pytest.approx([-math.log2(1 / 3)])
    # base 100: (1 + log_100(1 + 1/100)) - 1
    assert sdm_loss(Z, [0], [98], [1]).tolist() == pytest.approx([math.log(1.01, 100)])
    assert np.isfinite(sdm_loss(1e5 * Z, [1], [98], [1])).all()


def test_nearness_by_hand() -> None:
    known = (np.array([1.0, 2.0, 3.0, 4.0]),)
    assert nearness([2.5, 0.5, 9.0, 2.0], known).tolist() == [0.5, 1.0, 0.0, 0.75]
    assert nearness([2.5, 9.0], (*known, np.array([9.0, 99.0]))).tolist() == [0.5, 0.0]
    assert nearness([2.5, 0.0], (*known, np.array([]))).tolist() == [0, 0]
    assert nearness([math.inf], known).tolist() == [0]


def test_rescaled_similarity_by_hand() -> None:
    q, p = [10, 10, 0, 1], [0.5, 1.0, 0.9, 0.2]
    expected = [math.sqrt(12), 10, 0, 1]  # 3^.2 = 1.25 is above 1
    assert rescaled_similarity(q, p).tolist() == pytest.approx(expected)


def test_band_width_by_hand() -> None:
    # ln 40 / 400
    assert dkw_error([200, 0, 1], 0.95).tolist() == pytest.approx([0.09603, 1, 1], abs=1e-5)
    assert dkw_error([200], 0.5)[0] == pytest.approx(math.sqrt(math.log(4) / 400))


def both(p: list[float]) -> np.ndarray:
    """[N, 2] from the probability of class 0."""
    return np.column_stack([p, 1 - np.array(p)])


def test_region_by_hand() -> None:
    """Level .75 of 4 points a class: the second lowest probability has to reach .75."""
    q = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 0.9])
    y = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    p = both([0.5, 0.6, 0.8, 0.9, 0.95, 0.3, 0.2, 0.1, 0.05, 0.99])
    # All with q >= 1: class 0 has .5 .6 .8 .9 .95, rank floor(.25 * 5) = 1: .6, too low.
    # From 2 on: .6 .8 .9 .95, rank 1: .8; class 1: .7 .8 .9 .95, rank 1: .8.
    region = reliable_region(q, p, y, 0.75)
    assert region.least == 2
    assert region.thresholds.tolist() == pytest.approx([0.8, 0.8])


def test_region_is_empty_where_a_class_never_reaches_it() -> None:
    q, y = np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1])
    for p in ([0.9, 0.9, 0.6, 0.6], [0.9, 0.9, 0.9, 0.9]):
        region = reliable_region(q, both(p), y, 0.75)
        assert region.least == math.inf
        assert not region.holds(q, both(p), np.array([0, 0, 1, 1])).any()
    alone = reliable_region(q, both([0.9] * 4), np.zeros(4, dtype=int), 0.75)  # no class 1
    assert alone.least == math.inf
    unlike = reliable_region(q / 5, both([0.9, 0.9, 0.1, 0.1]), y, 0.75)  # all q below 1
    assert unlike.least == math.inf


def test_inside_the_region_one_class_is_above_and_it_is_the_predicted() -> None:
    region = Region(2.0, np.array([0.4, 0.3]))
    cases = [  # q', p of class 0, predicted, inside
        (3.0, 0.9, 0, True),
        (2.0, 0.9, 0, True),
        (1.9, 0.9, 0, False),
        (3.0, 0.6, 0, False),  # both classes reach their thresholds
        (3.0, 0.35, 1, True),
        (3.0, 0.9, 1, False),
    ]
    q, p, said, inside = (np.array(column) for column in zip(*cases, strict=True))
    assert region.holds(q, both(p), said.astype(int)).tolist() == inside.tolist()
    everywhere = Region(0.0, region.thresholds)
    assert everywhere.holds(np.array([0.99, 1.0]), both([0.9, 0.9]), np.zeros(2, int)).tolist() == [
        False,
        True,
    ]


def clouds(seed: int = 0, *, n: int = 240, apart: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of the plane, named."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 3
    centres = apart * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    return centres[label] + rng.normal(size=(n, 2)), np.array(["a", "b", "c"])[label]


@cache
def fitted() -> SDM:
    return SDM(width=8, epochs=8, rate=0.02, level=0.9).fit(*clouds())


FAR = np.array([[60.0, 60.0], [-70.0, 0.0], [500.0, -3.0]])


def test_it_learns_and_relies_on_what_it_knows() -> None:
    X, y = clouds(1)
    model = fitted()
    reliable = model.reliable(X)
    assert model.score(X, y) > 0.9
    assert 0.2 < reliable.mean() < 1
    assert (model.predict(X) == y)[reliable].mean() > 0.97
    assert not model.reliable(FAR).any()
    np.testing.assert_allclose(model.predict_proba(FAR), 1 / 3, atol=1e-3)


def test_matches_are_rows_of_the_fit() -> None:
    X, y = clouds()
    new = clouds(1)[0]
    seen = fitted().read(new)
    said = fitted().predict(new)
    for run, one, q in zip(seen.matches, said, seen.similarity, strict=True):
        assert len(run) == q
        assert set(y[run]) <= {one}
        assert set(run) <= set(fitted().rows_)
    own = fitted().read(X[fitted().rows_])
    first = [run[0] if len(run) else -1 for run in own.matches]
    good = np.array(first) >= 0
    np.testing.assert_array_equal(np.array(first)[good], fitted().rows_[good])


def test_readings_hang_together() -> None:
    X = np.vstack([clouds(2)[0], FAR])
    seen = fitted().read(X)
    top = seen.probability.max(axis=1)
    np.testing.assert_allclose(seen.probability.sum(axis=1), 1)
    np.testing.assert_array_equal(seen.probability.argmax(axis=1), seen.logits.argmax(axis=1))
    np.testing.assert_allclose(seen.rescaled, rescaled_similarity(seen.similarity, top))
    assert ((seen.nearness >= 0) & (seen.nearness <= 1)).all()
    np.testing.assert_array_equal(fitted().unfamiliar(X), seen.rescaled < 1)


def test_the_band_holds_the_probability_of_the_prediction() -> None:
    X = np.vstack([clouds(2)[0], FAR])
    band, p = fitted().band(X), fitted().predict_proba(X)
    top = p.argmax(axis=1)
    rows = np.arange(len(X))
    assert (band.lower[rows, top] <= p[rows, top] + 1e-9).all()
    assert (band.upper[rows, top] >= p[rows, top] - 1e-9).all()
    assert (band.upper[rows, top] - band.lower[rows, top]).max() > 0.1
    seen = fitted().read(X)
    # The class with the fewest points behind it has the widest band, and sets it.
    fewest = band.size.min(axis=1)
    error = [min(math.sqrt(math.log(20) / (2 * n)), 1) if n else 1 for n in fewest]  # level 0.9
    near = np.clip(seen.nearness - error, 0, 1)
    np.testing.assert_allclose(band.lower, sdm(seen.logits, seen.similarity, near))
    below = fitted().aside_similarity_[:, None] < seen.rescaled  # [n, N]
    first = (below & (fitted().aside_labels_ == 0)[:, None]).sum(axis=0)
    np.testing.assert_array_equal(band.size[:, 0], first)


def test_units_do_not_matter() -> None:
    X, y = clouds()
    plain = fitted().predict_proba(X)
    moved = clone(fitted()).fit(1e4 * X - 3e5, y).predict_proba(1e4 * X - 3e5)
    np.testing.assert_allclose(moved, plain, atol=1e-4)


def test_same_seed_same_bits_and_no_global_seed() -> None:
    X, y = clouds()
    before = torch.random.get_rng_state()
    again = clone(fitted()).fit(X, y)
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(again.predict_proba(X), fitted().predict_proba(X))
    other = clone(fitted()).set_params(random_state=1).fit(X, y)
    assert not np.array_equal(other.predict_proba(X), fitted().predict_proba(X))


def test_rounds_keep_the_best() -> None:
    X, y = clouds(n=90)
    model = SDM(width=4, epochs=2, rate=0.02, rounds=3).fit(X, y)
    assert len(model.losses_) == 3
    assert len(set(model.losses_)) == 3
    train = Rows(model.index_.points, model.index_.label)
    assert len(model.rows_) == len(train.labels)
    assert len(model.rows_) + len(model.aside_labels_) == 90
    scaled = (X - model.centre_) / model.scale_
    np.testing.assert_allclose(model.adaptor_(scaled[model.rows_])[0], model.index_.points)
    aside = np.setdiff1d(np.arange(90), model.rows_)
    codes = np.searchsorted(model.classes_, y)
    rows = Rows(scaled[model.rows_], codes[model.rows_])
    other = Rows(scaled[aside], codes[aside])
    _, theirs = supported(model.adaptor_, rows, other)
    assert balanced_loss(model.adaptor_, other, theirs) == pytest.approx(model.losses_.min())


def test_saved_it_answers_alike(tmp_path) -> None:
    X = np.vstack([clouds(3)[0], FAR])
    model = fitted()
    model.save(tmp_path / "sdm.safetensors")
    again = SDM.load(tmp_path / "sdm.safetensors")
    assert again.get_params() == model.get_params()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    np.testing.assert_array_equal(again.reliable(X), model.reliable(X))
    for mine, theirs in zip(again.band(X), model.band(X), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(again.read(X), model.read(X), strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="2 features"):
        again.predict([[1.0, 2.0, 3.0]])


def test_an_empty_region_is_saved_and_says_no(tmp_path) -> None:
    X, y = clouds(n=60, apart=0.0)
    model = SDM(width=4, epochs=2).fit(X, np.random.default_rng(0).permutation(y))
    assert model.region_.least == math.inf
    assert not model.reliable(X).any()
    model.save(tmp_path / "x")
    assert SDM.load(tmp_path / "x").region_.least == math.inf


def test_ten_labels_and_a_lone_one() -> None:
    X, y = clouds(n=10)
    small = SDM(epochs=2).fit(X, y)
    assert small.predict_proba(X).shape == (10, 3)
    lone = SDM(epochs=2).fit(np.vstack([X, [[9.0, 9.0]]]), [*y, "d"])
    assert set(lone.classes_) == {"a", "b", "c", "d"}
    assert not lone.reliable(X).any()  # no distance is known of d, so nothing is near
    assert (lone.read(X).nearness == 0).all()
    assert set(lone.predict(X)) <= set(lone.classes_)


def test_twins_and_constant_features() -> None:
    X, y = clouds(n=60)
    twins = SDM(epochs=3, rate=0.02).fit(np.vstack([X, X]), [*y, *y])
    assert np.isfinite(twins.predict_proba(X)).all()
    flat = SDM(epochs=2).fit(np.ones((20, 3)), np.arange(20) % 2)
    np.testing.assert_allclose(flat.predict_proba(np.ones((2, 3))).sum(axis=1), 1)


def test_bad_input_is_named() -> None:
    X, y = clouds(n=30)
    with pytest.raises(NotFittedError):
        SDM().predict(X)
    with pytest.raises(NotFittedError):
        SDM().save("nowhere")
    with pytest.raises(ValueError, match="1 class: a"):
        SDM().fit(X, ["a"] * 30)
    with pytest.raises(ValueError, match="NaN"):
        SDM().fit(np.where(X > 0, X, np.nan), y)
    for option in ({"width": 0}, {"epochs": 0}, {"rounds": 0}, {"rate": 0.0}):
        with pytest.raises(ValueError, match="at least 1"):
            SDM(**option).fit(X, y)
    with pytest.raises(ValueError, match="level must lie inside"):
        SDM(level=1.0).fit(X, y)
    with pytest.raises(ValueError, match="got 0"):
        SDM(calibration=0).fit(X, y)


def test_scikit_learn_can_use_it() -> None:
    X, y = clouds(n=60)
    folds = cross_val_predict(SDM(epochs=2), X, y, cv=3, method="predict_proba")
    assert folds.shape == (60, 3)


def test_weights_of_training_points_pass_themselves_over() -> None:
    """Two points of a class, 1 apart, and a third class far off: by hand."""
    plain = Adaptor(np.eye(1), np.zeros(1), np.array([[-1.0], [1.0]]), np.array([5.0, -5.0]))
    train = Rows(np.array([[0.0], [1.0], [3.0], [10.0], [11.0]]), np.array([0, 0, 0, 1, 1]))
    own, other = supported(plain, train, Rows(np.array([[2.5], [30.0]]), np.array([0, 1])))
    # from 0: 1, 3, then 10; from 1: 0, 3; from 3: 1, 0; 10 and 11 have each other
    assert own.similarity.tolist() == [2, 2, 2, 1, 1]
    # nearest others at 1, 1, 2 | 1, 1: class 1 knows nothing beyond 1
    assert own.nearness.tolist() == [1, 1, 0, 1, 1]
    assert other.similarity.tolist() == [3, 2]
    assert other.nearness.tolist() == [1, 0]


def test_training_follows_the_gradient_of_the_loss() -> None:
    """One step of one batch: Adam's first step is the rate times the gradient's sign."""
    rng = np.random.default_rng(0)
    rows = Rows(rng.normal(size=(20, 3)), np.arange(20) % 2)
    weigh = Weighing(rng.integers(0, 9, 20).astype(float), rng.uniform(0.2, 1, 20))
    how = Schedule(width=4, epochs=2, rate=1e-3)
    seen: list[Adaptor] = []

    def fixed(adaptor: Adaptor, train: Rows, other: Rows) -> tuple[Weighing, Weighing]:
        seen.append(adaptor)
        return weigh, weigh

    trained_adaptor(rows, rows, weigh=fixed, how=how, seed=3)
    first, second = seen

    def loss(adaptor: Adaptor) -> float:
        return float(sdm_loss(adaptor(rows.features)[1], rows.labels, *weigh).mean())

    def moved(by: float) -> Adaptor:
        return Adaptor(
            first.weight, first.bias, first.class_weight, first.class_bias + np.array([by, 0])
        )

    slope = (loss(moved(1e-5)) - loss(moved(-1e-5))) / 2e-5
    start = adaptor_bias(seed=3)
    plain = Weighing(*(np.full(20, v) for v in SOFTMAX))
    origin = fresh_maps(3, 4, 2, seed=3)
    weights = [p.detach().double().numpy() for p in origin.parameters()]

    def plain_loss(by: float) -> float:
        z = Adaptor(*weights[:3], weights[3] + np.array([by, 0]))(rows.features)[1]
        return float(sdm_loss(z, rows.labels, *plain).mean())

    before = (plain_loss(1e-5) - plain_loss(-1e-5)) / 2e-5
    assert np.sign(first.class_bias[0] - start[0]) == -np.sign(before)
    # Adam: m = .1 (.9 g1 + g2) / (1 - .81), v = .001 (.999 g1^2 + g2^2) / (1 - .998001)
    m = 0.1 * (0.9 * before + slope) / 0.19
    v = 0.001 * (0.999 * before**2 + slope**2) / 0.001999
    step = second.class_bias[0] - first.class_bias[0]
    assert step == pytest.approx(-1e-3 * m / math.sqrt(v), rel=1e-2)


def adaptor_bias(*, seed: int) -> np.ndarray:
    """First biases of the classes."""
    return [p.detach().double().numpy() for p in fresh_maps(3, 4, 2, seed=seed).parameters()][3]


def test_softmax_goes_on_while_a_class_has_no_support() -> None:
    """A nearness of 0 everywhere would stop the maps for good."""
    rows = Rows(np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2)

    def last(weighing: Weighing) -> Adaptor:
        seen: list[Adaptor] = []

        def fixed(adaptor: Adaptor, train: Rows, other: Rows) -> tuple[Weighing, Weighing]:
            seen.append(adaptor)
            return weighing, weighing

        trained_adaptor(rows, rows, weigh=fixed, how=Schedule(width=4, epochs=4), seed=0)
        return seen[-1]

    plain = last(Weighing(*(np.full(20, value) for value in SOFTMAX)))
    nothing = last(Weighing(np.full(20, 7.0), np.zeros(20)))
    np.testing.assert_array_equal(nothing.class_weight, plain.class_weight)


def test_distances_of_supported_points_alone_are_stored() -> None:
    runs = tuple(np.zeros(n, dtype=int) for n in (2, 0, 1, 3))
    support = Support(runs, np.array([5.0, 1.0, 4.0, 2.0]))
    stored = stored_distances(support, np.array([0, 0, 1, 0]), 3)
    assert [one.tolist() for one in stored] == [[2.0, 5.0], [4.0], []]


def test_every_class_weighs_the_same_in_choosing_the_epoch() -> None:
    """Losses by hand, base 2: -log2 of 2/3 for class 0, three times, of 1/3 for class 1."""
    fixed = Adaptor(np.eye(1), np.zeros(1), np.zeros((2, 1)), np.array([1.0, 0.0]))
    rows = Rows(np.zeros((4, 1)), np.array([0, 0, 0, 1]))
    loss = balanced_loss(fixed, rows, Weighing(np.zeros(4), np.ones(4)))
    assert loss == pytest.approx((-math.log2(2 / 3) - math.log2(1 / 3)) / 2)


def test_features_of_answers() -> None:
    answers = [shown(seed) for seed in range(3)]
    features = answer_features(answers, depth=0.5)
    layers = answers[0].answer.hidden
    states = layers.values[layers.depths.index(0.5)]
    np.testing.assert_allclose(features[0, : states.shape[1]], states[:-1].mean(axis=0))
    last = -2 if answers[0].answer.finished else -1
    np.testing.assert_allclose(features[0, states.shape[1] :], states[last])
    assert features.shape == (3, 2 * states.shape[1])
    with pytest.raises(Missing, match=r"depth 0\.123"):
        answer_features(answers, depth=0.123)


@pytest.mark.slow
def test_check_estimator() -> None:
    check_estimator(SDM(epochs=3, rate=0.05), on_skip=None)
