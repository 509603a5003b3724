"""Numbers by hand, scipy as second opinion, laws, and bounds that hold and are attained."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.special import entr, log_softmax
from scipy.stats import entropy as scipy_entropy

from dubito.maths.entropy import (
    entropy,
    fisher_rao,
    group_logsumexp,
    jensen_shannon,
    kl,
    log_normalise,
    renyi_divergence,
    renyi_entropy,
    truncated_entropy_bounds,
)
from laws import assert_axis_free, assert_monotone, assert_shift_free, assert_symmetric

LN2 = math.log(2)
SURE = np.array([0.0, -np.inf])  # probabilities 1, 0
COIN = np.log([0.5, 0.5])


def logs(*p: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(p)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        # 1/2 ln 2 + 2 * 1/4 ln 4 = 1.5 ln 2
        ((0.5, 0.25, 0.25), 1.5 * LN2),
        ((1.0, 0.0), 0.0),
        ((0.25,) * 4, math.log(4)),
        ((1.0,), 0.0),
    ],
)
def test_entropy_by_hand(p, expected):
    assert entropy(logs(*p)) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        # the card of self-certainty: KL(U || p) = -mean ln p - ln V
        ((1 / 3, 1 / 3, 1 / 3), (0.7, 0.2, 0.1), 0.324287),
        ((1 / 3, 1 / 3, 1 / 3), (0.98, 0.01, 0.01), 1.978235),
        # the other direction is ln V - H(p) = 1.098612 - 0.801819
        ((0.7, 0.2, 0.1), (1 / 3, 1 / 3, 1 / 3), 0.296794),
        ((1.0, 0.0), (0.5, 0.5), LN2),
        ((0.5, 0.5), (1.0, 0.0), math.inf),
        ((1.0, 0.0), (1.0, 0.0), 0.0),
    ],
)
def test_kl_by_hand(p, q, expected):
    assert kl(logs(*p), logs(*q)) == pytest.approx(expected, abs=5e-7)


def test_jensen_shannon_by_hand():
    # middle (3/4, 1/4): (ln(4/3) + 1/2 ln(2/3) + 1/2 ln 2) / 2 = 3/4 ln(4/3)
    assert jensen_shannon(SURE, COIN) == pytest.approx(0.75 * math.log(4 / 3))
    assert jensen_shannon(SURE, SURE[::-1]) == pytest.approx(LN2)
    assert jensen_shannon(COIN, COIN) == 0


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (0, math.log(3)),
        # 2 ln(sqrt(1/2) + 2 * sqrt(1/4)) = 2 ln(1 + sqrt(1/2))
        (0.5, 2 * math.log(1 + math.sqrt(0.5))),
        (1, 1.5 * LN2),
        # -ln(1/4 + 1/16 + 1/16) = ln(8/3)
        (2, math.log(8 / 3)),
        (math.inf, LN2),
    ],
)
def test_renyi_entropy_by_hand(order, expected):
    # A fourth token of probability 0 is outside the support.
    assert renyi_entropy(logs(0.5, 0.25, 0.25, 0.0), order) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("p", "q", "order", "expected"),
    [
        # (sqrt .45 + sqrt .05)^2 = .45 + .05 + 2 * .15 = .8
        ((0.5, 0.5), (0.9, 0.1), 0.5, -math.log(0.8)),
        # ln(.25 / .9 + .25 / .1) = ln(25/9)
        ((0.5, 0.5), (0.9, 0.1), 2, math.log(25 / 9)),
        # 1/2 ln(5/9) + 1/2 ln 5 = 1/2 ln(25/9)
        ((0.5, 0.5), (0.9, 0.1), 1, 0.5 * math.log(25 / 9)),
        # -2 ln sqrt(1/2)
        ((1.0, 0.0), (0.5, 0.5), 0.5, LN2),
        ((1.0, 0.0), (0.0, 1.0), 0.5, math.inf),
        ((0.5, 0.5), (1.0, 0.0), 2, math.inf),
        ((1.0, 0.0), (1.0, 0.0), 2, 0.0),
    ],
)
def test_renyi_divergence_by_hand(p, q, order, expected):
    assert renyi_divergence(logs(*p), logs(*q), order) == pytest.approx(expected, abs=1e-12)


def test_fisher_rao_by_hand():
    # arccos sqrt(1/2) = pi / 4
    assert fisher_rao(renyi_divergence(SURE, COIN, 0.5)) == pytest.approx(0.5)
    assert fisher_rao([0.0, math.inf]) == pytest.approx([0, 1])
    # arccos(exp(-h / 2)) = sqrt(h) for small h; the plain formula gives 0 here
    assert fisher_rao(1e-18) == pytest.approx(2 / math.pi * 1e-9, rel=1e-6)
    half = np.linspace(0.1, 9, 20)
    assert fisher_rao(half) == pytest.approx(2 / math.pi * np.arccos(np.exp(-half / 2)))


def test_log_tools_by_hand():
    assert np.exp(log_normalise(logs(1, 3))) == pytest.approx([0.25, 0.75])
    # columns, and weights whose exponential underflows
    assert log_normalise(np.full((2, 3), -1e4), axis=0) == pytest.approx(np.full((2, 3), -LN2))
    # groups 5 and 7 in rising order: .2, .1 + .3
    assert np.exp(group_logsumexp(logs(0.1, 0.2, 0.3), [7, 5, 7])) == pytest.approx([0.2, 0.4])
    assert group_logsumexp([-1e4, -1e4], [0, 0]) == pytest.approx([-1e4 + LN2])
    assert group_logsumexp([-np.inf, -np.inf, 0], [0, 0, 1]).tolist() == [-np.inf, 0]


@pytest.mark.parametrize("seed", range(3))
def test_scipy_agrees(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.ones(9), size=2)
    assert entropy(np.log(p)) == pytest.approx(scipy_entropy(p))
    assert kl(np.log(p), np.log(q)) == pytest.approx(scipy_entropy(p, q))
    assert jensen_shannon(np.log(p), np.log(q)) == pytest.approx(jensenshannon(p, q) ** 2)


def test_last_axis_holds_the_categories():
    p = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3))
    q = np.random.default_rng(1).dirichlet(np.ones(4), size=(2, 3))
    for of_two in (kl, jensen_shannon, lambda a, b: renyi_divergence(a, b, 0.5)):
        whole = of_two(np.log(p), np.log(q))
        assert whole.shape == (2, 3)
        assert whole[1, 2] == pytest.approx(of_two(np.log(p[1, 2]), np.log(q[1, 2])))
    for of_one in (entropy, lambda a: renyi_entropy(a, 2)):
        assert of_one(np.log(p))[1, 2] == pytest.approx(of_one(np.log(p[1, 2])))
        assert_axis_free(of_one, np.log(p))


def test_laws():
    logits = np.random.default_rng(0).normal(scale=3, size=6)
    p, q = log_softmax(logits), log_softmax(logits[::-1] * 2)
    assert_shift_free(log_normalise, logits)
    assert_symmetric(jensen_shannon, p, q)
    assert_monotone(lambda heat: entropy(log_softmax(logits / heat)), [0.3, 0.5, 1, 2, 5])
    orders = [0.1, 0.5, 0.99, 1, 1.01, 2, 9]
    assert_monotone(lambda order: renyi_entropy(p, order), orders, falling=True)
    assert_monotone(lambda order: renyi_divergence(p, q, order), orders)
    assert_monotone(fisher_rao, [0, 1e-9, 0.1, 1, 5])


def test_divergence_from_uniform_is_missing_entropy():
    """D(p || uniform) = log V - H(p) of the same order."""
    p = log_softmax(np.random.default_rng(0).normal(size=7))
    uniform = np.full(7, -math.log(7))
    for order in (0.5, 1, 3):
        missing = math.log(7) - renyi_entropy(p, order)
        assert renyi_divergence(p, uniform, order) == pytest.approx(missing)


def test_nan_stays_nan():
    broken = np.array([math.nan, 0.0])
    for value in (
        entropy(broken),
        kl(broken, COIN),
        kl(COIN, broken),
        jensen_shannon(broken, COIN),
        renyi_entropy(broken, 2),
        renyi_divergence(COIN, broken, 0.5),
        fisher_rao(math.nan),
    ):
        assert math.isnan(value)
    assert np.isnan(log_normalise(broken)).all()
    assert np.isnan(group_logsumexp(broken, [0, 1])).tolist() == [True, False]
    rows = entropy(np.array([broken, COIN]))
    assert np.isnan(rows[0])
    assert rows[1] == pytest.approx(LN2)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: entropy(logs(0.5, 0.4)), r"sum to 0\.9.*log_normalise"),
        (lambda: entropy(np.array([[math.nan, 0], logs(0.5, 0.1)])), r"sum to 0\.6"),
        (lambda: kl(COIN, logs(1, 1)), "sum to 2"),
        (lambda: entropy(np.zeros((2, 0))), "sum to 0"),
        (lambda: log_normalise([-np.inf, -np.inf]), "cannot normalise"),
        (lambda: group_logsumexp([0.0], [0, 1]), "one group each"),
        (lambda: renyi_entropy(COIN, -1), "order must be at least 0"),
        (lambda: renyi_entropy(COIN, math.nan), "order must be at least 0"),
        (lambda: renyi_divergence(COIN, COIN, 0), "order must be above 0"),
        (lambda: truncated_entropy_bounds([COIN, logs(0.9, 0.8)]), r"token 1.* sum to 1\.7"),
        (lambda: truncated_entropy_bounds([[math.nan, 0.0]]), "token 0.* nan"),
        # .5 missing, but two more tokens of at most .1 hold only .2
        (lambda: truncated_entropy_bounds([logs(0.4, 0.1)], 4), r"mass 0\.5.* vocabulary of 4"),
        (lambda: truncated_entropy_bounds([COIN], 1), "vocabulary of 1"),
        (lambda: truncated_entropy_bounds([logs(0.9995, 0.0005)], 1), "vocabulary of 1"),
    ],
)
def test_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize(
    ("listed", "vocabulary", "least", "greatest"),
    [
        # .3 is missing: chunks .2 + .1, or three tokens of .1
        ((0.5, 0.2), 5, (0.5, 0.2, 0.2, 0.1), (0.5, 0.2, 0.1, 0.1, 0.1)),
        # room for two only: even is .15 each
        ((0.5, 0.2), 4, (0.5, 0.2, 0.2, 0.1), (0.5, 0.2, 0.15, 0.15)),
        # nothing is missing, though tokens are
        ((0.7, 0.3), 9, (0.7, 0.3), (0.7, 0.3)),
        # everything was listed
        ((0.5, 0.3, 0.2), 3, (0.5, 0.3, 0.2), (0.5, 0.3, 0.2)),
        # a server that returned two of the three asked for
        ((0.5, 0.2, 0.0), 5, (0.5, 0.2, 0.2, 0.1), (0.5, 0.2, 0.1, 0.1, 0.1)),
        # rounded by a server: no other token can hold the missing .0005
        ((0.6, 0.3995), 2, (0.6, 0.3995), (0.6, 0.3995)),
        # nothing returned: anything from certain to uniform
        ((0.0,), 4, (1.0,), (0.25,) * 4),
    ],
)
def test_truncated_bounds_by_hand(listed, vocabulary, least, greatest):
    lower, upper = truncated_entropy_bounds([logs(*listed)], vocabulary)
    assert lower == pytest.approx([entr(least).sum()])
    assert upper == pytest.approx([entr(greatest).sum()])


def test_truncated_bounds_without_a_vocabulary():
    """Infinite exactly where mass is missing; the lower bound does not need V."""
    listed = [logs(0.5, 0.2), logs(0.75, 0.25)]
    lower, upper = truncated_entropy_bounds(listed)
    assert lower == pytest.approx(truncated_entropy_bounds(listed, 9).lower)
    assert upper.tolist() == [math.inf, pytest.approx(scipy_entropy([0.75, 0.25]))]


def test_truncated_bounds_of_no_tokens():
    lower, upper = truncated_entropy_bounds(np.zeros((0, 5)), 10)
    assert lower.shape == upper.shape == (0,)


def test_truncated_bounds_meet_in_order():
    """Uniform distributions leave nothing open: the bounds meet, and rounding never swaps them."""
    for vocabulary in range(2, 60):
        for k in range(1, vocabulary):
            lower, upper = truncated_entropy_bounds([np.full(k, -math.log(vocabulary))], vocabulary)
            assert lower <= upper
            assert lower == pytest.approx(math.log(vocabulary))


def test_rounding_never_makes_a_divergence_negative():
    for seed in range(50):
        p = log_softmax(np.random.default_rng(seed).normal(size=9))
        assert kl(p, np.log(np.exp(p))) >= 0
    assert entropy(logs(1 + 1e-9, 0.0)) == 0


def test_float32_rounding_is_not_missing_mass():
    logp = log_softmax(np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32), axis=-1)
    lower, upper = truncated_entropy_bounds(np.sort(logp)[:, ::-1])
    assert upper == pytest.approx(lower)


@given(
    seed=st.integers(0, 10_000),
    vocabulary=st.integers(2, 12),
    sharpness=st.floats(0.05, 5),
    data=st.data(),
)
def test_truncated_bounds_enclose_the_truth_and_narrow(seed, vocabulary, sharpness, data):
    k = data.draw(st.integers(1, vocabulary))
    rng = np.random.default_rng(seed)
    p = np.sort(rng.dirichlet(np.full(vocabulary, sharpness), size=4) + 1e-12)[:, ::-1]
    logp = np.log(p / p.sum(-1, keepdims=True))
    truth = entropy(logp)
    # A mass below 1e-6 passes for rounding; spread over 12 tokens it weighs less than 1e-4.
    lower, upper = truncated_entropy_bounds(logp[:, :k], vocabulary)
    assert (lower <= truth + 1e-4).all()
    assert (truth <= upper + 1e-4).all()
    if k < vocabulary:
        closer = truncated_entropy_bounds(logp[:, : k + 1], vocabulary)
        assert (closer.lower >= lower - 1e-4).all()
        assert (closer.upper <= upper + 1e-4).all()
