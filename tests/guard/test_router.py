"""Routing by numbers: gates, promises, and what is defined where labels are few or odd."""

import json
import math

import numpy as np
import pytest
from scipy.stats import binom

from dubito.decide.selective import RiskControl
from dubito.guard.router import Gate, Router, affordable


def tables(n: int, seed: int, *, better: float = 1.0) -> tuple[list[np.ndarray], np.ndarray]:
    """Two ways: doubts [N, 1] with P(right) = expit(-doubt) and expit(better - doubt)."""
    rng = np.random.default_rng(seed)
    doubts = [rng.normal(0, 2, (n, 1)), rng.normal(0, 2, (n, 1))]
    chance = [1 / (1 + np.exp(doubts[0][:, 0])), 1 / (1 + np.exp(doubts[1][:, 0] - better))]
    return doubts, np.column_stack([rng.random(n) < p for p in chance])


def test_a_budget_counts_questions() -> None:
    """4 of 100 have an upper bound of 8.9 %, 5 one of 10.2 %; of 20 even 0 have one of 13.9 %."""
    assert affordable(0.1, 100, 0.95) == 4
    assert affordable(0.1, 20, 0.95) == -1
    assert affordable(1.0, 7, 0.95) == 7
    assert affordable(0.0, 1000, 0.95) == -1


def test_the_budget_has_its_exact_law() -> None:
    """Uniform doubts: the share that goes on exceeds 10 % with probability P(Bin(100, .1) <= 4)."""
    rng, draws = np.random.default_rng(0), 4000
    thresholds = [Gate(budget=0.1).threshold(u, u > 2, of=100) for u in rng.random((draws, 100))]
    exact = float(binom.cdf(4, 100, 0.1))
    broken = np.mean([1 - t > 0.1 for t in thresholds])
    assert abs(broken - exact) < 4 * math.sqrt(exact * (1 - exact) / draws)


def test_the_most_doubtful_go_on() -> None:
    doubt = np.array([0.1, 0.9, 0.5, 0.7])
    gate = Gate(budget=0.9, confidence=0.5)
    allowed = affordable(0.9, 4, 0.5)
    assert allowed == 3
    threshold = gate.threshold(doubt, np.zeros(4, dtype=bool), of=4)
    assert (doubt >= threshold).sum() == allowed
    assert set(doubt[doubt >= threshold]) == set(sorted(doubt)[::-1][:allowed])


def test_ties_never_break_the_budget() -> None:
    doubt = np.full(100, 0.5)
    threshold = Gate(budget=0.3).threshold(doubt, np.zeros(100, dtype=bool), of=100)
    assert not (doubt >= threshold).any()


def test_all_or_none_go_on_at_the_ends_of_the_budget() -> None:
    doubts, right = tables(60, 0)
    every = Router([Gate(budget=1.0)]).fit(doubts, right).route(doubts)
    none = Router([Gate(budget=0.0)]).fit(doubts, right).route(doubts)
    assert (every.asked == 2).all()
    assert (none.asked == 1).all()
    assert (none.chosen == 0).all()


def test_the_surest_answer_is_given() -> None:
    doubts, right = tables(400, 1)
    router = Router([Gate(budget=1.0)]).fit(doubts, right)
    routes = router.route(doubts)
    first = router.confidence(0, doubts[0], None)
    second = router.confidence(1, doubts[1], first)
    assert (routes.chosen == (second > first)).all()
    assert routes.confidence == pytest.approx(np.maximum(first, second))


def test_going_on_where_it_is_doubtful_beats_going_on_at_random() -> None:
    doubts, right = tables(4000, 2, better=2.0)
    routes = Router([Gate(budget=0.5)]).fit(doubts, right).route(doubts)
    share = (routes.asked == 2).mean()
    assert 0.4 < share <= 0.55
    given = right[np.arange(4000), routes.chosen]
    at_random = (1 - share) * right[:, 0].mean() + share * right[:, 1].mean()
    assert given.mean() > at_random + 0.1


def test_the_budget_holds_in_repeated_samples() -> None:
    """At most 5 % of the samples (two-sided: 3 standard errors) may let more than 30 % go on."""
    future, _ = tables(5000, 99)
    broken = 0
    for seed in range(120):
        doubts, right = tables(120, 1000 + seed)
        router = Router([Gate(budget=0.3)], seed=seed).fit(doubts, right)
        first = router.confidence(0, future[0], None)
        broken += router.goes_on(0, first).mean() > 0.3
    assert broken / 120 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 120)


def test_the_promise_holds_in_repeated_samples_and_is_not_empty() -> None:
    future, truth = tables(5000, 98, better=3.0)
    broken, answered = 0, 0
    for seed in range(120):
        doubts, right = tables(300, 2000 + seed, better=3.0)
        router = Router([Gate(budget=0.5)], RiskControl(risk=0.15), seed=seed).fit(doubts, right)
        routes = router.route(future)
        wrong = ~truth[np.arange(5000), routes.chosen]
        broken += routes.answered.any() and wrong[routes.answered].mean() > 0.15
        answered += routes.answered.any()
    assert broken / 120 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 120)
    assert answered > 90


def test_a_risk_gate_keeps_what_is_safe() -> None:
    doubts, right = tables(4000, 3)
    routes = Router([Gate(risk=0.3)]).fit(doubts, right).route(doubts)
    stayed = routes.asked == 1
    assert 0.1 < stayed.mean() < 0.9
    assert (~right[stayed, 0]).mean() < 0.32


def test_ten_labels_fit_and_promise_nothing() -> None:
    doubts, right = tables(10, 4)
    router = Router([Gate(budget=0.5)], RiskControl(risk=0.1)).fit(doubts, right)
    routes = router.route(doubts)
    assert np.isfinite(routes.confidence).all()
    assert not routes.answered.any()


@pytest.mark.parametrize("only", [True, False])
def test_labels_of_one_class(only: bool) -> None:
    doubts, _ = tables(100, 5)
    right = np.full((100, 2), only)
    routes = Router([Gate(budget=0.5)], RiskControl(risk=0.1)).fit(doubts, right).route(doubts)
    assert np.isfinite(routes.confidence).all()
    assert routes.answered.all() == only
    assert routes.answered.any() == only


def test_unknown_doubts_have_a_confidence_of_their_own() -> None:
    """Where no doubt is measurable the answers are mostly wrong: the flag learns it."""
    doubts, right = tables(400, 6)
    lost = np.arange(400) % 2 == 0
    doubts[0][lost] = math.nan
    right[lost, 0] = False
    router = Router([Gate(budget=0.5)]).fit(doubts, right)
    sure = router.confidence(0, doubts[0], None)
    assert np.isfinite(sure).all()
    assert sure[lost].max() < 0.2
    constant = Router().fit([np.full((20, 2), math.nan)], right[:20, :1])
    assert np.ptp(constant.route([np.full((5, 2), math.nan)]).confidence) == 0


def test_duplicates_share_their_route() -> None:
    doubts, right = tables(50, 7)
    again = [np.repeat(d, 4, axis=0) for d in doubts]
    routes = Router([Gate(budget=0.5)]).fit(again, np.repeat(right, 4, axis=0)).route(again)
    assert (routes.asked.reshape(50, 4) == routes.asked.reshape(50, 4)[:, :1]).all()


def test_saved_and_loaded_it_routes_alike() -> None:
    doubts, right = tables(300, 8)
    gates = [Gate(budget=0.4)]
    router = Router(gates, RiskControl(risk=0.3)).fit(doubts, right)
    again = Router.from_json(json.loads(json.dumps(router.to_json())), gates)
    for mine, theirs in zip(router.route(doubts), again.route(doubts), strict=True):
        assert (mine == theirs).all()
    with pytest.raises(ValueError, match="curves"):
        Router.from_json(router.to_json(), [])


def test_bad_input_is_named() -> None:
    doubts, right = tables(10, 9)
    with pytest.raises(ValueError, match="at least 4"):
        Router([Gate(budget=1.0)]).fit([d[:3] for d in doubts], right[:3])
    with pytest.raises(ValueError, match="2 ways"):
        Router([Gate(budget=1.0)]).fit(doubts[:1], right)
    with pytest.raises(ValueError, match="one of them"):
        Gate()
    with pytest.raises(ValueError, match="one of them"):
        Gate(budget=0.1, risk=0.1)
    with pytest.raises(ValueError, match="share"):
        Gate(budget=1.5)
