"""Ensembles: identities, scipy's divergences, numbers by hand, whole answers."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.maths.ensemble_sequences import (
    chain_doubts,
    expectation_of_products,
    joint_doubts,
    lengths,
    likelihood_weights,
    product_of_expectations,
    whole,
)
from dubito.maths.ensembles import ensemble_doubts, mixture
from dubito.maths.information import ensemble_information


def members(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(shape[-1], 0.7), size=shape[:-1])


def test_by_hand() -> None:
    """(1/2, 1/2) and (1/4, 3/4): mean (3/8, 5/8); both divergences sum to (log 3) / 4."""
    p = np.array([[0.5, 0.5], [0.25, 0.75]])
    got = ensemble_doubts(np.log(p))
    assert got.total == pytest.approx(stats.entropy([3, 5]))
    assert got.data == pytest.approx((math.log(2) + stats.entropy([1, 3])) / 2)
    # KL(a|b) + KL(b|a) = sum (a - b) log(a / b) = log(2)/4 - log(2/3)/4 = log(3)/4; four pairs
    assert got.pairs == pytest.approx(math.log(3) / 16)


def test_identities_and_divergences() -> None:
    p = members(5, 3, 4, 6)
    got = ensemble_doubts(np.log(p))
    mean = p.mean(axis=0)
    assert got.knowledge == pytest.approx(got.total - got.data)
    assert got.pairs == pytest.approx(got.knowledge + got.reverse)
    assert got.knowledge == pytest.approx(ensemble_information(p))
    assert got.knowledge == pytest.approx(np.mean(stats.entropy(p, mean[None], axis=-1), axis=0))
    assert got.reverse == pytest.approx(np.mean(stats.entropy(mean[None], p, axis=-1), axis=0))
    every = stats.entropy(p[:, None], p[None], axis=-1)  # [M, M, ...]
    assert got.pairs == pytest.approx(every.mean(axis=(0, 1)))
    assert all(m.shape == (3, 4) for m in got)


def test_members_that_agree_dispute_nothing() -> None:
    same = np.log(np.broadcast_to(members(3, 4), (5, 3, 4)))
    got = ensemble_doubts(same)
    assert got.total == pytest.approx(got.data)
    for measure in (got.knowledge, got.pairs, got.reverse):
        assert measure == pytest.approx(np.zeros(3), abs=1e-12)


def test_members_that_are_sure_of_different_things() -> None:
    with np.errstate(divide="ignore"):
        got = ensemble_doubts(np.log(np.eye(3)))
    assert got.data == 0
    assert got.total == got.knowledge == pytest.approx(math.log(3))
    assert got.pairs == got.reverse == math.inf


def test_what_all_exclude_is_nothing() -> None:
    with np.errstate(divide="ignore"):
        got = ensemble_doubts(np.log([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]]))
    assert got.pairs == pytest.approx(math.log(3) / 16)


def test_mixture_by_hand() -> None:
    assert np.exp(mixture(np.log([[0.2, 0.8], [0.6, 0.4]]))) == pytest.approx([0.4, 0.6])


@pytest.mark.parametrize("logp", [np.zeros((2, 3)), np.full((2, 3), np.nan)])
def test_no_distributions_are_refused(logp: np.ndarray) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        ensemble_doubts(logp)
    with pytest.raises(ValueError, match="members"):
        mixture(np.zeros((0, 3)))


# Two members, one answer of two tokens and padding that must not count.
CHOSEN = np.log([[[0.5, 0.5, 0.1]], [[0.1, 0.3, 0.9]]])  # [M, S, T]
KEPT = np.array([[True, True, False]])


def test_two_ways_to_average_whole_answers() -> None:
    # members: .25 and .03; their mean .14. Token means: .3 and .4; product .12
    assert np.exp(whole(CHOSEN, KEPT)) == pytest.approx(np.array([[0.25], [0.03]]))
    assert np.exp(expectation_of_products(CHOSEN, KEPT)) == pytest.approx([0.14])
    assert np.exp(product_of_expectations(CHOSEN, KEPT)) == pytest.approx([0.12])


def test_joint_by_hand() -> None:
    # two tokens: total -log(.14) / 2; reverse (log .14 - (log .25 + log .03) / 2) / 2
    joint = expectation_of_products(CHOSEN, KEPT)
    got = joint_doubts(whole(CHOSEN, KEPT), joint, lengths(KEPT))
    assert got.total == pytest.approx(-math.log(0.14) / 2)
    mean = (math.log(0.25) + math.log(0.03)) / 2
    assert got.reverse == pytest.approx((math.log(0.14) - mean) / 2)


def test_joint_weights_and_lengths() -> None:
    each, joint = np.log([[0.5, 0.2], [0.5, 0.4]]), np.log([0.5, 0.3])
    # weights 1 : 3, lengths 1 and 2
    got = joint_doubts(each, joint, [1, 2], weights=[1, 3])
    assert got.total == pytest.approx(-(math.log(0.5) / 4 + 3 / 8 * math.log(0.3)))
    gap = math.log(0.3) - (math.log(0.2) + math.log(0.4)) / 2
    assert got.reverse == pytest.approx(3 / 8 * gap)


def test_beam_weights() -> None:
    assert likelihood_weights(np.log([0.2, 0.6])) == pytest.approx([0.25, 0.75])
    # temperature 1/2 squares them, to .04 and .36
    assert likelihood_weights(np.log([0.2, 0.6]), temperature=0.5) == pytest.approx([0.1, 0.9])


def test_chain_is_the_mean_over_tokens_then_answers() -> None:
    p = members(3, 2, 4, 5)  # [M, S, T, V]
    kept = np.array([[1, 1, 1, 1], [1, 0, 0, 0]], dtype=bool)
    each = ensemble_doubts(np.log(p))
    for got, measure in zip(chain_doubts(np.log(p), kept), each, strict=True):
        assert got == pytest.approx((measure[0].mean() + measure[1, 0]) / 2)
    weighted = chain_doubts(np.log(p), kept, weights=[3, 1])
    assert weighted.total == pytest.approx((3 * each.total[0].mean() + each.total[1, 0]) / 4)
    got = chain_doubts(np.log(p), kept)
    assert got.total == pytest.approx(got.data + got.knowledge)
    assert got.pairs == pytest.approx(got.knowledge + got.reverse)


def test_padding_is_not_looked_at() -> None:
    p = np.log(members(3, 1, 3, 5))
    kept = np.array([[True, True, False]])
    spoilt = p.copy()
    spoilt[:, :, 2] = np.nan
    assert chain_doubts(spoilt, kept) == chain_doubts(p, kept)


def test_joint_estimates_reach_the_exact_measures() -> None:
    """20000 answers of one token, drawn from the mixture: total and reverse within 5 errors."""
    p = members(4, 6, seed=3)
    exact = ensemble_doubts(np.log(p))
    drawn = np.random.default_rng(0).choice(6, size=20_000, p=p.mean(axis=0))
    chosen = np.log(p)[:, drawn][:, :, None]  # [M, S, 1]
    kept = np.ones((20_000, 1), dtype=bool)
    joint = expectation_of_products(chosen, kept)
    each = whole(chosen, kept)
    got = joint_doubts(each, joint, lengths(kept))
    assert abs(got.total - exact.total) < 5 * joint.std() / math.sqrt(20_000)
    spread = (joint - each.mean(axis=0)).std()
    assert abs(got.reverse - exact.reverse) < 5 * spread / math.sqrt(20_000)


@pytest.mark.parametrize(
    "call",
    [
        lambda: whole(CHOSEN[0], KEPT),
        lambda: whole(CHOSEN, ~np.ones((1, 3), dtype=bool)),
        lambda: whole(CHOSEN * np.nan, KEPT),
        lambda: whole(-CHOSEN, KEPT),
        lambda: chain_doubts(CHOSEN, KEPT),
        lambda: joint_doubts([[-1.0]], [-np.inf], [1]),
        lambda: joint_doubts([[-1.0]], [-1.0], [1], weights=[0]),
        lambda: joint_doubts([[-1.0]], [-1.0], [1], weights=[1, 1]),
        lambda: likelihood_weights([-1.0], temperature=0),
    ],
)
def test_refused(call) -> None:
    with pytest.raises(ValueError, match=r"need|at most|must|probability 0"):
        call()
