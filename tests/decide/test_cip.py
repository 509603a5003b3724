"""Information pursuit by conformal sets and by entropy, and the dialogue around them."""

import math

import numpy as np
import pytest

from dubito.data.worlds.yes_no import YesNo, coin_questions
from dubito.decide import ConformalPursuit, Dialogue, InformationPursuit, Inquiry, ask
from dubito.decide.conformal_pursuit import conformal_bound, prediction_sets
from dubito.decide.information_pursuit import expected_entropy
from dubito.decide.inquiry import Foresight, Played, random_histories
from dubito.decide.label_posterior import LabelPosterior
from dubito.evidence import Evidence, Sequence

BIT = math.log(2)


def inquiry(bank: YesNo) -> Inquiry:
    return Inquiry(bank.labels, bank.questions, bank.posterior, bank.answers)


def sized(sizes: list[int], covered: list[bool], k: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Sets of these sizes, [n, K]; the label is the first member, or the last non-member."""
    sets = np.arange(k) < np.array(sizes)[:, None]
    return sets, np.where(covered, 0, k - 1)


def bound(sizes: list[int], covered: list[bool], alpha: float = 0.1) -> float:
    sets, label = sized(sizes, covered)
    return float(conformal_bound(sets, label, alpha=alpha)) / BIT


def test_bounds_of_the_card_in_bits():
    """alpha .1: h = .4690; n = 24: 1 - alpha_n = 1 - (.1 - 1/25) = .94."""
    h = -0.1 * math.log2(0.1) - 0.9 * math.log2(0.9)
    assert h == pytest.approx(0.4690, abs=5e-5)
    yes, no = [True] * 12, [False] * 12
    assert bound([1] * 24, yes + yes) == pytest.approx(h)
    full = bound([20] * 24, yes + yes)
    assert full == pytest.approx(0.4690 + 0.94 * math.log2(20), abs=5e-5)
    assert full == pytest.approx(4.5316, abs=5e-5)
    assert full > math.log2(20)
    mixed = bound([2] * 24, yes + no)  # .4690 + .94 * 1 + .1 * log2 18
    assert mixed == pytest.approx(1.8260, abs=5e-5)


def test_each_group_is_averaged_by_itself():
    """Sizes 2, 8 covered: mean 2 bits; 4, 16 missed: (log2 16 + 2) / 2 = 3 bits; n = 4.

    alpha .5: h = 1 bit, alpha_n = .5 - 1/5 = .3: B = 1 + .7 * 2 + .5 * 3 = 3.9.
    """
    assert bound([2, 8, 4, 16], [True, True, False, False], 0.5) == pytest.approx(3.9)


def test_few_draws_weigh_more_than_one():
    """n = 4: alpha_n = .1 - .2 = -.1, so the weight is 1.1, unclipped."""
    expected = 0.4690 + 1.1 * math.log2(8)
    assert bound([8] * 4, [True] * 4) == pytest.approx(expected, abs=5e-5)


def test_empty_and_full_sets_stay_finite():
    assert bound([0, 0], [False, False]) == pytest.approx(0.4690 + 0.1 * math.log2(20), abs=5e-5)
    assert math.isfinite(bound([20, 0], [True, False]))


def test_bounds_of_several_questions_and_order_of_draws():
    rng = np.random.default_rng(0)
    sets, label = rng.uniform(size=(3, 6, 5)) < 0.5, rng.integers(5, size=6)
    together = conformal_bound(sets, label, alpha=0.2)
    assert together.shape == (3,)
    for one, alone in zip(together, sets, strict=True):
        assert one == pytest.approx(float(conformal_bound(alone, label, alpha=0.2)))
    order = rng.permutation(6)
    assert conformal_bound(sets[:, order], label[order], alpha=0.2) == pytest.approx(together)


def test_what_a_bound_cannot_be_of():
    sets, label = sized([1, 2], [True, True])
    with pytest.raises(ValueError, match="alpha"):
        conformal_bound(sets, label, alpha=0.0)
    with pytest.raises(ValueError, match="one label for each"):
        conformal_bound(sets, label[:1], alpha=0.1)


def test_sets_hold_ties_and_all_where_nothing_is_known():
    p = [0.5, 0.3, 0.2]
    assert prediction_sets(p, -0.3).tolist() == [True, True, False]
    assert prediction_sets(p, math.inf).all()


def test_expected_entropy():
    """(.5, .5): log 2; a sure one: almost 0, as it is floored. Mean of the two."""
    got = expected_entropy([[0.5, 0.5], [1.0, 0.0]])
    floor = 1e-5 / (1 + 1e-5)
    sure = -floor * math.log(floor) - (1 - floor) * math.log(1 - floor)
    assert float(got) == pytest.approx((math.log(2) + sure) / 2)
    assert expected_entropy(np.full((4, 2, 8), 1 / 8)) == pytest.approx([math.log(8)] * 4)


def fitted(bank: YesNo, *, turns: int = 4, alpha: float = 0.1, n: int = 60, **options):
    rng = np.random.default_rng(5)
    about = inquiry(bank)
    played = [random_histories(about, k, n, rng) for k in range(turns + 1)]
    return ConformalPursuit(alpha=alpha, **options).fit(about, played)


def test_thresholds_are_the_quantile_of_each_length():
    """alpha .5, n = 3: rank ceil(4 * .5) = 2. Scores -p of the label: -.9, -.6, -.2 -> -.6."""
    sure = {True: [0.9, 0.1], False: [0.6, 0.4], None: [0.8, 0.2]}

    def posterior(histories):
        return np.array([sure[h[0][1]] if h else [0.5, 0.5] for h in histories])

    about = Inquiry(["a", "b"], ["q"], posterior, lambda pairs, _: [True] * len(pairs))
    nothing = Played([()] * 3, np.array([0, 1, 0]))
    one = Played([(("q", a),) for a in (True, False, None)], np.array([0, 0, 1]))
    pursuit = ConformalPursuit(alpha=0.5).fit(about, [nothing, one])
    assert pursuit.threshold_ == pytest.approx([-0.5, -0.6])
    assert pursuit.prediction_set(()) == ["a", "b"]
    assert pursuit.prediction_set((("q", True),)) == ["a"]
    assert pursuit.prediction_set((("q", False),)) == ["a"]
    few = ConformalPursuit(alpha=0.1).fit(about, [nothing, one])
    assert np.isinf(few.threshold_).all()  # three histories promise nothing at .1
    assert few.prediction_set((("q", True),)) == ["a", "b"]


def telling() -> YesNo:
    """Four things; the first question says nothing, the others halve them."""
    yes = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    return YesNo(
        ("ant", "bee", "cat", "dog"), ("idle?", "first?", "second?"), np.where(yes, 0.99, 0.01)
    )


@pytest.mark.parametrize("gamma", [0.3, 1.0, 3.0])
def test_both_ask_what_tells_something(gamma: float):
    bank = telling()
    bank = YesNo(bank.labels, bank.questions, bank.yes, gamma)
    rng = np.random.default_rng(0)
    for pursuit in (
        fitted(bank, turns=2, enough=0),
        InformationPursuit(inquiry(bank), turns=2),
    ):
        for row, label in enumerate(bank.labels):
            dialogue = ask(
                pursuit,
                lambda q, row=row: bool(bank.yes[row, bank.questions.index(q)] > 0.5),
                rng=rng,
            )
            assert {q for q, _ in dialogue.history} == {"first?", "second?"}
            assert dialogue.guess == label


def test_entropies_after_a_question_that_halves():
    """Exact Bayes, slips of .01: two of four left and .01 elsewhere, whatever the draw.

    p = (.495, .495, .005, .005): H = h(.01) + log 2.
    """
    pursuit = InformationPursuit(inquiry(telling()))
    values = pursuit.values((), ["idle?", "first?"], np.random.default_rng(0))
    h = -0.01 * math.log(0.01) - 0.99 * math.log(0.99)
    assert values == pytest.approx([math.log(4), h + math.log(2)])


def test_same_generator_same_questions_and_the_answer_matters():
    pursuit = fitted(coin_questions(1), turns=5, enough=0)
    played = []
    for answer in (True, True, False):
        dialogue = ask(pursuit, lambda _, a=answer: a, rng=np.random.default_rng(7))
        assert len({q for q, _ in dialogue.history}) == len(dialogue.history) == 5
        played.append(dialogue.history)
    assert played[0] == played[1] != played[2]


def test_only_the_order_of_probabilities_counts():
    """An increasing transform of all scores alike leaves sets, bounds and choice; entropies not.

    The core takes any scores, so the transformed ones need not sum to one.
    """
    rng = np.random.default_rng(3)
    about = inquiry(coin_questions(2))
    history = random_histories(about, 2, 1, rng).histories[0]
    seen = Foresight()(about, history, about.questions[:10], rng)
    calibration = random_histories(about, 3, 99, rng)
    p = about.probabilities(calibration.histories)[np.arange(99), calibration.label]
    bounds, entropies = [], []
    for transform in (lambda x: x, np.sqrt, lambda x: x**3, lambda x: np.log(x) / 50):
        rank = np.sort(-transform(p))[89]  # ceil(100 * .9) = 90th smallest
        sets = prediction_sets(transform(seen.posterior), rank)
        bounds.append(conformal_bound(sets, seen.label, alpha=0.1))
        t = np.exp(transform(seen.posterior))
        entropies.append(expected_entropy(t / t.sum(axis=-1, keepdims=True)))
    for other in bounds[1:]:
        assert other.tolist() == bounds[0].tolist()
    assert not np.allclose(entropies[0], entropies[1])


def test_foresight_shares_labels_and_follows_belief():
    about = inquiry(telling())
    seen = Foresight(draws=200)(about, (), ["idle?", "first?"], np.random.default_rng(0))
    assert seen.posterior.shape == (2, 200, 4)
    assert set(seen.label) == {0, 1, 2, 3}
    said_yes = seen.posterior[1].argmax(axis=1) % 2 == 1  # bee or dog
    assert (said_yes == (seen.label % 2 == 1)).mean() > 0.95
    history = (("first?", True), ("second?", True))
    late = Foresight(draws=200, from_posterior=True)(
        about, history, ["idle?"], np.random.default_rng(0)
    )
    assert (late.label == 3).mean() > 0.9
    assert (
        Foresight(draws=200)(about, history, ["idle?"], np.random.default_rng(0)).label == 3
    ).mean() < 0.5


def test_random_histories_ask_anything_once():
    """Each of 3 questions comes first, and each of 4 labels is meant, as often as others."""
    about, rng = inquiry(telling()), np.random.default_rng(0)
    played = random_histories(about, 2, 2400, rng)
    assert all(len({q for q, _ in h}) == len(h) == 2 for h in played.histories)
    first = [about.questions.index(h[0][0]) for h in played.histories]
    assert (abs(np.bincount(first) - 800) < 5 * math.sqrt(2400 * 2 / 9)).all()
    assert (abs(np.bincount(played.label) - 600) < 5 * math.sqrt(2400 * 3 / 16)).all()
    yes = dict(zip(about.questions, telling().yes.T > 0.5, strict=True))
    said = [a == yes[q][row] for h, row in zip(*played, strict=True) for q, a in h]
    assert abs(np.mean(said) - 0.99) < 5 * math.sqrt(0.0099 / 4800)
    assert random_histories(about, 0, 5, rng).histories == [()] * 5


def test_when_to_stop():
    bank = telling()
    pursuit, rng = fitted(bank, turns=3), np.random.default_rng(0)
    told = (("first?", True), ("second?", True))
    assert pursuit.prediction_set(told) == ["dog"]
    assert pursuit.next_question(told, rng) is None
    assert fitted(bank, turns=3, enough=0).next_question(told, rng) == "idle?"
    assert fitted(bank, turns=2, enough=0).next_question(told, rng) is None  # turns are over
    lost = fitted(bank, turns=3, enough=0, tolerance=0.01)
    assert lost.next_question(told, rng) is None  # the idle question promises nothing
    assert lost.next_question((), rng) in {"first?", "second?"}
    everything = (*told, ("idle?", False))
    assert InformationPursuit(inquiry(bank)).next_question(everything, rng) is None
    assert InformationPursuit(inquiry(bank), turns=1).next_question(told[:1], rng) is None


def test_a_question_is_judged_by_the_threshold_of_one_answer_more():
    """At .2, after an answer: idle leaves 4 of probability 1/4, the other 2 of 1/2.

    At .9, now, every set would be empty and the first question of the bank as good as any.
    """
    pursuit = fitted(telling(), turns=1, enough=0)
    pursuit.threshold_ = np.array([-0.9, -0.2])
    assert pursuit.next_question((), np.random.default_rng(0)) == "first?"


def test_an_empty_set_asks_on():
    """Every label improbable: the set is empty, nothing is known, so it goes on."""
    pursuit = fitted(telling(), turns=3)
    pursuit.threshold_ = np.array([-2.0, -2.0, -2.0, -2.0])
    assert pursuit.prediction_set(()) == []
    assert pursuit.next_question((), np.random.default_rng(0)) is not None


def test_a_dialogue_by_hand():
    dialogue = Dialogue(fitted(telling(), turns=2, enough=0))
    first = dialogue.next_question()
    assert first in {"first?", "second?"}
    assert dialogue.next_question(["idle?"]) == first  # no answer yet
    assert not dialogue.stop
    dialogue.update(True)
    assert dialogue.history == ((first, True),)
    assert dialogue.next_question(["idle?"]) == "idle?"  # somebody else's proposal
    dialogue.update(False)
    assert dialogue.stop
    with pytest.raises(ValueError, match="ask one first"):
        dialogue.update(True)
    assert dialogue.guess in {"bee", "cat", "dog"}


def test_bad_inquiries():
    bank = telling()
    with pytest.raises(ValueError, match="all different"):
        Inquiry(["a", "a"], ["q"], bank.posterior, bank.answers)
    with pytest.raises(ValueError, match="twice"):
        Inquiry(["a", "b"], ["q", "q"], bank.posterior, bank.answers)
    wrong_shape = Inquiry(["a", "b"], ["q"], lambda h: np.ones((len(h), 3)) / 3, bank.answers)
    with pytest.raises(ValueError, match="shape"):
        wrong_shape.guess(())
    for row in ([np.nan, 1.0], [0.7, 0.7], [-0.5, 1.5]):
        broken = Inquiry(["a", "b"], ["q"], lambda h, r=row: np.array([r] * len(h)), bank.answers)
        with pytest.raises(ValueError, match="no distribution"):
            broken.guess(())
    with pytest.raises(ValueError, match="length must be"):
        random_histories(inquiry(bank), 4, 2, np.random.default_rng(0))


def test_bad_options_and_calibrations():
    about = inquiry(telling())
    for options in ({"alpha": 1.0}, {"alpha": math.nan}, {"enough": -1}, {"tolerance": math.nan}):
        with pytest.raises(ValueError, match=next(iter(options))):
            ConformalPursuit(**options)
    with pytest.raises(ValueError, match="draws"):
        Foresight(draws=0)
    with pytest.raises(ValueError, match="turns"):
        InformationPursuit(about, turns=0)
    nothing = Played([()], np.array([0]))
    with pytest.raises(ValueError, match="length 0 and 1"):
        ConformalPursuit().fit(about, [nothing])
    with pytest.raises(ValueError, match=r"calibration\[1\]"):
        ConformalPursuit().fit(about, [nothing, nothing])
    with pytest.raises(ValueError, match="fit with more"):
        fitted(telling(), turns=1).prediction_set((("first?", True), ("second?", True)))


def test_a_language_model_as_predictor():
    """log p of whole labels: log .2 + log .5 and log .3: .1 and .3 of .4."""
    texts = {"bee": [0.2, 0.5], "ant": [0.3]}
    prompts = []

    def read(prompt, answers):
        prompts.append(prompt)
        first, *rest = [Sequence(a, logprobs=np.log(texts[a])) for a in answers]
        return Evidence(prompt, first, tuple(rest))

    posterior = LabelPosterior(read, ("bee", "ant"), prompt=lambda h: f"{len(h)} answers")
    assert posterior([(), (("q", True),)]) == pytest.approx(np.array([[0.25, 0.75]] * 2))
    assert prompts == ["0 answers", "1 answers"]
    about = Inquiry(posterior.labels, ["q"], posterior, lambda pairs, _: [True] * len(pairs))
    assert about.guess(()) == "ant"
