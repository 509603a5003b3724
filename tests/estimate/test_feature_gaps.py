"""Feature gaps: the card's exact checks, and the prompts of its contrasts."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from dubito.bench.metrics import auroc
from dubito.estimate.trained.contrasts import (
    ContextQuestion,
    Contrast,
    comprehension,
    honesty,
    plain,
    reliance,
)
from dubito.estimate.trained.feature_gaps import DEPTHS, FeatureGaps, feature_at, ranked
from dubito.estimate.trained.training import judged
from dubito.evidence import Evidence, Layers, Missing, Sequence

U = np.array([0.6, 0.0, 0.8])
OTHER = np.array([0.0, 1.0, 0.0])


def answer(state: np.ndarray, *, depth: float = 0.5, text: str = "a") -> Evidence:
    """A token chosen from this state; the state after it is not the answer's."""
    rows = np.stack([state, state + 1000.0])
    return Evidence("?", Sequence(text, (text,), hidden=Layers((depth,), rows[None])))


def contrast(strengths: object, direction: np.ndarray, *, name: str = "f") -> Contrast:
    """Pairs that differ by exactly these multiples of a direction, whatever else they show."""
    rng = np.random.default_rng(5)
    pairs = [(rng.normal(size=3) * 3, r) for r in np.asarray(strengths, dtype=float)]
    positive = [answer(h + r * direction) for h, r in pairs]
    return Contrast(name, positive, [answer(h) for h, _ in pairs])


def taught(n: int = 60, *, shift: float = 0.0) -> tuple[list[Evidence], np.ndarray, np.ndarray]:
    """Answers that are right where their state has much of U; noise along another axis."""
    rng = np.random.default_rng(1)
    amount = rng.normal(size=n)
    states = amount[:, None] * U + rng.normal(size=(n, 1)) * OTHER + shift
    return [answer(s) for s in states], amount + 0.5 * rng.normal(size=n) < 0, amount


def fitted(*contrasts: Contrast, shift: float = 0.0, l2: float = 1.0) -> FeatureGaps:
    evidence, wrong, _ = taught(shift=shift)
    return FeatureGaps(depths=(0.5,), l2=l2).fit(evidence, wrong, contrasts=contrasts)


@pytest.mark.parametrize("strengths", [[1, 3], [3, 1], [0.2, 0.5, 2.0], [2.0, 0.5, 0.2], [4, 1, 1]])
def test_exact_pairs_give_the_direction(strengths):
    """Differences r_i u: the axis is u, the centre mean(r) u."""
    feature = feature_at(contrast(strengths, U), 0.5)
    assert feature.direction == pytest.approx(U)
    assert feature.centre == pytest.approx(np.mean(strengths) * U)
    assert feature_at(contrast(-np.array(strengths), U), 0.5).direction == pytest.approx(-U)


def test_axis_is_that_of_the_variation_not_of_the_mean():
    """Differences 5 OTHER + r_i U: the mean points elsewhere, and is taken off."""
    one = contrast([-1, 0, 1], U)
    moved = Contrast(
        "f", [answer(e.answer.hidden.values[0, 0] + 5 * OTHER) for e in one.positive], one.negative
    )
    feature = feature_at(moved, 0.5)
    assert abs(feature.direction @ U) == pytest.approx(1)
    assert feature.centre == pytest.approx(5 * OTHER)


def test_axis_is_scikit_learns():
    rng = np.random.default_rng(2)
    positive, negative = rng.normal(size=(2, 20, 3))
    pairs = Contrast("f", [answer(h) for h in positive], [answer(h) for h in negative])
    axis = PCA(1).fit(positive - negative).components_[0]
    assert abs(feature_at(pairs, 0.5).direction @ axis) == pytest.approx(1)


def test_score_by_hand():
    """Centre 2 U, direction U: a state 3 U + 7 OTHER has 3 - 2 = 1."""
    gaps = fitted(contrast([1, 3], U))
    score = gaps(answer(3 * U + 7 * OTHER))
    assert dict(score.parts) == pytest.approx({"f": 1.0})
    assert score.doubt == pytest.approx(expit(gaps.weights_[0] + gaps.intercept_))


def test_weights_are_scikit_learns():
    """On the unsigned scores, with its default penalty."""
    gaps = fitted(contrast([1, 3], U), contrast([1, 2], OTHER, name="g"))
    evidence, wrong, _ = taught()
    scores = np.stack([gaps.scores(e) for e in evidence])
    other = LogisticRegression(tol=1e-8).fit(scores, wrong)
    assert gaps.weights_ == pytest.approx(other.coef_[0], abs=1e-4)
    assert gaps.intercept_ == pytest.approx(other.intercept_[0], abs=1e-4)
    assert list(gaps(evidence[0]).parts) == ["f", "g"]


def test_flipping_the_direction_changes_no_doubt():
    """The contrast read the other way round: same doubt, opposite weight."""
    one = contrast([1, 3], U)
    there, back = fitted(one), fitted(Contrast("f", one.negative, one.positive))
    assert back.directions_ == pytest.approx(-there.directions_)
    new = answer(np.array([1.0, 2, 3]))
    assert back(new).doubt == pytest.approx(there(new).doubt, abs=1e-9)


def test_a_constant_in_all_states_changes_no_doubt():
    there, moved = fitted(contrast([1, 3], U)), fitted(contrast([1, 3], U), shift=4.0)
    state = np.array([1.0, 2, 3])
    assert moved(answer(state + 4)).doubt == pytest.approx(there(answer(state)).doubt, abs=1e-9)


def test_one_feature_ranks_as_its_score():
    gaps = fitted(contrast([1, 3], U))
    evidence, _, amount = taught()
    doubts = np.array([gaps(e).doubt for e in evidence])
    assert (np.argsort(doubts) == np.argsort(-amount)).all()


def test_more_of_the_feature_is_less_doubt_whatever_the_sign_of_the_direction():
    gaps = fitted(contrast([-1, -3], U))
    assert gaps(answer(2 * U)).doubt < 0.2 < 0.8 < gaps(answer(-2 * U)).doubt


def several(rng: np.random.Generator, active: dict[float, np.ndarray]) -> Evidence:
    """States at three depths, those named planted and the others noise."""
    depths = (0.2, 0.5, 1.0)
    values = rng.normal(size=(3, 2, 3))
    for depth, state in active.items():
        values[depths.index(depth), 0] = state
    return Evidence("?", Sequence("a", ("a",), hidden=Layers(depths, values)))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_depth_is_the_one_that_ranks_best(sign):
    """At 0.5 the labels are plain, at 1.0 half as plain; the sign of the score does not count."""
    rng = np.random.default_rng(3)
    amount = rng.normal(size=100)
    noise = rng.normal(size=100)
    evidence = [
        several(rng, {0.5: sign * a * U, 1.0: sign * (a + 2 * n) * U})
        for a, n in zip(amount, noise, strict=True)
    ]
    h = rng.normal(size=(10, 3))
    r = rng.uniform(0.2, 2, size=10)
    pairs = Contrast(
        "f",
        [
            several(rng, dict.fromkeys((0.2, 0.5, 1.0), x + s * U))
            for x, s in zip(h, r, strict=True)
        ],
        [several(rng, dict.fromkeys((0.2, 0.5, 1.0), x)) for x in h],
    )
    gaps = FeatureGaps(depths=(0.2, 0.5, 1.0)).fit(evidence, amount < 0, contrasts=[pairs])
    assert gaps.depths_.tolist() == [0.5]
    assert gaps.plan.hidden == (0.5,)
    assert auroc([gaps(e).doubt for e in evidence], amount < 0) == 1


def test_the_plan_asks_for_all_depths_before_the_fit():
    assert FeatureGaps().plan.hidden == DEPTHS
    assert min(DEPTHS) == 0.2  # the card passes over 7 of 32 layers


def test_ranking_ignores_the_sign():
    known = judged([answer(U)] * 4, [1, 1, 0, 0])
    assert ranked(np.array([4.0, 3, 2, 1]), known) == 1
    assert ranked(np.array([1.0, 2, 3, 4]), known) == 1
    assert ranked(np.array([1.0, 4, 2, 3]), known) < 1


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_refused(label):
    evidence, wrong, _ = taught()
    with pytest.raises(ValueError, match="needs right and wrong ones"):
        FeatureGaps(depths=(0.5,)).fit(
            evidence, np.full(len(wrong), label), contrasts=[contrast([1, 3], U)]
        )


def test_unjudged_answers_do_not_count():
    """Nonsense with a label that says so: neither depth nor weight moves."""
    evidence, wrong, _ = taught()
    odd = [answer(99 * np.ones(3)), answer(-99 * np.ones(3))]
    labels = [*wrong.astype(float), np.nan, np.nan]
    gaps = FeatureGaps(depths=(0.5,)).fit(
        [*evidence, *odd], labels, contrasts=[contrast([1, 3], U)]
    )
    assert gaps(evidence[0]) == fitted(contrast([1, 3], U))(evidence[0])


def test_constant_contrasts_are_refused():
    with pytest.raises(ValueError, match="same difference in all 3 pairs"):
        fitted(contrast([2, 2, 2], U))
    with pytest.raises(ValueError, match="same difference"):
        fitted(contrast([0, 0, 0], U))
    with pytest.raises(ValueError, match="no contrast"):
        fitted()


def test_pairs_read_the_same_answer():
    with pytest.raises(ValueError, match="pair 1 of contrast 'f' reads different answers"):
        Contrast("f", [answer(U), answer(U)], [answer(U), answer(U, text="b")])
    with pytest.raises(ValueError, match="at least 2; got 1 and 1"):
        Contrast("f", [answer(U)], [answer(U)])
    with pytest.raises(ValueError, match="got 2 and 3"):
        Contrast("f", [answer(U)] * 2, [answer(U)] * 3)


def test_what_is_missing():
    gaps = fitted(contrast([1, 3], U))
    with pytest.raises(Missing, match=r"depth 0\.5"):
        gaps(answer(U, depth=1.0))
    with pytest.raises(ValueError, match="width 3, got one of 2"):
        gaps(answer(np.ones(2)))


@pytest.mark.parametrize("options", [{"depths": ()}, {"l2": 0.0}])
def test_options(options):
    with pytest.raises(ValueError, match="at least one depth and l2 > 0"):
        FeatureGaps(**options)


ASKED = ContextQuestion("Where is box 3?", "Box 3 is in the cellar.", "It is in the cellar.")


def test_contrast_prompts_differ_in_one_thing():
    for positive, negative in (reliance(ASKED), honesty(ASKED)):
        (one, *same), (other, *rest) = positive.split("\n"), negative.split("\n")
        assert one != other
        assert same == rest == plain(ASKED).split("\n")
    assert reliance(ASKED) != honesty(ASKED)


def test_only_the_eased_prompt_states_the_answer():
    """The statement holds the truth: no prompt used at test time may show it."""
    positive, negative = comprehension(ASKED)
    assert positive == plain(ASKED)
    assert negative == positive.replace("the cellar.", "the cellar. It is in the cellar.", 1)
    for prompt in (*reliance(ASKED), *honesty(ASKED), positive):
        assert ASKED.statement not in prompt
    with pytest.raises(ValueError, match="no statement"):
        comprehension(ContextQuestion("Where?", "Here."))
