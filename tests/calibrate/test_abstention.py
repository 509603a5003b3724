"""Conformal abstention: the threshold by hand, ties, missing doubts, and its relative in decide."""

import json
import math

import numpy as np
import pytest

from dubito.calibrate import ConformalAbstention
from dubito.decide import RiskControl


def test_the_threshold_by_hand() -> None:
    # 9 questions, wrong at 0.2, 0.5, 0.8; alpha 0.2: (9 + 1) 0.2 = 2, so the second wrong doubt.
    doubt, wrong = np.arange(1, 10) / 10, [0, 1, 0, 0, 1, 0, 0, 1, 0]
    rule = ConformalAbstention(alpha=0.2).fit(doubt, wrong)
    assert rule.threshold_ == 0.5
    assert rule.predict([0.49, 0.5, math.nan, -math.inf]).tolist() == [True, False, False, True]
    # below 0.5 one of nine is answered wrongly: (1 + 1) / 10 = alpha
    assert (rule.n_, rule.n_answered_, rule.n_without_doubt_) == (9, 4, 0)
    assert ConformalAbstention(alpha=0.19).fit(doubt, wrong).threshold_ == 0.2
    # four may go wrong, three do: answer everything
    assert ConformalAbstention(alpha=0.4).fit(doubt, wrong).threshold_ == math.inf


@pytest.mark.parametrize("wrong", [0, 1])
def test_labels_of_one_class(wrong: int) -> None:
    """All right: everything; all wrong: the floor(0.1 x 41) = 4th smallest doubt."""
    rule = ConformalAbstention().fit(np.arange(40.0), np.full(40, wrong))
    assert rule.threshold_ == (3.0 if wrong else math.inf)


def test_too_few_labels_answer_nothing() -> None:
    """alpha 0.1 takes 9: below that even an unseen wrong one is too many."""
    assert ConformalAbstention().fit(np.arange(8.0), np.zeros(8)).threshold_ == -math.inf
    assert ConformalAbstention().fit(np.arange(9.0), np.zeros(9)).threshold_ == math.inf
    nothing = ConformalAbstention().fit([], [])
    assert not nothing.predict([-math.inf, 0.0]).any()


def test_equal_doubts_are_refused_together() -> None:
    # wrong 3 times at 1.0, alpha (19 + 1) 0.1 = 2: below 1.0 only
    doubt = np.concatenate([np.zeros(9), np.ones(10)])
    wrong = np.concatenate([np.zeros(9), np.ones(3), np.zeros(7)])
    rule = ConformalAbstention().fit(doubt, wrong)
    assert rule.threshold_ == 1.0
    assert rule.n_answered_ == 9


def test_a_question_without_a_doubt_is_one_not_answered_wrongly() -> None:
    doubt, wrong = np.arange(9.0), np.ones(9)
    assert ConformalAbstention().fit(doubt, wrong).threshold_ == 0.0
    more = ConformalAbstention().fit(np.append(doubt, [math.nan] * 10), np.ones(19))
    assert more.threshold_ == 1.0  # (19 + 1) 0.1 = 2
    assert more.n_without_doubt_ == 10


def test_order_and_any_rising_map_of_the_doubt_change_nothing() -> None:
    rng = np.random.default_rng(0)
    doubt = rng.random(200).round(2)
    wrong = rng.random(200) < doubt
    plain = ConformalAbstention().fit(doubt, wrong).predict(doubt)
    assert 0 < plain.sum() < 200
    order = rng.permutation(200)
    assert np.array_equal(
        ConformalAbstention().fit(doubt[order], wrong[order]).predict(doubt), plain
    )
    mapped = np.exp(7 * doubt) - 3
    assert np.array_equal(ConformalAbstention().fit(mapped, wrong).predict(mapped), plain)


def test_it_promises_less_than_risk_control_and_answers_more() -> None:
    """200 answers, the 100 doubtful ones half wrong.

    At most a tenth of *all* may be wrong, so 40 of the doubtful ones can be answered (20 wrong,
    (19 + 1) / 201 <= 0.1); of the answers at most a tenth lets RiskControl answer fewer.
    """
    doubt = np.arange(200.0)
    wrong = (doubt >= 100) & (doubt % 2 == 1)
    abstain = ConformalAbstention(alpha=0.1).fit(doubt, wrong)
    # the 20th wrong is 100 + 2 x 19 + 1 = 139
    assert abstain.threshold_ == 139
    assert RiskControl(risk=0.1).fit(doubt, wrong).threshold_ < 139


def test_saved_numbers_decide_alike() -> None:
    for n_wrong in (0, 4, 20):
        doubt = np.arange(20.0)
        rule = ConformalAbstention(alpha=0.2).fit(doubt, doubt >= 20 - n_wrong)
        loaded = ConformalAbstention.from_json(
            json.loads(json.dumps(rule.to_json(), allow_nan=False))
        )
        assert (loaded.alpha, loaded.threshold_) == (0.2, rule.threshold_)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"alpha must lie inside \(0, 1\), got 1"):
        ConformalAbstention(alpha=1)
    with pytest.raises(ValueError, match="one flag for each doubt"):
        ConformalAbstention().fit([0.1], [0, 1])
