import numpy as np
import pytest
from scipy.special import log_softmax

from dubito.maths.truncation import min_p
from laws import assert_axis_free, assert_shift_free

P = np.array([0.5, 0.3, 0.15, 0.05])


def test_by_hand() -> None:
    """At least .4 of .5 is .2: .5 and .3 stay, over .8."""
    assert np.exp(min_p(np.log(P), 0.4)) == pytest.approx([0.625, 0.375, 0, 0])


def test_the_cut_is_made_after_the_temperature() -> None:
    """At 2, square roots: .15 has sqrt(.3) = .548 of the likeliest and stays above .5."""
    root = np.sqrt(P[:3])
    assert np.exp(min_p(np.log(P), 0.5, temperature=2)) == pytest.approx([*root / root.sum(), 0])
    assert np.exp(min_p(np.log(P), 0.5)) == pytest.approx([0.625, 0.375, 0, 0])


@pytest.mark.parametrize("temperature", [0.1, 1.0, 50.0])
def test_share_1_is_greedy_at_any_temperature(temperature: float) -> None:
    rows = np.log([P, P[::-1] / 10])  # each row has its own likeliest token
    got = np.exp(min_p(rows, 1, temperature=temperature))
    assert got.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
    assert np.exp(min_p(np.log([0.4, 0.4, 0.2]), 1)).tolist() == pytest.approx([0.5, 0.5, 0])


def test_share_0_is_plain_sampling_and_temperature_to_0_is_greedy() -> None:
    logits = np.array([1.0, -2.0, 0.5, -np.inf])
    assert min_p(logits, 0) == pytest.approx(log_softmax(logits))
    assert min_p(logits, 0, temperature=3) == pytest.approx(log_softmax(logits / 3))
    assert np.exp(min_p(np.log(P), 0, temperature=1e-3)) == pytest.approx([1, 0, 0, 0])


def test_a_token_at_the_edge_stays() -> None:
    assert np.isfinite(min_p([0.0, np.log(0.25)], 0.25)).all()


def test_invariances() -> None:
    logits = np.random.default_rng(0).normal(size=6)
    assert_shift_free(lambda x: np.exp(min_p(x, 0.3)), logits)
    assert_axis_free(lambda x: np.sort(np.exp(min_p(x, 0.3))), logits)


@pytest.mark.parametrize(
    ("share", "temperature"), [(-0.1, 1.0), (1.1, 1.0), (0.1, 0.0), (0, np.inf)]
)
def test_bad_options(share: float, temperature: float) -> None:
    with pytest.raises(ValueError, match="share must lie in"):
        min_p(np.log(P), share, temperature=temperature)


def test_draws_agree_with_a_cut_of_the_weights() -> None:
    """Counted: a token that is drawn from the cut law has at least the share; 20,000 draws."""
    p = np.exp(min_p(np.log(P), 0.2, temperature=1.5))
    draws = np.random.default_rng(0).choice(4, size=20_000, p=p)
    share = np.bincount(draws, minlength=4) / 20_000
    assert share[3] > 0  # (.05 / .5)^(1 / 1.5) = .215
    assert np.abs(share - p).max() < 5 * 0.5 / np.sqrt(20_000)
