"""SAPLMA and LARS: the network's arithmetic, the bins and the words."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.neural_network import MLPClassifier

from dubito.estimate.trained.lars import Lars
from dubito.estimate.trained.saplma import Saplma
from dubito.evidence import Evidence, Layers, Missing, Sequence

RNG = np.random.default_rng(0)


def ending_with(state: np.ndarray) -> Evidence:
    """Three tokens, the last of them the end token: the state after the second one is read."""
    rows = RNG.normal(size=(4, len(state))) * 99
    rows[2] = state
    return Evidence("?", Sequence("a b", ("a", "b", "<end>"), hidden=Layers((0.6,), rows[None])))


STATES = RNG.normal(size=(200, 5)) * [1, 10, 100, 1, 1] + [0, 0, 1000, 0, 7]
WRONG = STATES[:, 1] > 0
KNOWN = [ending_with(s) for s in STATES]


def test_network_by_hand():
    """State (4, 1) less (2, 1), over (2, 1): (1, 0). Hidden (1 * 3 - 1, 1 * -5) -> (2, 0).

    Log odds 2 * 0.5 + 0 * 9 + 0.25 = 1.25.
    """
    probe = Saplma(widths=(2,))
    probe.centre_, probe.scale_ = np.array([2.0, 1]), np.array([2.0, 1])
    probe.weights_ = (np.array([[3.0, -5], [7, 7]]), np.array([[0.5], [9]]))
    probe.biases_ = (np.array([-1.0, 0]), np.array([0.25]))
    assert probe(ending_with(np.array([4.0, 1]))).doubt == pytest.approx(expit(1.25))


def test_forward_pass_is_scikit_learns():
    probe = Saplma(widths=(7, 3), epochs=4, l2=0.5).fit(KNOWN, WRONG)
    x = (STATES - STATES.mean(axis=0)) / STATES.std(axis=0)
    other = MLPClassifier((7, 3), alpha=0.5, batch_size=32, random_state=0)
    for _ in range(4):
        other.partial_fit(x, WRONG.astype(int), classes=[0, 1])
    got = [probe(e).doubt for e in KNOWN[:20]]
    assert got == pytest.approx(other.predict_proba(x[:20])[:, 1])


def test_learns_one_direction_whatever_its_unit():
    probe = Saplma().fit(KNOWN, WRONG)
    new = RNG.normal(size=(200, 5)) * [1, 10, 100, 1, 1] + [0, 0, 1000, 0, 7]
    doubts = np.array([probe(ending_with(s)).doubt for s in new])
    assert np.mean((doubts > 0.5) == (new[:, 1] > 0)) > 0.9
    assert ((doubts >= 0) & (doubts <= 1)).all()


def test_numbers_that_never_vary_do_no_harm():
    flat = [ending_with(np.append(s, 3.0)) for s in STATES[:40]]
    assert np.isfinite(Saplma(epochs=1).fit(flat, WRONG[:40])(flat[0]).doubt)


def test_penalty_keeps_weights_small():
    def size(l2: float) -> float:
        return sum((w**2).sum() for w in Saplma(epochs=3, l2=l2).fit(KNOWN, WRONG).weights_)

    assert size(30.0) < 0.8 * size(0.0)


@pytest.mark.parametrize("options", [{"epochs": 0}, {"l2": -1}])
def test_saplma_options(options):
    with pytest.raises(ValueError, match="epochs >= 1 and l2 >= 0"):
        Saplma(**options)


def test_few_answers_make_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Saplma(epochs=2).fit(KNOWN[:6], [0, 1, 0, 1, 0, 1])


def said(words: str, surprise: list[float]) -> Evidence:
    tokens = tuple(words.split())
    return Evidence("?", Sequence(words, tokens, logprobs=-np.array(surprise, dtype=float)))


def test_bins_by_hand():
    """Surprises 1 to 8 in 4 bins: edges at 2.75, 4.5, 6.25. One token of each, then of two."""
    lars = Lars(bins=4, words=0).fit(
        [said("a b c d", [1, 2, 3, 4]), said("a b c d", [5, 6, 7, 8])], [0, 1]
    )
    assert lars.edges_.tolist() == [2.75, 4.5, 6.25]
    assert lars.shares(said("a b c d", [0, 3, 5, 9]).answer).tolist() == [0.25] * 4
    assert lars.shares(said("a b", [4.5, np.inf]).answer).tolist() == [0, 0, 0.5, 0.5]


def test_words_by_hand():
    """Bins, buckets and pairs each share out the tokens; pairs say which word was in which bin."""
    lars = Lars(bins=2, words=50).fit([said("a b", [0, 1]), said("a b", [2, 3])], [0, 1])
    shares = lars.shares(said("a b", [0, 3]).answer)
    by_bin, by_word, pairs = shares[:2], shares[2:52], shares[52:].reshape(50, 2)
    assert by_bin.tolist() == [0.5, 0.5]
    a, b = lars.bucket("a"), lars.bucket("b")
    assert a != b
    assert np.flatnonzero(by_word).tolist() == sorted([a, b])
    assert pairs[a].tolist() == [0.5, 0]
    assert pairs[b].tolist() == [0, 0.5]
    assert pairs.sum() == 1


def test_buckets_are_the_same_in_every_process():
    """CRC-32 of "lima" is 4250149676, which leaves 44 of 64; case and space do not count."""
    lars = Lars(words=64)
    assert lars.bucket(" Lima") == lars.bucket("lima") == 44


def test_a_word_decides_where_its_probability_does():
    """Only the surprise of "x" tells; that of "y" is noise three times as wide."""
    wrong = np.arange(300) % 2 == 1
    x = np.where(wrong, RNG.uniform(1.5, 3, 300), RNG.uniform(0, 1.5, 300))
    y = RNG.uniform(0, 9, 300)
    lars = Lars().fit([said("x y", list(s)) for s in zip(x, y, strict=True)], wrong)
    assert lars(said("x y", [2.5, 0.5])).doubt > 0.6 > 0.4 > lars(said("x y", [0.5, 8.5])).doubt
    blind = Lars(words=0).fit([said("x y", list(s)) for s in zip(x, y, strict=True)], wrong)
    assert blind(said("x y", [0.5, 8.5])).doubt > lars(said("x y", [0.5, 8.5])).doubt


def test_a_biased_word_costs_nothing():
    """ "rare" is always surprising, right or wrong; the learnt scoring does not hold it against."""
    wrong = np.arange(400) % 2 == 1
    known = []
    for w in wrong:
        rare = RNG.random() < 0.5
        key = RNG.exponential(2.0 if w else 0.2)
        known.append(said("rare x", [8.0, key]) if rare else said("common x", [0.0, key]))
    lars = Lars().fit(known, wrong)
    with_rare, without = (
        lars(said(w, s)).doubt for w, s in (("rare x", [8.0, 0.1]), ("common x", [0.0, 0.1]))
    )
    assert abs(logit(with_rare) - logit(without)) < 1
    assert with_rare < 0.5


def test_doubt_is_the_regression():
    known = [said("a b", list(RNG.exponential(size=2))) for _ in range(30)]
    lars = Lars(bins=3, words=4).fit(known, np.arange(30) % 2)
    z = lars.shares(known[3].answer) @ lars.weights_ + lars.intercept_
    assert lars(known[3]).doubt == pytest.approx(expit(z))


def test_stronger_penalty_is_nearer_the_base_rate():
    known = [said("a b", [s, 1.0]) for s in (0.1, 0.2, 0.3, 3.0, 4.0)]
    wrong = [0, 0, 0, 1, 1]
    far, near = (abs(Lars(l2=l2).fit(known, wrong)(known[4]).doubt - 0.4) for l2 in (0.01, 100.0))
    assert near < 0.05 < far


def test_lars_says_what_is_missing():
    lars = Lars().fit([said("a b", [0, 1]), said("a b", [2, 3])], [0, 1])
    nameless = said("a b", [0, 1])
    nameless = replace(nameless, answer=replace(nameless.answer, tokens=()))
    with pytest.raises(Missing, match="0 tokens for 2 log-probabilities"):
        lars(nameless)
    assert np.isfinite(Lars(words=0).fit([said("a", [0]), said("a", [2])], [0, 1])(nameless).doubt)
    with pytest.raises(ValueError, match="every token of the fit has probability 0"):
        Lars().fit([said("a", [np.inf]), said("b", [np.inf])], [0, 1])


@pytest.mark.parametrize("options", [{"bins": 1}, {"words": -1}, {"l2": 0.0}])
def test_lars_options(options):
    with pytest.raises(ValueError, match="bins >= 2, words >= 0 and l2 > 0"):
        Lars(**options)
