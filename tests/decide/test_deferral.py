"""Rules of deferral and cascades: the card's numbers, features, the learned rule, who is asked."""

import json
import math

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.data.worlds.cascades import pairs
from dubito.data.worlds.shown import shown
from dubito.decide import Cascade, ChowQuantile, DeferralFeatures, LearnedDeferral
from dubito.decide.deferral import DeferralRule
from dubito.decide.deferral_features import GRID
from dubito.decide.perceptron import Perceptron
from dubito.estimate.surprise import MinTokenProbability, Perplexity, SequenceProbability
from dubito.evidence import Evidence, Layers, Missing, Plan, Sequence
from dubito.maths.deferral import deferral_gain
from dubito.models.collect import Collector
from inputs import hard_evidence
from laws import assert_frozen, assert_missing_is_said, assert_monotone, assert_plan_is_used


def said(*logprobs: float) -> Evidence:
    """One answer with these log-probabilities."""
    return Evidence("?", Sequence("x", logprobs=np.array(logprobs)))


CARD = said(-0.1, -2, -0.1)


def test_the_card() -> None:
    """Sum -2.2, mean -0.7333, quantiles 0, 0.5 and 1: -2, -0.1, -0.1; doubt is minus these."""
    assert SequenceProbability()(CARD).doubt == pytest.approx(2.2)
    assert Perplexity()(CARD).doubt == pytest.approx(0.73333, abs=1e-5)
    for level, doubt in ((0, 2), (1, 0.1), (0.5, 0.1), (0.25, 1.05)):
        assert ChowQuantile(level)(CARD).doubt == pytest.approx(doubt)


def test_of_one_token_all_rules_are_chows() -> None:
    one = said(-0.7)
    rules = [SequenceProbability(), Perplexity(), *(ChowQuantile(a / 4) for a in range(5))]
    assert [rule(one).doubt for rule in rules] == pytest.approx([0.7] * 7)


@pytest.mark.parametrize("level", [0, 0.05, 0.3, 1])
def test_numpys_quantile_of_the_log_probabilities(level: float) -> None:
    logp = -np.random.default_rng(0).exponential(size=13)
    assert ChowQuantile(level)(said(*logp)).doubt == pytest.approx(-np.quantile(logp, level))


def test_quantile_laws() -> None:
    evidence = shown()
    assert ChowQuantile(0)(evidence).doubt == pytest.approx(MinTokenProbability()(evidence).doubt)
    assert_monotone(lambda a: ChowQuantile(a)(evidence).doubt, [0, 0.2, 0.6, 1], falling=True)
    assert_frozen(ChowQuantile())
    assert_plan_is_used(ChowQuantile(), evidence)
    assert_missing_is_said(ChowQuantile(), evidence)
    assert len(ChowQuantile(0.3)(evidence).tokens or ()) == len(evidence.answer.tokens)


def test_impossible_tokens_count_up_to_100_nats() -> None:
    """Surprises 100, 100, 1: the median is 100, the quarter between the last two 50.5."""
    evidence = said(-math.inf, -math.inf, -1)
    assert ChowQuantile(0)(evidence).doubt == 100
    assert ChowQuantile(0.75)(evidence).doubt == pytest.approx(50.5)
    assert np.isfinite(DeferralFeatures()(evidence)).all()


@pytest.mark.parametrize("level", [-0.1, 1.1, math.nan])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        ChowQuantile(level)


def test_features_of_the_card() -> None:
    """Between -2 and -0.1 the quantile at a is -2 + 3.8 a up to one half; then -0.1."""
    got = DeferralFeatures()(CARD)
    by_hand = [-2 + 3.8 * a if a <= 0.5 else -0.1 for a in GRID]
    assert got == pytest.approx([*by_hand, -2.2, -2.2 / 3])
    assert len(GRID) == 20
    assert GRID[:3] == (0, 0.01, 0.02)
    assert GRID[-2:] == (0.9, 1.0)


def test_features_know_no_order_of_tokens_and_any_length() -> None:
    assert DeferralFeatures()(said(-2, -0.1, -0.1)) == pytest.approx(DeferralFeatures()(CARD))
    assert DeferralFeatures()(said(*[-0.5] * 60)) == pytest.approx([-0.5] * 20 + [-30, -0.5])


def test_features_with_hidden_states() -> None:
    """Two depths, two tokens, d = 2: state after the prompt, then the mean over the tokens."""
    values = np.arange(12.0).reshape(2, 3, 2)
    answer = Sequence("x", logprobs=np.array([-1.0, -1.0]), hidden=Layers((0.5, 1.0), values))
    features = DeferralFeatures((0.5, 1.0))
    got = features(Evidence("?", answer).only(features.plan))
    assert got[22:].tolist() == [0, 1, 6, 7, 3, 4, 9, 10]
    assert features.plan == Plan(logprobs=True, hidden=(0.5, 1.0))
    with pytest.raises(Missing, match="hidden"):
        features(CARD)


@parametrize_with_checks([LearnedDeferral(), LearnedDeferral(binary=True)])
def test_scikit_learn_accepts_it(estimator, check) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def world():
    """Features, gains, and how many rows are there to learn from."""
    made = pairs(0, fitted=600, judged=600)
    X = np.stack([DeferralFeatures()(e) for e in made.evidence])
    return made, X


@pytest.mark.parametrize("binary", [False, True])
def test_it_learns_whom_the_large_model_helps(world, binary: bool) -> None:
    made, X = world
    rule = LearnedDeferral(binary=binary).fit(X[:600], (made.large - made.small)[:600])
    gained = deferral_gain(rule.predict(X[600:]), made.small[600:], made.large[600:])
    assert gained > 0.015
    if binary:
        assert 0 < rule.predict(X).min() < rule.predict(X).max() < 1


def test_the_same_seed_gives_the_same_bits(world) -> None:
    made, X = world
    first, again, other = (
        LearnedDeferral(random_state=seed).fit(X[:80], made.small[:80]).predict(X)
        for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(("binary", "kind"), [(False, MLPRegressor), (True, MLPClassifier)])
def test_it_is_the_network_of_scikit_learn(world, binary: bool, kind: type) -> None:
    """Standardised inputs, two layers of 32, L2 0.01, stopped by a tenth held out."""
    made, X = world
    y = made.large - made.small
    scaler = StandardScaler().fit(X)
    theirs = kind(hidden_layer_sizes=(32, 32), alpha=0.01, early_stopping=True, random_state=0)
    theirs.fit(scaler.transform(X), y > 0 if binary else y)
    inside = scaler.transform(X[:50])
    want = theirs.predict_proba(inside)[:, 1] if binary else theirs.predict(inside)
    assert LearnedDeferral(binary=binary).fit(X, y).predict(X[:50]) == pytest.approx(want)


def test_binary_asks_for_a_gain_and_not_for_an_error() -> None:
    """Both wrong (gain 0) at x = 0, only the small one wrong (gain 1) at x = 1."""
    X = np.repeat([[0.0], [1.0]], 60, axis=0)
    y = np.repeat([0.0, 1.0], 60)
    hopeless, helped = LearnedDeferral(binary=True).fit(X, y).predict([[0.0], [1.0]])
    assert hopeless < 0.3 < 0.7 < helped
    harm = LearnedDeferral(binary=True).fit(X, np.where(y == 1, 0.2, -0.5)).predict([[0.0]])
    assert harm[0] < 0.3


@pytest.mark.parametrize(
    ("binary", "gain", "told"), [(False, 0.3, 0.3), (True, 0.3, 1), (True, 0, 0), (True, -1, 0)]
)
def test_labels_all_alike_give_that_constant(binary: bool, gain: float, told: float) -> None:
    rule = LearnedDeferral(binary=binary).fit(np.arange(12.0).reshape(6, 2), [gain] * 6)
    assert rule.predict([[5, -7], [0, 1e6]]).tolist() == pytest.approx([told] * 2)


@pytest.mark.parametrize("n", [2, 10, 999, 1000])
def test_few_rows_and_rare_gains_are_enough_to_fit(n: int) -> None:
    X = np.random.default_rng(0).normal(size=(n, 3))
    y = np.r_[np.zeros(n - 1), 1.0]
    for binary in (False, True):
        assert np.isfinite(LearnedDeferral(binary=binary).fit(X, y).predict(X)).all()


def test_a_network_by_hand_and_as_json() -> None:
    """x = 3: (3 - 1) / 2 = 1; relu(1 * [2, -1] + [0, 0.5]) = [2, 0]; 2 * 3 + 0.5 = 6.5."""
    net = Perceptron(
        np.array([1.0]),
        np.array([2.0]),
        (np.array([[2.0, -1.0]]), np.array([[3.0], [5.0]])),
        (np.array([0.0, 0.5]), np.array([0.5])),
        logistic=False,
    )
    assert net([[3.0]]).tolist() == [6.5]
    # x = 0: -0.5 * [2, -1] + [0, 0.5] = [-1, 1], so 5 * 1 + 0.5
    assert net([[0.0]]).tolist() == [5.5]
    again = Perceptron.from_json(json.loads(json.dumps(net.to_json())))
    assert again([[3.0], [0.0]]).tolist() == [6.5, 5.5]
    with pytest.raises(ValueError, match=r"\[N, 1\]"):
        net([[1.0, 2.0]])


def test_the_fitted_rule_is_a_doubt_that_can_be_saved(world) -> None:
    made, X = world
    learned = LearnedDeferral().fit(X[:600], (made.large - made.small)[:600])
    rule = learned.rule()
    evidence = made.evidence[700]
    assert rule(evidence).doubt == pytest.approx(learned.predict(X[700:701])[0])
    kept = DeferralRule.from_json(json.loads(json.dumps(rule.to_json())))
    assert kept(evidence).doubt == rule(evidence).doubt
    assert kept.plan == rule.plan == Plan(logprobs=True)
    deep = DeferralRule(rule.network, DeferralFeatures((0.5,)))
    assert DeferralRule.from_json(deep.to_json()).features == DeferralFeatures((0.5,))
    for name, hard in hard_evidence().items():
        if name != "empty answer":
            assert math.isfinite(rule(hard.only(rule.plan)).doubt), name


class Fixed:
    """A model with one answer to each prompt; keeps what it was asked."""

    def __init__(self, **answers: tuple[str, float | None]) -> None:
        self.name, self.answers, self.asked = "fixed", answers, []

    def generate(self, prompts, plan, generation=None, *, progress=None):  # noqa: ARG002
        self.asked.append((list(prompts), plan))
        for i in reversed(range(len(prompts))):
            text, logp = self.answers[prompts[i]]
            known = None if logp is None or not plan.logprobs else np.array([logp])
            yield i, Evidence(prompts[i], Sequence(text, logprobs=known))


def test_only_the_doubtful_go_to_the_large_model() -> None:
    small = Fixed(a=("A", -0.1), b=("B", -2.0), c=("C", -1.0), d=("D", None))
    large = Fixed(b=("BB", None), d=("DD", None), a=("AA", None), c=("CC", None))
    cascade = Cascade(ChowQuantile(), threshold=1.0)
    served = cascade(Collector(small), Collector(large), list("abcd"))
    assert [s.text for s in served] == ["A", "BB", "C", "DD"]  # 1.0 is not above 1.0
    assert [s.deferred for s in served] == [False, True, False, True]
    assert [s.small_text for s in served] == list("ABCD")
    assert [s.doubt for s in served[:3]] == [0.1, 2.0, 1.0]
    assert math.isnan(served[3].doubt)
    assert small.asked == [(list("abcd"), Plan(logprobs=True))]
    assert large.asked == [(["b", "d"], Plan())]


def test_ends_of_a_cascade() -> None:
    small, large = Fixed(a=("A", -0.1)), Fixed(a=("AA", None))
    assert Cascade()(Collector(small), Collector(large), ["a"])[0].text == "A"
    assert not large.asked
    always = Cascade(threshold=-math.inf)
    assert always(Collector(small), Collector(large), ["a"])[0].text == "AA"
    assert always(Collector(small), Collector(large), []) == []
    with pytest.raises(ValueError, match="NaN"):
        Cascade(threshold=math.nan)
