"""Conformal factuality: what is kept of a long answer, by hand and over doubts of real units."""

import json
import math

import numpy as np
import pytest

from dubito.calibrate import ConformalAbstention, ConformalFactuality
from dubito.data.worlds.long_answers import long_answers
from dubito.estimate.units import LUQ, in_units
from dubito.evidence import Evidence, Sequence

INF, NAN = math.inf, math.nan
DOUBTS = [[0.2, 0.7, 0.9], [0.1, 0.4], [0.3, 0.6, 0.8, 0.5], [0.9]]
RIGHT = [[1, 0, 0], [1, 1], [1, 0, 1, 0], [0]]


def test_breaks_and_threshold_by_hand() -> None:
    """The least doubt of a wrong claim: 0.7, none, 0.5, 0.9; (4 + 1) alpha = 1, 2, 3, 4."""
    for alpha, threshold in ((0.2, 0.5), (0.4, 0.7), (0.6, 0.9), (0.8, INF), (0.19, -INF)):
        rule = ConformalFactuality(alpha=alpha).fit(DOUBTS, RIGHT)
        assert rule.breaks_.tolist() == [0.7, INF, 0.5, 0.9]
        assert rule.threshold_ == threshold
    kept = ConformalFactuality(alpha=0.4).fit(DOUBTS, RIGHT).predict([0.69, 0.7, NAN, -INF])
    assert kept.tolist() == [True, False, False, True]


def test_an_answer_without_claims_or_without_doubts_has_no_wrong_one() -> None:
    rule = ConformalFactuality(alpha=0.4).fit(
        [[], [NAN, 0.3], [0.5], [0.1]], [[], [0, 1], [0], [0]]
    )
    assert rule.breaks_.tolist() == [INF, INF, 0.5, 0.1]
    assert rule.threshold_ == 0.5
    assert rule.n_without_doubt_ == 1
    assert ConformalFactuality().fit([], []).threshold_ == -INF


def test_answers_of_one_claim_are_an_abstention() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.random(80).round(2)
    wrong = rng.random(80) < doubt
    claims = ConformalFactuality().fit(doubt[:, None], ~wrong[:, None])
    assert claims.threshold_ == ConformalAbstention().fit(doubt, wrong).threshold_
    assert 0 < claims.threshold_ < 1


def test_order_and_any_rising_map_of_the_doubt_change_nothing() -> None:
    rng = np.random.default_rng(0)
    doubts = [rng.random(rng.integers(1, 7)).round(2) for _ in range(50)]
    right = [rng.random(len(d)) > d / 2 for d in doubts]
    plain = ConformalFactuality(alpha=0.3).fit(doubts, right)
    kept = [plain.predict(d).tolist() for d in doubts]
    assert 0 < np.concatenate(kept).mean() < 1
    turned = ConformalFactuality(alpha=0.3).fit(
        [d[::-1] for d in doubts[::-1]], [r[::-1] for r in right[::-1]]
    )
    assert turned.threshold_ == plain.threshold_
    mapped = ConformalFactuality(alpha=0.3).fit([np.exp(5 * d) for d in doubts], right)
    assert [mapped.predict(np.exp(5 * d)).tolist() for d in doubts] == kept


def test_it_strikes_sentences_out_of_an_answer() -> None:
    told = in_units(Evidence("?", Sequence("Lima is old. It rains. Peru is big.")))
    rule = ConformalFactuality(alpha=0.4).fit(DOUBTS, RIGHT)
    assert [u.text for u in rule.filter(told, [0.1, 0.8, 0.2])] == ["Lima is old.", "Peru is big."]
    assert rule.filter(told, [0.9, NAN, 0.7]) == ()
    with pytest.raises(ValueError, match="argument 2"):
        rule.filter(told, [0.1])


def test_over_the_doubts_of_an_estimator_of_units() -> None:
    """300 long answers, fitted on half, with LUQ: as many hold as was promised.

    n = 150: a promise of 0.7; standard error of the counted share, fit included,
    sqrt(0.21 / 150 x 2) = 0.053, four of them.
    """
    world = long_answers(0, answers=300)
    estimator = LUQ()
    doubts = [estimator(told) for told in world.asked]
    ends = np.cumsum([len(d) for d in doubts])[:-1]
    right = np.split(~world.wrong, ends)
    rule = ConformalFactuality(alpha=0.3).fit(doubts[:150], right[:150])
    holds, spans = [], 0
    for told, doubt, flags in zip(world.asked[150:], doubts[150:], right[150:], strict=True):
        kept = rule.predict(doubt)
        holds.append(flags[kept].all())
        spans += len(rule.filter(told, doubt))
    assert abs(np.mean(holds) - 0.7) < 4 * 0.053
    assert np.mean([r.all() for r in right[150:]]) < 0.3  # of the whole answers
    assert spans > 150  # more than one sentence an answer is left


def test_saved_numbers_keep_alike() -> None:
    for alpha in (0.1, 0.4, 0.8):
        rule = ConformalFactuality(alpha=alpha).fit(DOUBTS, RIGHT)
        loaded = ConformalFactuality.from_json(
            json.loads(json.dumps(rule.to_json(), allow_nan=False))
        )
        assert (loaded.alpha, loaded.threshold_) == (alpha, rule.threshold_)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"alpha must lie inside \(0, 1\), got 0"):
        ConformalFactuality(alpha=0)
    with pytest.raises(ValueError, match="one flag for each doubt"):
        ConformalFactuality().fit([[0.1, 0.2]], [[1]])
    with pytest.raises(ValueError, match="got 3"):
        ConformalFactuality().fit([[0.1]], [[3]])
    with pytest.raises(ValueError, match="argument 2"):
        ConformalFactuality().fit([[0.1]], [])
