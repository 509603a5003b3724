"""Mutual information under iterated prompts: the card's sums, laws, groups, prompts, the bound."""

import math

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy

from dubito.decide import RiskControl
from dubito.estimate.asked.believe_or_not import (
    BelieveOrNot,
    after_earlier,
    certified_information,
    floors,
    iterated_information,
    word_f1,
)
from dubito.evidence import Evidence, Missing, Sequence


def logs(p) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(p, dtype=float))


def shown(prompt: str, told: dict[str, float]) -> Evidence:
    """Texts with their probabilities; the first one is the greedy answer as well."""
    said = [Sequence(t, logprobs=logs([p])) for t, p in told.items()]
    return Evidence(prompt, said[0], tuple(said))


def test_card_two_answers() -> None:
    """J = [[.45, .05], [.2, .3]], second marginal (.65, .35)."""
    value = iterated_information(logs([0.5, 0.5]), logs([[0.9, 0.1], [0.4, 0.6]]))
    assert value == pytest.approx(0.148399, abs=1e-6)


def test_card_limits() -> None:
    """Nothing changes: 0. Pure copying: the entropy of the first answer."""
    q = logs([0.6, 0.3, 0.1])
    assert iterated_information(q, np.tile(q, (3, 1))) == pytest.approx(0)
    assert iterated_information(q, logs(np.eye(3))) == pytest.approx(0.897946, abs=1e-6)
    assert iterated_information(logs([1.0]), logs([[1.0]])) == 0


def test_it_is_a_mutual_information() -> None:
    """H(first) + H(second) - H(both) by scipy; counts do as well as probabilities."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = rng.integers(1, 9, 4), rng.integers(0, 9, (4, 4)) + np.eye(4)
        q = first / first.sum()
        joint = q[:, None] * second / second.sum(axis=1, keepdims=True)
        both = [joint.sum(axis=1), joint.sum(axis=0), joint.ravel()]
        one, two, together = (scipy_entropy(p) for p in both)
        assert iterated_information(logs(first), logs(second)) == pytest.approx(
            one + two - together
        )


def test_order_of_answers_is_free() -> None:
    rng = np.random.default_rng(1)
    first, second = logs(rng.uniform(size=5)), logs(rng.uniform(size=(5, 5)))
    order = rng.permutation(5)
    again = iterated_information(first[order], second[np.ix_(order, order)])
    assert again == pytest.approx(iterated_information(first, second))


def test_floors_of_the_log_ratio() -> None:
    """One cell of the example: .45 log((.45 + g1) / (.325 + g2)) and so on, g1 = .1, g2 = .2."""
    got = iterated_information(
        logs([0.5, 0.5]), logs([[0.9, 0.1], [0.4, 0.6]]), joint_floor=0.1, product_floor=0.2
    )
    joint = [0.45, 0.05, 0.2, 0.3]
    product = [0.325, 0.175, 0.325, 0.175]
    by_hand = sum(j * math.log((j + 0.1) / (m + 0.2)) for j, m in zip(joint, product, strict=True))
    assert got == pytest.approx(by_hand)
    assert by_hand < 0  # an estimate, no information


def test_bound() -> None:
    """k = 10 draws of 2 answers in 2 rounds, seen mass .9: g1 = 1 / 40, g2 = .025 + .2.

    With missing mass 0 and delta = exp(-.1): e = sqrt(.1 / 10) = .1 and the bound of I = 1 is
    .9 - .1 - (1 + 2 log 21) * .1.
    """
    assert floors(10, 2, 0.9) == pytest.approx((0.025, 0.225))
    got = certified_information(1.0, draws=10, answers=2, missing_mass=0, delta=math.exp(-0.1))
    assert got == pytest.approx(0.8 - 0.1 * (1 + 2 * math.log(21)))
    exact = certified_information(0.7, draws=10**9, answers=8, missing_mass=0.0)
    assert exact == pytest.approx(0.7, abs=0.01)


def test_the_papers_city() -> None:
    """q1 = .7 / .85, .1 / .85, .05 / .85 and, once London is mentioned, .75, .05, .04 of .84.

    Mentioning another city changes nothing here: its rows are q1 again.
    """
    first = {"London": 0.5, "London, UK": 0.2, "Paris": 0.1, "Berlin": 0.05}
    swayed = {"London": 0.6, "London, UK": 0.15, "Paris": 0.05, "Berlin": 0.04}
    e = [shown("?", first), shown("?", swayed), shown("?", first), shown("?", first)]
    q1 = np.array([0.7, 0.1, 0.05]) / 0.85
    rows = np.stack([np.array([0.75, 0.05, 0.04]) / 0.84, q1, q1])
    score = BelieveOrNot()(e)
    assert score.doubt == pytest.approx(iterated_information(logs(q1), logs(rows)))
    assert 0 < score.doubt < 0.01
    assert score.parts["total"] == pytest.approx(scipy_entropy(q1))
    assert BelieveOrNot().earlier(e[0]) == ("London", "Paris", "Berlin")
    assert BelieveOrNot().served(e[0]) == "London"


def test_the_likeliest_group_is_served_not_the_likeliest_text() -> None:
    """Lima has .3, but Cusco has .25 + .2 in two wordings."""
    first = shown("?", {"Lima": 0.3, "Cusco": 0.25, "Cusco, Peru": 0.2})
    assert BelieveOrNot().served(first) == "Cusco"


def test_a_text_counts_once_and_the_order_of_samples_is_free() -> None:
    first = shown("?", {"Lima": 0.5, "Cusco": 0.3, "Quito": 0.2})
    again = [shown("?", {"Lima": 0.2 + 0.1 * i, "Cusco": 0.3}) for i in range(3)]
    doubt = BelieveOrNot()([first, *again]).doubt
    assert doubt > 0
    twice = Evidence("?", first.answer, (first.samples * 2)[::-1])
    assert BelieveOrNot()([twice, *again]).doubt == pytest.approx(doubt)


def test_copying_is_doubt_and_many_right_answers_are_not() -> None:
    """Four equally likely answers: whoever knows them stays, whoever copies does not."""
    cities = ("Lima", "Cusco", "Quito", "Rome")
    even = dict.fromkeys(cities, 0.25)
    stays = [shown("?", even)] * 5
    copies = [shown("?", {c: 1.0 if c == m else 1e-9 for c in cities}) for m in sorted(cities)]
    assert BelieveOrNot()(stays).doubt == pytest.approx(0, abs=1e-12)
    assert BelieveOrNot()([shown("?", even), *copies]).doubt == pytest.approx(math.log(4), abs=1e-5)


def test_long_answers_do_not_vanish() -> None:
    """Log-probabilities of -2000, whose exponentials are 0."""
    said = [Sequence(t, logprobs=np.array([-2000.0 - i])) for i, t in enumerate(("Lima", "Rome"))]
    e = Evidence("?", said[0], tuple(said))
    assert BelieveOrNot()([e, e, e]).doubt == pytest.approx(0, abs=1e-12)


def test_one_group_has_no_information_whatever_it_costs() -> None:
    first = shown("?", {"Lima": 0.6, "Lima, Peru": 0.1})
    assert BelieveOrNot()([first]).doubt == 0
    assert BelieveOrNot()([first, first]).doubt == 0


def test_what_cannot_be_measured() -> None:
    first = shown("?", {"Lima": 0.5, "Cusco": 0.3})
    other = shown("?", {"Rome": 0.5})
    with pytest.raises(Missing, match="asked in 2 ways, at least 3"):
        BelieveOrNot()([first, first])
    with pytest.raises(Missing, match="probability 0"):
        BelieveOrNot()([first, first, other])
    with pytest.raises(Missing, match="0 samples"):
        BelieveOrNot()([Evidence("?", first.answer)])
    for bad in ({"samples": 0}, {"threshold": 0.0}, {"threshold": 1.5}):
        with pytest.raises(ValueError, match="threshold in"):
            BelieveOrNot(**bad)


def test_word_f1() -> None:
    """One word of 1 and 2 in common: 2 / 3. Repetitions count: a a b, a a share a a: 4 / 5."""
    assert word_f1("London", "London, UK.") == pytest.approx(2 / 3)
    assert word_f1("a a b", "a a") == pytest.approx(4 / 5)
    assert word_f1("a a b", "a b b") == pytest.approx(2 / 3)
    assert word_f1("b a", "A B") == 1
    assert word_f1("", "?") == 0


def test_prompts() -> None:
    assert after_earlier("Who?", []) == "Who?"
    text = after_earlier("Who?", ["Ada", "Bob"])
    assert text.count("Who?") == 2
    assert text.index("One answer to it is: Ada") < text.index("Another answer to it is: Bob")
    assert text.endswith("Who?")
    first = shown("Who?", {"Bob": 0.2, "Ada": 0.7})
    asked = BelieveOrNot().prompts(first)
    assert asked == (after_earlier("Who?", ["Ada"]), after_earlier("Who?", ["Bob"]))


def test_its_threshold_is_learnt_by_risk_control() -> None:
    """Swayed answers are wrong: the threshold ends up between the two kinds."""
    rng = np.random.default_rng(0)
    wrong = np.arange(200) % 4 == 0
    doubt = np.where(wrong, 0.5, 0.0) + 0.1 * rng.uniform(size=200)
    rule = RiskControl(risk=0.1).fit(doubt, wrong)
    assert 0.05 < rule.threshold_ < 0.6
    assert rule.predict([0.0, 1.0]).tolist() == [True, False]
