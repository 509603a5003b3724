"""pac-nps, PacSets: the card's exact checks, limits, its scalar relative, saving, bad input."""

import json
import math

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from dubito.calibrate.boosted import BoostedTrees, Tree, boosted_quantile
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.calibrate.pac_sets import Level, PacSets, lowest_kept
from dubito.data.worlds.offered import sharpened
from dubito.evidence import Floats
from dubito.maths.quantiles import allowed_errors

TENTHS = np.arange(1.0, 11) / 10


def constant(value: float):
    def learn(features: Floats, target: Floats, share: float) -> Level:
        return lambda features: np.full(len(features), value)

    return learn


def test_two_errors_of_ten_are_allowed() -> None:
    """The card: scores .1, .2, ..., 1.0 and k* = 2: tau = .3, errors .1 and .2."""
    assert lowest_kept(np.random.default_rng(0).permutation(TENTHS), 2) == pytest.approx(0.3)
    assert (lowest_kept(TENTHS, 2) > TENTHS).sum() == 2
    assert lowest_kept(TENTHS, 0) == 0.1
    assert lowest_kept(TENTHS, -1) == -math.inf


def test_one_threshold_by_hand() -> None:
    """n = 100, .1 and .1: k* = 5, so the sixth smallest of log(1/100) ... log(1)."""
    scores = np.log(np.arange(1, 101) / 100)[:, None]
    sets = PacSets(epsilon=0.1, delta=0.1).fit(scores, np.zeros(100, dtype=int))
    assert sets.allowed_ == 5
    assert sets.offset_ == pytest.approx(math.log(0.06))
    assert sets.n_calibrated_ == 100
    got = sets.predict(np.log([[0.06, 0.059], [0.5, 0.01]]))
    assert got.members.tolist() == [[True, False], [True, False]]
    assert not got.everything.any()


def test_ties_at_the_threshold_are_in() -> None:
    """All scores equal: all are in, no error is made."""
    scores = np.full((50, 1), -1.0)
    sets = PacSets().fit(scores, np.zeros(50, dtype=int))
    assert sets.predict(scores).members.all()
    # half of them tied at the threshold, which k* = 1 of 50 does not pass
    rng = np.random.default_rng(0)
    tied = np.round(rng.normal(size=(50, 1)))
    sets.fit(tied, np.zeros(50, dtype=int))
    assert (~sets.predict(tied).members).sum() <= sets.allowed_ == allowed_errors(50, 0.1, 0.05)


@pytest.mark.parametrize(("n", "everything"), [(28, True), (29, False)])
def test_too_few_rows_leave_everything(n: int, everything: bool) -> None:
    sets = PacSets(epsilon=0.1, delta=0.05).fit(np.log(NUMBERS[:n]), np.zeros(n, dtype=int))
    got = sets.predict([[-50.0, math.nan]])
    assert got.everything.tolist() == [everything]
    assert got.members.tolist() == [[everything, False]]
    assert sets.allowed_ == (-1 if everything else 0)


NUMBERS = np.linspace(0.2, 0.9, 40)[:, None]


def test_right_answers_that_are_no_candidates_are_errors() -> None:
    """k* = 1 of 50 (.1, .1 allow 2 of 52): one may be missing, then the smallest stands."""
    scores = np.log(np.linspace(0.1, 0.9, 50))[:, None]
    right = np.zeros(50, dtype=int)
    full = PacSets(epsilon=0.1, delta=0.1).fit(scores, right)
    assert full.allowed_ == 1
    assert full.offset_ == scores[1, 0]
    right[7] = -1
    one = PacSets(epsilon=0.1, delta=0.1).fit(scores, right)
    assert (one.offset_, one.n_without_right_) == (scores[0, 0], 1)
    right[8] = -1
    assert PacSets(epsilon=0.1, delta=0.1).fit(scores, right).predict(scores).everything.all()


def test_a_constant_guess_changes_nothing() -> None:
    """The card: T + const is absorbed by c, and a constant T is the scalar set."""
    world = sharpened(0, fitted=400, judged=50)
    known, new = world.known, world.new
    zero, seven = (
        PacSets(constant(v)).fit(known.logp, known.right, known.features) for v in (0.0, 7.0)
    )
    got = zero.predict(new.logp, new.features).members
    assert np.array_equal(got, seven.predict(new.logp, new.features).members)
    rows = zero.parts(400)[1]
    scalar = PacSets().fit(known.logp[rows], known.right[rows])
    assert np.array_equal(got, scalar.predict(new.logp).members)

    def higher(features: Floats, target: Floats, share: float) -> Level:
        level = boosted_quantile(features, target, share)
        return lambda features: level(features) + 3

    plain = PacSets(boosted_quantile).fit(known.logp, known.right, known.features)
    moved = PacSets(higher).fit(known.logp, known.right, known.features)
    assert moved.offset_ == pytest.approx(plain.offset_ - 3)
    assert np.array_equal(
        moved.predict(new.logp, new.features).members, plain.predict(new.logp, new.features).members
    )


def test_a_monotone_transform_leaves_scalar_sets_alone() -> None:
    world = sharpened(1, fitted=300, judged=50)
    known, new = world.known, world.new
    one = PacSets().fit(known.logp, known.right).predict(new.logp)
    other = PacSets().fit(np.exp(known.logp), known.right).predict(np.exp(new.logp))
    assert np.array_equal(one.members, other.members)
    # a learnt guess follows scores of another scale only where it is learnt again
    level = PacSets(boosted_quantile).fit(known.logp, known.right, known.features).level_
    stale = PacSets(lambda *_: level)
    stale.fit(3 * known.logp, known.right, known.features)
    fresh = PacSets(boosted_quantile).fit(3 * known.logp, known.right, known.features)
    ours = fresh.predict(3 * new.logp, new.features).members
    plain = PacSets(boosted_quantile).fit(known.logp, known.right, known.features)
    assert np.array_equal(plain.predict(new.logp, new.features).members, ours)
    assert not np.array_equal(stale.predict(3 * new.logp, new.features).members, ours)


def test_a_smaller_delta_or_epsilon_has_larger_sets() -> None:
    world = sharpened(2, fitted=500, judged=50)
    for learn in (None, boosted_quantile):
        offsets = []
        for delta in (0.2, 0.05, 1e-5):
            sets = PacSets(learn, delta=delta)
            sets.fit(world.known.logp, world.known.right, world.known.features)
            offsets.append(sets.offset_)
        assert offsets[0] > offsets[1] > offsets[2]
    wide, narrow = (PacSets(epsilon=e).fit(world.logp, world.right).offset_ for e in (0.05, 0.3))
    assert wide < narrow


def test_it_is_more_careful_than_a_promise_on_average() -> None:
    """Split conformal misses 10 % on average, PAC sets in 95 % of the samples at most that."""
    world = sharpened(3, fitted=300, judged=1)
    careful = PacSets(epsilon=0.1, delta=0.05).fit(world.known.logp, world.known.right)
    mean = ConformalSets(0.1).fit(world.known.logp, world.known.right)
    assert careful.offset_ < mean.thresholds_[None, None]


def test_the_guess_is_learnt_on_other_rows_than_the_offset() -> None:
    """The offset belongs to the rows that the guess has not seen."""
    seen: list[np.ndarray] = []

    def spy(features: Floats, target: Floats, share: float) -> Level:
        seen.append(features[:, 0])
        return lambda features: np.zeros(len(features))

    scores = np.linspace(-3, 0, 100)[:, None]
    names = np.arange(100.0)[:, None]
    sets = PacSets(spy, learning=0.3, epsilon=0.2).fit(scores, np.zeros(100, dtype=int), names)
    rest = np.setdiff1d(np.arange(100), seen[0].astype(int))
    assert (len(seen[0]), sets.n_calibrated_) == (30, 70)
    assert sets.offset_ == np.sort(scores[rest, 0])[sets.allowed_]
    again = PacSets(spy, learning=0.3, epsilon=0.2).fit(scores, np.zeros(100, dtype=int), names)
    assert again.offset_ == sets.offset_
    PacSets(spy, learning=0.3, random_state=1).fit(scores, np.zeros(100, dtype=int), names)
    assert not np.array_equal(seen[2], seen[1])


def test_rows_without_a_right_candidate_do_not_teach() -> None:
    taught: list[np.ndarray] = []

    def spy(features: Floats, target: Floats, share: float) -> Level:
        taught.append(target)
        return lambda features: np.zeros(len(features))

    right = np.where(np.arange(60) % 10 == 0, -1, 0)
    scores = np.linspace(-3, 0, 60)[:, None]
    sets = PacSets(spy).fit(scores, right, np.zeros((60, 1)))
    assert np.isfinite(taught[0]).all()
    assert sets.n_without_right_ == 6
    with pytest.raises(ValueError, match="no right answer has a score in 30 rows"):
        PacSets(spy).fit(scores, np.full(60, -1), np.zeros((60, 1)))


def test_trees_by_hand() -> None:
    """x0 <= 1 -> 5; else x1 <= 0 -> 7, or 11; twice at rate 1/2 from base 1."""
    tree = Tree((0, -2, 1, -2, -2), (1.0, -2.0, 0.0, -2.0, -2.0), (1, -1, 3, -1, -1),
                (2, -1, 4, -1, -1), (0.0, 5.0, 0.0, 7.0, 11.0))  # fmt: skip
    x = np.array([[1.0, 9.0], [1.5, 0.0], [2.0, 0.1]])
    assert tree(x).tolist() == [5.0, 7.0, 11.0]
    twice = BoostedTrees(1.0, 0.5, (tree, tree))
    assert twice(x).tolist() == [6.0, 8.0, 12.0]
    # 1 + 1e-9 is 1 in single precision, in which scikit-learn compares
    assert twice(np.array([[1 + 1e-9, 9.0]])).tolist() == [6.0]


def test_trees_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)), rng.normal(size=300)
    y += x[:, 0] * 2
    model = GradientBoostingRegressor(
        loss="quantile", alpha=0.1, n_estimators=60, max_depth=2, random_state=0
    ).fit(x, y)
    ours = boosted_quantile(x, y, 0.1)
    new = rng.normal(size=(200, 3))
    assert ours(new) == pytest.approx(model.predict(new), abs=1e-12)
    assert (y < ours(x)).mean() == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize("learn", [None, boosted_quantile])
def test_saved_sets_decide_alike(learn) -> None:
    world = sharpened(4, fitted=300, judged=100)
    known, new = world.known, world.new
    sets = PacSets(learn, epsilon=0.2).fit(known.logp, known.right, known.features)
    again = PacSets.from_json(json.loads(json.dumps(sets.to_json(), allow_nan=False)))
    assert np.array_equal(
        sets.predict(new.logp, new.features).members, again.predict(new.logp, new.features).members
    )
    few = PacSets().fit(known.logp[:5], known.right[:5])
    again = PacSets.from_json(json.loads(json.dumps(few.to_json(), allow_nan=False)))
    assert again.predict(new.logp).everything.all()


def test_only_plain_numbers_are_saved() -> None:
    sets = PacSets(constant(0.0)).fit(np.log(NUMBERS), np.zeros(40, dtype=int), np.zeros((40, 1)))
    with pytest.raises(ValueError, match="only boosted trees can be saved, got function"):
        sets.to_json()
    with pytest.raises(ValueError, match="lack"):
        PacSets.from_json({"epsilon": 0.1})


@pytest.mark.parametrize("name", ["epsilon", "delta", "learning"])
@pytest.mark.parametrize("value", [0.0, 1.0, math.nan])
def test_bad_options_are_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name}.* inside .*{value}"):
        PacSets(**{name: value})


@pytest.mark.parametrize(
    "features", [None, np.zeros(40), np.zeros((39, 2)), np.full((40, 1), math.nan)]
)
def test_bad_features_are_named(features: np.ndarray | None) -> None:
    with pytest.raises(ValueError, match=r"finite features \[40, d\]"):
        PacSets(constant(0.0)).fit(np.log(NUMBERS), np.zeros(40, dtype=int), features)


def test_as_many_features_as_in_the_fit() -> None:
    sets = PacSets(constant(0.0)).fit(np.log(NUMBERS), np.zeros(40, dtype=int), np.zeros((40, 2)))
    with pytest.raises(ValueError, match="2 features were fitted, got 1"):
        sets.predict([[0.1]], [[0.1]])
