"""The promises of sets of answers, counted against their exact laws."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.calibrate.boosted import boosted_quantile
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.calibrate.pac_sets import PacSets, lowest_kept
from dubito.data.worlds.offered import favoured, sharpened, three_kinds
from dubito.maths.quantiles import allowed_errors


def conformal_law(n: int, alpha: float) -> float:
    return math.ceil(round((n + 1) * (1 - alpha), 9)) / (n + 1)


def tolerance(p: float, draws: int) -> float:
    return 5 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize(("n", "alpha"), [(19, 0.1), (25, 0.1), (10, 0.3)])
def test_split_sets_cover_exactly_as_often_as_the_law_says(n: int, alpha: float) -> None:
    draws = 1500
    w = favoured(0, fitted=draws * (n + 1), judged=0)
    blocks = np.arange(draws * (n + 1)).reshape(draws, n + 1)
    held = [
        ConformalSets(alpha)
        .fit(w.logp[b[:n]], w.right[b[:n]])
        .predict(w.logp[b[n:]])
        .hold(w.right[b[n:]])[0]
        for b in blocks
    ]
    exact = conformal_law(n, alpha)
    assert abs(np.mean(held) - exact) < tolerance(exact, draws)


def by_kind(draws: int, n: int, *, mondrian: bool) -> dict[int, float]:
    """Coverage of each kind, n questions of each to calibrate on."""
    held: dict[int, list[bool]] = {0: [], 1: [], 2: []}
    w = three_kinds(1, fitted=4 * draws * (n + 1), judged=0)
    rows = [np.flatnonzero(w.kinds == k)[: draws * (n + 1)].reshape(draws, -1) for k in range(3)]
    for block in zip(*rows, strict=True):
        known = np.concatenate([b[:n] for b in block])
        new = np.array([b[n] for b in block])
        groups = (w.kinds[known].tolist(), w.kinds[new].tolist()) if mondrian else (None, None)
        sets = ConformalSets(0.1, by_kind=mondrian).fit(w.logp[known], w.right[known], groups[0])
        got = sets.predict(w.logp[new], groups[1]).hold(w.right[new])
        for kind, is_in in enumerate(got):
            held[kind].append(is_in)
    return {kind: float(np.mean(values)) for kind, values in held.items()}


def test_mondrian_sets_cover_each_kind_exactly_where_one_threshold_fails() -> None:
    """19 of each kind, alpha 0.1: 18 / 20."""
    draws = 1000
    exact = conformal_law(19, 0.1)
    assert exact == 0.9
    for coverage in by_kind(draws, 19, mondrian=True).values():
        assert abs(coverage - exact) < tolerance(exact, draws)
    plain = by_kind(draws, 19, mondrian=False)
    assert plain[2] < exact - tolerance(exact, draws)  # too bold
    assert plain[0] > exact + tolerance(exact, draws)  # too shy


def test_class_conditional_sets_cover_each_answer_exactly() -> None:
    """Nine of each answer, alpha 0.2: 8 / 10, where one threshold is far off for the last."""
    draws = 500
    w = favoured(2, fitted=7 * draws * 10, judged=0, lean=0.8)
    rows = [np.flatnonzero(w.right == c)[: draws * 10].reshape(draws, 10) for c in range(6)]
    held, plain = [], []
    for block in zip(*rows, strict=True):
        known = np.concatenate([b[:9] for b in block])
        new = np.array([b[9] for b in block])
        for by_class, out in ((True, held), (False, plain)):
            sets = ConformalSets(0.2, by_class=by_class).fit(w.logp[known], w.right[known])
            out.append(sets.predict(w.logp[new]).hold(w.right[new]))
    coverage, loose = np.mean(held, axis=0), np.mean(plain, axis=0)  # [6]
    assert (np.abs(coverage - 0.8) < tolerance(0.8, draws)).all()
    assert loose[5] < 0.8 - tolerance(0.8, draws)
    assert loose[0] > 0.8 + tolerance(0.8, draws)


def test_answers_that_are_no_candidates_are_paid_for() -> None:
    """A tenth is no candidate; 19 to calibrate on, alpha 0.2, rank 16: the exact law, with ties.

    m of the 20 are no candidates. Up to 4 of them the new one is held where its rank is at most
    16 of 20; from 5 on the 16th of the 19 is none, and everything holds all.
    """
    n, draws, alpha = 19, 3000, 0.2
    rng = np.random.default_rng(3)
    w = favoured(3, fitted=draws * (n + 1), judged=0)
    right = np.where(rng.random(len(w.right)) < 0.1, -1, w.right)
    held, everything = [], []
    for b in np.arange(len(right)).reshape(draws, n + 1):
        sets = ConformalSets(alpha).fit(w.logp[b[:n]], right[b[:n]]).predict(w.logp[b[n:]])
        held.append(sets.hold(right[b[n:]])[0])
        everything.append(sets.everything[0])
    coverage = 0.8 + 0.2 * stats.binom.sf(4, n + 1, 0.1)
    assert abs(np.mean(held) - coverage) < tolerance(coverage, draws)
    share = stats.binom.sf(3, n, 0.1)  # more than 19 - 16 of the 19
    assert abs(np.mean(everything) - share) < tolerance(share, draws)


@pytest.mark.parametrize(("n", "risk", "delta"), [(60, 0.1, 0.1), (100, 0.2, 0.3), (22, 0.1, 0.1)])
def test_one_threshold_breaks_its_promise_as_often_as_the_binomial_law_says(
    n: int, risk: float, delta: float
) -> None:
    """Uniform scores: the miss rate is the threshold itself, Beta(k* + 1, n - k*)."""
    draws = 4000
    scores = np.random.default_rng(0).random((draws, n))
    allowed = allowed_errors(n, risk, delta)
    broken = np.mean([lowest_kept(row, allowed) > risk for row in scores])
    exact = stats.binom.cdf(allowed, n, risk)
    assert exact <= delta < stats.binom.cdf(allowed + 1, n, risk)
    assert exact == pytest.approx(stats.beta.sf(risk, allowed + 1, n - allowed))
    assert abs(broken - exact) < tolerance(exact, draws)


def missed(sets: PacSets, world, rows: slice) -> float:
    """The exact chance of a miss, mean over the questions."""
    got = sets.predict(world.logp[rows], world.features[rows]).members
    return 1 - float((got * world.chance[rows]).sum(axis=1).mean())


def test_the_promise_holds_for_a_learnt_threshold() -> None:
    """60 to learn from, 60 to calibrate on, epsilon 0.2, delta 0.3: as the binomial law says."""
    draws, n = 100, 120
    world = sharpened(0, fitted=draws * n, judged=2000, answers=20)
    broken = 0
    for block in np.arange(draws * n).reshape(draws, n):
        sets = PacSets(boosted_short, epsilon=0.2, delta=0.3)
        sets.fit(world.logp[block], world.right[block], world.features[block])
        broken += missed(sets, world, slice(draws * n, None)) > 0.2
    exact = stats.binom.cdf(allowed_errors(60, 0.2, 0.3), 60, 0.2)
    assert abs(broken / draws - exact) < 4 * math.sqrt(exact * (1 - exact) / draws)


def boosted_short(features, target, share):
    """Fewer trees, for many fits."""
    return boosted_quantile(features, target, share, trees=5)


def overfitted(features, target, share):
    """Deep trees for few rows."""
    return boosted_quantile(features, target, share, trees=100, depth=6)


def test_a_threshold_that_saw_the_calibration_rows_breaks_the_promise() -> None:
    """The card: an over-fitted guess on its own rows misses more than epsilon, else it may not."""
    world = sharpened(1, fitted=300, judged=4000)
    known = world.known
    sets = PacSets(overfitted).fit(known.logp, known.right, known.features)
    assert missed(sets, world, slice(300, None)) < 0.1
    rows = sets.parts(300)[0]
    right = known.logp[rows, known.right[rows]]
    residuals = right - sets.guess(known.features[rows])
    sets.offset_ = lowest_kept(residuals, allowed_errors(len(rows), 0.1, 0.05))
    assert missed(sets, world, slice(300, None)) > 0.13


def test_from_the_other_end_the_promise_is_lost() -> None:
    """The card: the k*-th largest score in place of the (k* + 1)-th smallest."""
    scores = np.random.default_rng(0).random(100)
    allowed = allowed_errors(100, 0.1, 0.1)
    assert np.sort(scores)[-allowed] > 0.9 > 0.1 > lowest_kept(scores, allowed)
