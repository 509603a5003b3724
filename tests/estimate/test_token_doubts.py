"""Estimators over tokens and the model's own word: limits, relatives, and the door."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dubito.estimate import (
    FisherRao,
    MinTokenProbability,
    Perplexity,
    ProbabilityMargin,
    PTrue,
    RenyiDivergence,
    SelfCertainty,
    SentenceEntropy,
    SentenceSurprise,
    SequenceEntropy,
    SequenceProbability,
    TokenEntropy,
    VerbalisedConfidence,
)
from dubito.estimate.scoring import score_one
from dubito.evidence import Evidence, Missing, Plan, Sequence, TopK
from inputs import VOCABULARY, cut, rich_evidence
from laws import assert_monotone

SURPRISE = (SequenceProbability(), Perplexity(), MinTokenProbability(), SentenceSurprise())
OVER_TOKENS = (
    *SURPRISE,
    TokenEntropy(),
    ProbabilityMargin(),
    SelfCertainty(),
    RenyiDivergence(),
    FisherRao(),
    SentenceEntropy(),
)


def answered(**fields) -> Evidence:
    return Evidence(prompt="?", answer=Sequence(text="yes", **fields))


def probabilities(*p: float) -> Evidence:
    return answered(logprobs=np.log(p), offsets=np.array([(0, 3)] * len(p)))


# --- surprise ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ((1.0, 1.0), 0.0),
        # a tree where greedy fails: .6 * .5 = .3, though the mode has .4
        ((0.6, 0.5), 1.203973),
        # uniform over 8 tokens for 4 steps: 4 ln 8
        ((0.125,) * 4, 4 * math.log(8)),
    ],
)
def test_sequence_probability(p, expected):
    assert SequenceProbability()(probabilities(*p)).doubt == pytest.approx(expected, abs=5e-7)


def test_surprises_are_relatives():
    evidence = rich_evidence()
    total, mean, most, _ = (e(evidence).doubt for e in SURPRISE)
    assert total == pytest.approx(mean * len(evidence.answer.tokens))
    assert mean < most < total


def test_one_token_one_surprise():
    for estimator in SURPRISE:
        assert estimator(probabilities(0.25)).doubt == pytest.approx(2 * math.log(2))


@pytest.mark.parametrize("estimator", SURPRISE)
def test_less_likely_is_more_doubtful(estimator):
    assert_monotone(lambda p: estimator(probabilities(0.9, p)).doubt, [0.8, 0.5, 1e-3, 1e-300])


def test_the_end_token_counts():
    whole = rich_evidence()
    headless = replace(whole, answer=cut(whole.answer, len(whole.answer.tokens) - 1))
    assert whole.answer.logprobs is not None
    end = -whole.answer.logprobs[-1]
    gap = SequenceProbability()(whole).doubt - SequenceProbability()(headless).doubt
    assert gap == pytest.approx(end)
    assert end > 0


def test_an_impossible_token_is_infinitely_doubtful():
    evidence = answered(logprobs=np.array([-0.1, -np.inf]), offsets=np.array([(0, 3)] * 2))
    for estimator in SURPRISE:
        assert estimator(evidence).doubt == math.inf


def test_half_precision_is_read_in_double():
    """20000 surprises of .1: their sum is rounded once to float16 a token, not once an addition."""
    evidence = answered(logprobs=np.full(20_000, -0.1, dtype=np.float16))
    expected = 20_000 * float(np.float16(0.1))
    assert SequenceProbability()(evidence).doubt == pytest.approx(expected, rel=1e-9)


def test_rounding_above_zero_is_no_confidence():
    """A log-probability of +1e-7 is a rounded 0."""
    assert SequenceProbability()(answered(logprobs=np.array([1e-7]))).doubt == 0


# --- distributions ----------------------------------------------------------------------------


def test_uniform_distributions_are_the_most_doubtful():
    flat = {"uniform_kl": np.zeros(2), "uniform_renyi": np.zeros(2)}
    for estimator in (SelfCertainty(), RenyiDivergence(), FisherRao()):
        assert estimator(answered(**flat)).doubt == 0
        assert estimator(rich_evidence()).doubt < 0


def test_certain_distributions():
    """D(p || uniform) of a certain token is log V, and its Fisher-Rao distance nears 1."""
    sure = answered(uniform_renyi=np.full(3, math.log(1e12)))
    assert RenyiDivergence()(sure).doubt == pytest.approx(-math.log(1e12))
    assert FisherRao()(sure).doubt == pytest.approx(-1, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_orders_of_divergence(seed):
    """Renyi divergences rise in the order; that of order 1/2 is symmetric.

    So KL(uniform || p) >= D_half, and H[p] <= H_half[p] = log V - D_half for each token.
    """
    evidence = rich_evidence(seed)
    half = np.array(RenyiDivergence()(evidence).tokens)
    assert (np.array(SelfCertainty()(evidence).tokens) < half).all()
    assert (np.array(TokenEntropy()(evidence).tokens) < half + math.log(VOCABULARY)).all()


def test_infinite_certainty_is_missing():
    with pytest.raises(Missing, match="token 1 is infinite"):
        SelfCertainty()(answered(uniform_kl=np.array([0.5, np.inf])))


def top(*rows: tuple[float, ...]) -> Evidence:
    with np.errstate(divide="ignore"):
        logprobs = np.log(np.array(rows))
    return answered(top=TopK(np.zeros(logprobs.shape, dtype=int), logprobs))


def test_margin_limits():
    assert ProbabilityMargin()(top((0.5, 0.5), (0.1, 0.1))).doubt == pytest.approx(1)
    assert ProbabilityMargin()(top((0.9, 0.1))).bounds is None
    assert_monotone(lambda p: ProbabilityMargin()(top((0.5, p))).doubt, [0.01, 0.1, 0.5])


@pytest.mark.parametrize(
    ("first", "bounds"),
    [
        # p2 in [0, .3]: margin from .7 down to .4
        (0.7, (0.3, 0.6)),
        # p2 in [0, .2], no greater than p1
        (0.2, (0.8, 1.0)),
        (1.0, (0.0, 0.0)),
        # a server that rounds up
        (1.0000002, (0.0, 0.0)),
    ],
)
def test_margin_with_one_token_returned(first, bounds):
    score = ProbabilityMargin()(top((first, 0.0)))
    assert score.bounds == pytest.approx(bounds, abs=1e-12)
    assert score.doubt == pytest.approx(bounds[0], abs=1e-12)


def test_margin_needs_two():
    assert ProbabilityMargin().plan == Plan(top_k=2)
    with pytest.raises(Missing, match="top 1 tokens"):
        ProbabilityMargin()(top((0.9,)))
    with pytest.raises(Missing, match="returned for token 1"):
        ProbabilityMargin()(top((0.9, 0.1), (0.0, 0.0)))


# --- samples ----------------------------------------------------------------------------------


def test_sequence_entropy_is_unbiased():
    """Answers of one token with p = (1/2, 1/4, 1/4): the mean over 4000 prompts is 1.5 ln 2."""
    p, k, draws = np.array([0.5, 0.25, 0.25]), 3, 4000
    choices = np.random.default_rng(0).choice(3, p=p, size=(draws, k))
    answers = [Sequence(text=str(i), logprobs=np.log(p[i : i + 1])) for i in range(3)]
    estimator = SequenceEntropy(samples=k)
    doubts = [
        estimator(Evidence("?", answers[0], samples=tuple(answers[i] for i in row))).doubt
        for row in choices
    ]
    # Var[-ln p] = (ln 2)^2 / 4 for a coin between ln 2 and 2 ln 2
    error = math.log(2) / 2 / math.sqrt(k * draws)
    assert abs(np.mean(doubts) - 1.5 * math.log(2)) < 5 * error


def test_length_normalised_entropy_of_one_length():
    evidence = rich_evidence(0, 6)
    same = replace(evidence, samples=tuple(cut(s, 2) for s in evidence.samples))
    plain, each = (SequenceEntropy(6, length_normalised=n)(same).doubt for n in (False, True))
    assert plain == pytest.approx(2 * each)


def test_no_samples():
    with pytest.raises(Missing, match="samples"):
        SequenceEntropy()(rich_evidence(0, 0))
    with pytest.raises(ValueError, match="samples must be at least 1"):
        SequenceEntropy(samples=0)


# --- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", OVER_TOKENS, ids=lambda e: type(e).__name__)
def test_no_tokens_no_doubt(estimator):
    evidence = rich_evidence()
    empty = replace(evidence, answer=cut(evidence.answer, 0))
    score = score_one(empty, estimator)
    assert math.isnan(score.doubt)
    assert "no tokens" in score.reason


@pytest.mark.parametrize("estimator", OVER_TOKENS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("place", [0, -1])
def test_nan_is_refused_and_named(estimator, place):
    evidence = rich_evidence()
    a = evidence.answer
    broken = {}
    for name in ("logprobs", "entropies", "uniform_kl", "uniform_renyi"):
        broken[name] = np.array(getattr(a, name))
        broken[name][place] = math.nan
    assert a.top is not None
    likely = np.array(a.top.logprobs)
    likely[place, 1] = math.nan
    answer = replace(a, **broken, top=TopK(a.top.ids, likely))
    position = place % len(a.tokens)
    with pytest.raises(ValueError, match=rf"of token {position} of {len(a.tokens)} is NaN"):
        estimator(replace(evidence, answer=answer))


def test_nan_upper_entropy_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        TokenEntropy()(answered(entropies=np.ones(1), entropies_upper=np.array([math.nan])))


def test_unknown_vocabulary_gives_an_open_bound():
    evidence = answered(entropies=np.ones(2), entropies_upper=np.array([1.5, math.inf]))
    assert TokenEntropy()(evidence).bounds == (1.0, math.inf)


def test_probabilities_are_not_log_probabilities():
    with pytest.raises(ValueError, match=r"logprobs of token 1 is 0\.9, above 0"):
        SequenceProbability()(answered(logprobs=np.array([0.5, 0.9])))


@pytest.mark.parametrize("value", [math.nan, -0.1, 85.0])
def test_confidence_outside_its_range(value):
    with pytest.raises(ValueError, match=r"stated must be in \[0, 1\]"):
        VerbalisedConfidence()(Evidence("?", Sequence("yes"), stated=value))
    with pytest.raises(ValueError, match=r"p_true must be in \[0, 1\]"):
        PTrue()(Evidence("?", Sequence("yes"), p_true=value))


def test_what_the_model_says_of_itself():
    assert PTrue()(Evidence("?", Sequence("yes"), p_true=1.0, stated=0.2)).doubt == 0
    assert VerbalisedConfidence()(Evidence("?", Sequence("yes"), p_true=0.2, stated=1.0)).doubt == 0
