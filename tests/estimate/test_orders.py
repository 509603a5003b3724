"""The order of evidence: the card's numbers, exact Bayesians, and averages counted."""

import math
from itertools import permutations

import numpy as np
import pytest

from dubito.estimate.asked.orders import (
    OrderDoubt,
    PromptedPredictor,
    ask_in_orders,
    bernoulli_code_length,
    code_length,
    coding_regret,
    drift_of,
    martingale_drift,
    order_dispersion,
    orders_of,
    realisation_gap,
)
from dubito.evidence import Evidence, Missing, Sequence


def laplace(bits) -> np.ndarray:
    """Exact Bayesian with a uniform prior: (s + 1) / (n + 2)."""
    one = (sum(bits) + 1) / (len(bits) + 2)
    return np.log([1 - one, one])


def recent(bits) -> np.ndarray:
    """p_t = .9 p_{t-1} + .1 z_t from 1/2."""
    p = 0.5
    for bit in bits:
        p = 0.9 * p + 0.1 * bit
    return np.log([1 - p, p])


BITS = (1, 0, 0, 1, 0)


def test_a_bayesian_does_not_see_order() -> None:
    found = ask_in_orders(laplace, BITS, orders=30)
    np.testing.assert_allclose(found.dispersion.std, 0, atol=1e-15)
    np.testing.assert_allclose(found.gap, 0, atol=1e-15)
    np.testing.assert_allclose(found.dispersion.mean, [4 / 7, 3 / 7])


def test_martingale_by_hand() -> None:
    """n = 2, s = 1: p = .5; 1 -> 3/5, 0 -> 2/5; .5 (3/5) + .5 (2/5) = .5."""
    drift = martingale_drift([0.5, 0.5], [[3 / 5, 2 / 5], [2 / 5, 3 / 5]])
    np.testing.assert_allclose(drift, 0, atol=1e-15)
    # sure of 0 now, but expects 1 after a 0 (and anything after a 1): drift (-1, 1)
    np.testing.assert_allclose(martingale_drift([1.0, 0.0], [[0.0, 1.0], [0.3, 0.7]]), [-1, 1])
    with pytest.raises(ValueError, match="followers"):
        martingale_drift([0.5, 0.5], [0.5, 0.5])


def test_martingale_takes_the_next_outcome_as_the_row() -> None:
    """p = (.25, .75), rows (1, 0) and (.2, .8): (.25 + .15, .6) - p = (.15, -.15)."""
    found = martingale_drift([0.25, 0.75], [[1.0, 0.0], [0.2, 0.8]])
    np.testing.assert_allclose(found, [0.15, -0.15])


@pytest.mark.parametrize("predictor", [laplace, recent])
def test_two_predictors_without_drift(predictor) -> None:
    np.testing.assert_allclose(drift_of(predictor, BITS, (0, 1)), 0, atol=1e-12)


def test_recency_has_no_drift_but_sees_order() -> None:
    """(1, 0): .9 (.55) = .495; (0, 1): .9 (.45) + .1 = .505; all two orders: std .005."""
    found = ask_in_orders(recent, (1, 0), orders=2)
    np.testing.assert_allclose(found.dispersion.std, 0.005)
    np.testing.assert_allclose(found.dispersion.mean, 0.5)
    gap = math.log(0.5) - (math.log(0.495) + math.log(0.505)) / 2
    np.testing.assert_allclose(found.gap, gap)


def test_dispersion_by_hand() -> None:
    """.2 and .6: mean .4, std .2 sqrt 2 (k - 1) or .2 (all), error .2 or 0."""
    some, every = order_dispersion([0.2, 0.6]), order_dispersion([0.2, 0.6], all_orders=True)
    assert some == pytest.approx((0.4, 0.2 * math.sqrt(2), 0.2))
    assert every == pytest.approx((0.4, 0.2, 0.0))
    with pytest.raises(ValueError, match="at least 2 orders"):
        order_dispersion([0.2])
    assert order_dispersion([0.2], all_orders=True).std == 0
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        order_dispersion([0.2, 1.2])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        order_dispersion([0.2, np.nan])


def test_gap_by_hand() -> None:
    """Probabilities 1/8 and 1/2: mean loss log 4, loss of the mean log 3.2."""
    found = realisation_gap(np.log([[0.125, 0.5], [0.3, 0.3]]))
    np.testing.assert_allclose(found, [math.log(4) - math.log(3.2), 0], atol=1e-15)
    with np.errstate(divide="ignore"):
        assert realisation_gap(np.log([0.0, 0.5])) == np.inf


def test_gap_is_never_negative() -> None:
    p = np.random.default_rng(0).uniform(size=(100, 7))
    assert (realisation_gap(np.log(p)) >= 0).all()


def test_code_lengths() -> None:
    """n = 3, s = 1: log(4 * 3) for each order."""
    assert bernoulli_code_length(3, 1) == pytest.approx(2.484907, abs=1e-6)
    for bits in permutations((1, 0, 0)):
        assert code_length(laplace, bits) == pytest.approx(math.log(12))
    assert coding_regret(laplace, list(permutations(BITS))) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="4 ones"):
        bernoulli_code_length(3, 4)


def test_regret_of_a_coin() -> None:
    """1/2 for each bit: n log 2 less log[(n + 1) C(n, s)]."""
    regret = coding_regret(lambda _: np.log([0.5, 0.5]), [(1, 0, 0)])
    assert regret == pytest.approx(3 * math.log(2) - math.log(12))


def test_all_orders_where_there_are_few() -> None:
    """3! <= 6: all, and the mean no longer depends on how the items came; 7 of 5! are drawn."""
    rng = np.random.default_rng(0)
    orders, complete = orders_of((1, 0, 0), 6, rng)
    assert complete
    assert sorted(orders) == sorted(permutations((1, 0, 0)))
    means = {
        round(float(ask_in_orders(recent, o, orders=6).dispersion.mean[1]), 12) for o in orders
    }
    assert len(means) == 1
    some, complete = orders_of(BITS, 7, rng)
    assert not complete
    assert len(some) == 7
    assert all(sorted(o) == sorted(BITS) for o in some)


def test_error_of_the_average_counted() -> None:
    """Over 400 averages of k = 16 orders: their spread is the mean standard error, within 15%."""
    bits = (1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
    found = [ask_in_orders(recent, bits, orders=16, seed=s).dispersion for s in range(400)]
    spread = np.std([d.mean[1] for d in found])
    stated = np.sqrt(np.mean([d.standard_error[1] ** 2 for d in found]))
    assert abs(spread / stated - 1) < 0.15  # 4 sd of a spread over 400


def read(p: float, text: str = "yes") -> Evidence:
    return Evidence("?", Sequence(text, logprobs=np.log([p])))


def test_of_read_answers() -> None:
    """.2 and .6: .2 around .4, gap log .4 - log sqrt .12."""
    score = OrderDoubt()([read(0.2), read(0.6)])
    assert score.doubt == pytest.approx(0.2)
    assert score.parts["mean"] == pytest.approx(0.4)
    assert score.parts["standard_error"] == pytest.approx(0.2)
    assert score.parts["gap"] == pytest.approx(math.log(0.4 / math.sqrt(0.12)))
    assert OrderDoubt()([read(0.0001), read(0.9999)]).doubt <= 0.5
    turned = OrderDoubt()([read(0.6), read(0.2)])
    assert turned.doubt == pytest.approx(score.doubt)


def test_the_whole_answer_counts() -> None:
    """Tokens 1/2 and 1/2: probability 1/4."""
    two = Evidence("?", Sequence("yes", logprobs=np.log([0.5, 0.5])))
    assert OrderDoubt()([two, read(0.25)]).doubt == pytest.approx(0)


def test_shares_among_rivals() -> None:
    """1e-6 against 1e-6 and 3e-6: 1/2 and 1/4, std 1/8 and mean 3/8; alone hardly anything."""
    ways = [Evidence("?", read(1e-6).answer, (read(rival, "no").answer,)) for rival in (1e-6, 3e-6)]
    score = OrderDoubt(options=2)(ways)
    assert score.doubt == pytest.approx(1 / 8)
    assert score.parts["mean"] == pytest.approx(3 / 8)
    assert OrderDoubt(options=2).plan.samples == 1
    alone = OrderDoubt()([e.only(OrderDoubt().plan) for e in ways])
    assert alone.doubt == pytest.approx(0, abs=1e-12)
    other = Evidence("?", read(0.5).answer, (read(0.5, "perhaps").answer,))
    with pytest.raises(Missing, match="same texts"):
        OrderDoubt(options=2)([ways[0], other])
    swapped = Evidence("?", read(0.5, "no").answer, (read(0.5).answer,))
    with pytest.raises(Missing, match="same texts"):
        OrderDoubt(options=2)([ways[0], swapped])
    with pytest.raises(ValueError, match="options"):
        OrderDoubt(options=0)


def test_what_cannot_be_measured() -> None:
    with pytest.raises(Missing, match="at least 2 orders"):
        OrderDoubt()([read(0.5)])
    with pytest.raises(Missing, match="same texts"):
        OrderDoubt()([read(0.5), read(0.5, "no")])
    with pytest.raises(Missing, match="no logprobs"):
        OrderDoubt()([Evidence("?", Sequence("yes")), read(0.5)])


def test_a_language_model_as_predictor() -> None:
    heard = []

    def reader(prompt, options, generation):
        heard.append((prompt, generation.instruction))
        pairs = zip(options, (0.3, 0.1), strict=True)
        first, *rest = [Sequence(o, logprobs=np.log([p])) for o, p in pairs]
        return Evidence(prompt, first, tuple(rest))

    predictor = PromptedPredictor(reader, "Which?", ("a", "b"))
    np.testing.assert_allclose(np.exp(predictor(["x", "y"])), [0.75, 0.25])
    assert heard == [(f"{predictor.heading}\n- x\n- y\nWhich?", "")]
    assert ask_in_orders(predictor, ("x", "y", "z")).dispersion.std == pytest.approx([0, 0])
