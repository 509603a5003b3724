"""The boost of used context tokens (dagcd): numbers by hand, the detector, and its examples."""

import json
import math
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from dubito.decide.context_boost import ContextBoost, ContextUse
from dubito.decide.context_detector import ContextUseDetector, balanced
from dubito.decide.context_examples import ContextQuestion, Steps, context_examples
from dubito.evidence import Floats

P = np.log([0.4, 0.35, 0.25])


def using(*weight: float, used: tuple[int, ...] = (1, 1, 1)) -> ContextUse:
    """Tokens 0 to C - 1 of the vocabulary."""
    return ContextUse(np.arange(len(weight)), np.array(used[: len(weight)]) == 1, np.array(weight))


def test_boost_by_hand() -> None:
    """H = (.4 ln 2.5 + .35 ln(1 / .35) + .25 ln 4) / ln 3 = 1.080528 / 1.098612 = .983539."""
    step = ContextBoost(alpha=2.0)(P, using(0.0, 1.0, 0.0))
    assert step.entropy == pytest.approx(0.983539, abs=1e-6)
    np.testing.assert_allclose(np.exp(step.scores), [0.4, 2.3171, 0.25], atol=5e-5)
    assert step.scores.argmax() == 1
    np.testing.assert_array_equal(step.utilisation, [0, 1, 0])
    still = ContextBoost(alpha=0.0)(P, using(0.0, 1.0, 0.0))
    np.testing.assert_allclose(still.scores, P)


def test_a_sure_model_is_left_alone() -> None:
    sure = np.array([-np.inf, 0.0, -np.inf])
    step = ContextBoost(alpha=50.0)(sure, using(1.0, 0.0, 1.0))
    assert step.entropy == 0
    np.testing.assert_array_equal(step.scores, sure)


def test_uniform_law_is_most_hesitant() -> None:
    step = ContextBoost(alpha=1.0)(np.zeros(4), using(3.0, 1.0))
    assert step.entropy == pytest.approx(1.0)
    np.testing.assert_allclose(np.exp(step.scores), [1.0, 0.5, 0.25, 0.25])  # 1/4 + (3/4, 1/4)


@pytest.mark.parametrize("use", [using(1.0, 1.0, 1.0, used=(0, 0, 0)), using(-1.0, 0.0, -2.0)])
def test_nothing_used_is_greedy(use: ContextUse) -> None:
    np.testing.assert_allclose(ContextBoost(alpha=4.0)(P, use).scores, P)


def test_an_unlikely_token_is_not_raised() -> None:
    """Token 2 is third of three."""
    use = using(0.0, 0.0, 1.0)
    np.testing.assert_allclose(ContextBoost(top_rank=2)(P, use).scores, P)
    assert ContextBoost(top_rank=3)(P, use).scores.argmax() == 2


def test_ends_are_left_alone() -> None:
    """But where one token is to be said, it is the likeliest used one."""
    use = using(0.0, 0.4, 0.6)
    np.testing.assert_allclose(ContextBoost(ends=frozenset({0}))(P, use).scores, P)
    assert ContextBoost(ends=frozenset({1}))(P, use).scores.argmax() == 2
    alone = ContextBoost(ends=frozenset({0}), one_token=True)
    assert alone(P, use).scores.argmax() == 2
    assert alone(P, use).scores[0] == -np.inf
    np.testing.assert_allclose(alone(P, using(0.0, 0.0)).scores, P)
    # the likeliest token is no end: an ordinary boosted step
    usual = ContextBoost(ends=frozenset({2}), one_token=True)(P, use)
    np.testing.assert_allclose(usual.scores, ContextBoost()(P, use).scores)


def test_laws() -> None:
    """The height of the logits does not matter; a larger alpha raises more and lowers nothing."""
    rng = np.random.default_rng(1)
    logits = rng.normal(size=30)
    use = ContextUse(np.array([3, 8, 20]), np.array([True, True, True]), np.array([0.5, 0.1, 0.4]))
    one = ContextBoost(top_rank=30)(logits, use)
    np.testing.assert_allclose(ContextBoost(top_rank=30)(logits + 7, use).scores, one.scores)
    more = ContextBoost(alpha=3.0, top_rank=30)(logits, use).scores - one.scores
    assert (more[use.ids] > 0).all()
    assert np.delete(more, use.ids) == pytest.approx(0)
    added = np.exp(one.scores).sum() - 1  # alpha * H * sum U
    assert added == pytest.approx(2 * one.entropy)


def test_bad_options_are_refused() -> None:
    for bad in ({"alpha": -1.0}, {"alpha": math.inf}, {"top_rank": 0}):
        with pytest.raises(ValueError, match="alpha"):
            ContextBoost(**bad)
    with pytest.raises(ValueError, match="NaN"):
        ContextBoost()(np.array([0.0, np.nan, 0.0]), using(1.0))


# The detector.


def looked(seed: int, *, rows: int = 400, heads: int = 12) -> tuple[Floats, Floats]:
    """Ratios of which heads 3 and 7 tell used tokens, 7 the better; a tenth are used."""
    rng = np.random.default_rng(seed)
    used = (np.arange(rows) % 10 == 0).astype(int)
    ratios = rng.uniform(0, 0.3, size=(rows, heads))
    ratios[:, 3] += 0.3 * used
    ratios[:, 7] += 0.6 * used
    return ratios, used


def test_it_finds_the_heads_that_tell() -> None:
    ratios, used = looked(0)
    detector = ContextUseDetector(heads=2).fit(ratios, used)
    assert detector.heads_.tolist() == [3, 7]
    assert detector.coef_[1] > detector.coef_[0] > 0
    assert detector.accuracy_ > 0.95
    new, truth = looked(1)
    assert (detector.predict(new) == truth).mean() > 0.95
    weight = detector.weight(new)
    share = detector.coef_ / detector.coef_.sum()
    np.testing.assert_allclose(weight, new[:, [3, 7]] @ share)


def test_weights_of_heads_that_mostly_look_away() -> None:
    """A negative sum of coefficients does not turn the weights round."""
    detector = ContextUseDetector.from_json(
        {"heads": [0, 2], "coef": [1.0, -3.0], "intercept": 0.5, "of_heads": 3}
    )
    # a quarter of .4 - .3, and of .1 - 1.2; by the plain sum, -2, the signs would turn
    weight = detector.weight([[0.4, 0.9, 0.1], [0.1, 0.9, 0.4]])
    np.testing.assert_allclose(weight, [0.025, -0.275])
    assert detector.predict([[0.4, 0.9, 0.1], [0.1, 0.9, 0.4]]).tolist() == [1, 0]  # .6, -.6


def test_classes_are_balanced_and_drawn_afresh() -> None:
    used = np.arange(100) % 10 == 0
    rng = np.random.default_rng(0)
    first, second = balanced(used, rng), balanced(used, rng)
    for rows in (first, second):
        assert len(rows) == 20
        assert used[rows].sum() == 10
        assert len(set(rows.tolist())) == 20
    assert first.tolist() != second.tolist()
    # without it, one in ten used would push the intercept down by log 9
    ratios, labels = looked(0)
    detector = ContextUseDetector(heads=2, strengths=(0.01,)).fit(ratios, labels)
    lopsided = LogisticRegression(C=0.01).fit(ratios, labels)
    assert detector.intercept_ > lopsided.intercept_[0] + 1


def test_same_seed_same_detector() -> None:
    ratios, used = looked(2)
    one, other = (ContextUseDetector(heads=3).fit(ratios, used) for _ in range(2))
    assert one.to_json() == other.to_json()


def test_saved_and_read_again() -> None:
    ratios, used = looked(3)
    detector = ContextUseDetector(heads=4).fit(ratios, used)
    again = ContextUseDetector.from_json(json.loads(json.dumps(detector.to_json())))
    np.testing.assert_array_equal(
        again.decision_function(ratios), detector.decision_function(ratios)
    )
    np.testing.assert_array_equal(again.weight(ratios), detector.weight(ratios))
    for wrong in (
        {"heads": [12]},
        {"heads": []},
        {"coef": [1.0]},
        {"intercept": math.nan},
    ):
        with pytest.raises(ValueError, match="not a saved detector"):
            ContextUseDetector.from_json({**detector.to_json(), **wrong})


def test_few_labels() -> None:
    """Ten are enough to fit; of one used token there is no accuracy to tell."""
    ratios, used = looked(0, rows=100)
    ten = np.r_[0, 10, 20, 30, 40, 1, 2, 3, 4, 5]
    few = ContextUseDetector(heads=2).fit(ratios[ten], used[ten])
    assert 0 <= few.accuracy_ <= 1
    lone = ContextUseDetector(heads=2).fit(ratios[:10], used[:10])
    assert math.isnan(lone.accuracy_)
    assert lone.strength_ == 1.0
    assert lone.predict(ratios[:2]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="class"):
        ContextUseDetector().fit(ratios[1:10], used[1:10])
    for bad in ({"heads": 0}, {"strengths": ()}, {"folds": 1}):
        with pytest.raises(ValueError, match="at least"):
            ContextUseDetector(**bad).fit(ratios, used)


def test_more_heads_wanted_than_there_are() -> None:
    ratios, used = looked(0, heads=8)
    assert ContextUseDetector(heads=10).fit(ratios, used).heads_.tolist() == list(range(8))


@parametrize_with_checks([ContextUseDetector(strengths=(100.0,), folds=2)])
def test_scikit_learn_protocol(estimator, check) -> None:
    with warnings.catch_warnings():
        # two folds of a handful of rows: scikit-learn's own checks fit on as few
        warnings.simplefilter("ignore", UserWarning)
        check(estimator)


# Examples from questions: a model of 20 tokens whose law and attention are tables.

CONTEXT = np.array([True, True, True, True, False, False])
PROMPT = [11, 12, 13, 12, 1, 2]


def reader(alone: int, helped: tuple[int, ...]):
    """Says `alone` without the context, else `helped`; looks at what it says with one head."""

    def read(prompt, answer) -> Steps:
        say = helped if len(prompt) == len(PROMPT) else (alone,) * len(answer)
        logits = -np.tile(np.arange(20.0), (len(answer), 1))  # id 0 the likeliest, 19 the least
        logits[np.arange(len(answer)), list(say)] = 5.0
        attention = np.full((len(answer), 2, len(prompt)), 0.1)
        for t, token in enumerate(say):
            attention[t, 1, np.asarray(prompt) == token] = 0.4
        return Steps(logits, attention)

    return read


def asked(answer: list[int]) -> ContextQuestion:
    return ContextQuestion(PROMPT[4:], PROMPT, CONTEXT, answer)


def test_examples_by_hand() -> None:
    """Of ids 11, 12, 13, 12 the answer 13 is looked at with .4 among .1, .1, .4.

    Ids 11 and 12 have ranks 13 and 14 (13 itself is first, 0 to 10 before them), beyond 10.
    """
    found = context_examples(reader(3, (13,)), [asked([13])])
    assert found.questions == 1
    assert found.used.tolist() == [1, 0, 0]
    third = 1 / 3
    expected = [[third, 0.4 / 0.6], [third, 0.1 / 0.6], [third, 0.1 / 0.6]]
    np.testing.assert_allclose(found.ratios, expected)


def test_unused_tokens_lie_beyond_the_likeliest() -> None:
    """Ranks here: 13 first, then 0 to 10 as 2 to 12, then 11 as 13 and 12 as 14."""
    assert context_examples(reader(3, (13,)), [asked([13])], beyond=13).used.tolist() == [1, 0]
    assert context_examples(reader(3, (13,)), [asked([13])], beyond=14).used.tolist() == [1]


def test_tokens_of_the_answer_are_never_unused() -> None:
    """Two steps, 13 then 12: each has id 11 alone as unused."""
    found = context_examples(reader(3, (13, 12)), [asked([13, 12])])
    assert found.used.tolist() == [1, 0, 1, 0]
    # at the second step id 12 stands twice, with .4 each: .4 / (.1 + .4 + .1)
    assert found.ratios[2, 1] == pytest.approx(0.4 / 0.6)


def test_steps_outside_the_context_show_nothing() -> None:
    """The answer's first token, 5, is no token of the context."""
    found = context_examples(reader(3, (5, 13)), [asked([5, 13])])
    assert found.used.tolist() == [1, 0, 0]


def test_only_questions_that_need_their_context_count() -> None:
    with pytest.raises(ValueError, match="no question"):
        context_examples(reader(13, (13,)), [asked([13])])  # known without
    with pytest.raises(ValueError, match="no question"):
        context_examples(reader(3, (12,)), [asked([13])])  # wrong with it
    with pytest.raises(ValueError, match="no question"):
        context_examples(reader(3, (13,)), [])
    bare = ContextQuestion(PROMPT[4:], PROMPT, np.zeros(6, dtype=bool), [13])
    with pytest.raises(ValueError, match="without a context"):
        context_examples(reader(3, (13,)), [bare])
