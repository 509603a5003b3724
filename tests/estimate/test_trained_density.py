"""Distances of hidden states: which state is read, from what it is measured, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate.trained.mahalanobis import Mahalanobis, RelativeMahalanobis
from dubito.estimate.trained.rde import RobustDensity
from dubito.estimate.trained.states import last_state, mean_state
from dubito.estimate.trained.training import judged
from dubito.evidence import Evidence, Layers, Missing, Sequence
from dubito.extras import MissingExtra

RNG = np.random.default_rng(0)


def answer(rows: object, *, depth: float = 1.0, finished: bool = True) -> Evidence:
    """One answer with these states [1 + T, d]."""
    values = np.asarray(rows, dtype=np.float64)[None]
    tokens = tuple(f"t{i}" for i in range(values.shape[1] - 1))
    hidden = Layers((depth,), values)
    return Evidence("?", Sequence("t", tokens, hidden=hidden, finished=finished))


def one_token(state: object) -> Evidence:
    """An answer of one token chosen from this state; the state after it must not matter."""
    return answer([state, RNG.normal(size=len(state)) * 99])


def many(states: np.ndarray) -> list[Evidence]:
    return [one_token(state) for state in states]


# The rows (+-2, 0), (0, +-1): mean 0, S = diag(2, 1/2). Standardised: (+-sqrt 2, 0), (0, +-sqrt 2)
# with covariance I, so nothing is pulled and the precision is diag(1/2, 2).
CROSS = np.array([[2.0, 0], [-2, 0], [0, 1], [0, -1]])


def test_states_read():
    """Tokens are chosen from rows 0 and 1; the text ends with row 1 where an end token follows."""
    e = answer([[1.0, 0], [3, 2], [9, 9]])
    assert mean_state(e, 1.0).tolist() == [2, 1]
    assert last_state(e, 1.0).tolist() == [3, 2]
    cut = answer([[1.0, 0], [3, 2], [9, 9]], finished=False)
    assert mean_state(cut, 1.0).tolist() == [2, 1]
    assert last_state(cut, 1.0).tolist() == [9, 9]


def test_states_that_are_not_there():
    with pytest.raises(Missing, match=r"no hidden states at depth 0.5, only at \(1.0,\)"):
        mean_state(answer([[1.0], [2.0]]), 0.5)
    with pytest.raises(Missing, match="no tokens"):
        last_state(answer([[1.0]]), 1.0)
    with pytest.raises(ValueError, match="NaN or infinity"):
        mean_state(answer([[np.inf], [2.0]]), 1.0)
    # What is not read may be anything.
    assert mean_state(answer([[1.0], [np.nan]]), 1.0).tolist() == [1]


def test_mahalanobis_by_hand():
    """(2, 3): 4 / 2 + 9 * 2 = 20. The mean of rows (1, 2), (3, 4) is that state."""
    fitted = Mahalanobis().fit(many(CROSS))
    assert fitted(one_token([2, 3])).doubt == pytest.approx(20)
    assert fitted(answer([[1, 2], [3, 4], [7, 7]])).doubt == pytest.approx(20)
    assert fitted(one_token([0, 0])).doubt == pytest.approx(0)


def test_mahalanobis_is_of_right_answers():
    """Wrong ones, wherever they lie, change nothing."""
    known = [*many(CROSS), *many(RNG.normal(size=(5, 2)) * 50)]
    fitted = Mahalanobis().fit(known, [0] * 4 + [1] * 5)
    assert fitted(one_token([2, 3])).doubt == pytest.approx(20)
    assert Mahalanobis().fit(known)(one_token([2, 3])).doubt < 5


def test_mahalanobis_reads_its_depth():
    fitted = Mahalanobis(depth=0.5).fit([replace_depth(e, 0.5) for e in many(CROSS)])
    assert fitted.plan.hidden == (0.5,)
    assert fitted(replace_depth(one_token([2, 3]), 0.5)).doubt == pytest.approx(20)
    with pytest.raises(Missing):
        fitted(one_token([2, 3]))


def replace_depth(e: Evidence, depth: float) -> Evidence:
    hidden = Layers((depth,), e.answer.hidden.values)
    return replace(e, answer=replace(e.answer, hidden=hidden))


def test_mean_doubt_of_answers_like_those_of_the_fit_is_the_width():
    mix = np.eye(6) + 0.2 * RNG.normal(size=(6, 6))
    fitted = Mahalanobis().fit(many(RNG.normal(size=(2000, 6)) @ mix))
    doubts = [fitted(one_token(s)).doubt for s in RNG.normal(size=(2000, 6)) @ mix]
    assert np.mean(doubts) == pytest.approx(6, rel=0.06)


def test_distances_of_another_model_are_refused():
    fitted = Mahalanobis().fit(many(CROSS))
    with pytest.raises(ValueError, match="width 2, got one of 3"):
        fitted(one_token([1, 2, 3]))
    with pytest.raises(ValueError, match=r"widths \[2, 3\]"):
        Mahalanobis().fit([*many(CROSS), one_token([1, 2, 3])])


@pytest.mark.parametrize("make", [Mahalanobis, RelativeMahalanobis, RobustDensity])
def test_a_depth_is_a_share(make):
    with pytest.raises(ValueError, match=r"depth lies in \[0, 1\]"):
        _ = make(depth=12).plan


def test_relative_by_hand():
    """Twice as wide a background: precision diag(1/8, 1/2), so (2, 3) has 20 - 5 = 15."""
    fitted = RelativeMahalanobis().fit(many(CROSS), background=many(2 * CROSS))
    score = fitted(one_token([2, 3]))
    assert score.doubt == pytest.approx(15)
    assert score.parts == pytest.approx({"known": 20, "background": 5})


def test_relative_without_a_background_takes_all_answers():
    wrong = [0] * 4 + [1] * 4
    known = many(np.concatenate([CROSS, CROSS + 1]))
    fitted = RelativeMahalanobis().fit(known, wrong)
    expected = RelativeMahalanobis().fit(known[:4], background=known)
    assert fitted(one_token([2, 3])) == expected(one_token([2, 3]))


def test_relative_to_itself_is_nothing():
    fitted = RelativeMahalanobis().fit(many(CROSS), background=many(CROSS))
    assert fitted(one_token([2, 3])).doubt == 0
    with pytest.raises(ValueError, match="needs `wrong` or a `background`"):
        RelativeMahalanobis().fit(many(CROSS))


def test_background_takes_labels_too():
    """With a background all answers may be right."""
    fitted = RelativeMahalanobis().fit(many(CROSS), [0] * 4, background=many(2 * CROSS))
    assert fitted(one_token([2, 3])).doubt == pytest.approx(15)


def core_with_odd_ones() -> np.ndarray:
    """80 states of a unit core and 20 that lie together at 8 on the first axis."""
    states = RNG.normal(size=(100, 3))
    states[80:, 0] += 8
    return states


@pytest.mark.parametrize("linear", [True, False])
def test_the_core_is_not_moved_by_odd_answers(linear):
    """Odd places are far by the core; the plain distance puts them inside."""
    states = core_with_odd_ones()
    robust = RobustDensity(linear=linear).fit(many(states))
    plain = Mahalanobis().fit(many(states))
    odd, core = one_token([8, 0, 0]), one_token([0, 0, 0])
    assert plain(odd).doubt < 10
    assert robust(odd).doubt > 20
    assert robust(core).doubt < robust(odd).doubt / 5


def test_linear_core_is_that_of_the_clean_states():
    """With all axes kept, distances are those of the 80 clean states' own covariance."""
    states = core_with_odd_ones()
    robust = RobustDensity(linear=True).fit(many(states))
    clean = states[:80]
    precision = np.linalg.inv(np.cov(clean.T))
    for point in RNG.normal(size=(20, 3)) * 3:
        away = point - clean.mean(axis=0)
        assert robust(one_token(point)).doubt == pytest.approx(away @ precision @ away, rel=0.5)


def test_axes_are_at_most_a_fifth_of_the_answers():
    states = RNG.normal(size=(40, 12))
    assert len(RobustDensity().fit(many(states)).location_) == 8
    assert len(RobustDensity(dimensions=3).fit(many(states)).location_) == 3


@pytest.mark.parametrize("linear", [True, False])
def test_robust_density_has_no_unit_and_no_origin(linear):
    states = core_with_odd_ones()
    one = RobustDensity(linear=linear).fit(many(states))
    other = RobustDensity(linear=linear).fit(many(1000 * states - 1e10))
    point = np.array([1.0, -2, 3])
    assert other(one_token(1000 * point - 1e10)).doubt == pytest.approx(
        one(one_token(point)).doubt, rel=1e-3
    )


def test_robust_density_refuses_what_has_no_core():
    with pytest.raises(ValueError, match="at least 10 answers"):
        RobustDensity().fit(many(RNG.normal(size=(9, 2))))
    with pytest.raises(ValueError, match="all 10 states"):
        RobustDensity().fit(many(np.ones((10, 2))))
    with pytest.raises(ValueError, match="dimensions"):
        RobustDensity(dimensions=0)


def test_scikit_learn_is_named_where_it_lacks(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.covariance", None)
    with pytest.raises(MissingExtra, match=r"dubito\[calibrate\]"):
        RobustDensity().fit(many(RNG.normal(size=(20, 2))))


def test_judged_keeps_rows_and_labels_together():
    known = many(CROSS)
    found = judged(known, [None, True, float("nan"), False])
    assert found.evidence == (known[1], known[3])
    assert found.wrong.tolist() == [True, False]
