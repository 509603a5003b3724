import math

import numpy as np
import pytest

from dubito.data.worlds.yes_no import YesNo, coin_questions, country_questions


def two() -> YesNo:
    return YesNo(("a", "b"), ("p?", "q?"), np.array([[0.8, 0.6], [0.2, 0.6]]))


def test_bayes_by_hand():
    """yes to p, no to p: 8 : 2 and 2 : 8; q tells nothing."""
    p = two().posterior([(("p?", True),), (("p?", False),), (("q?", True),)])
    assert p == pytest.approx(np.array([[0.8, 0.2], [0.2, 0.8], [0.5, 0.5]]))
    both = two().posterior([(("p?", True), ("q?", False))])
    assert both == pytest.approx(np.array([[0.8, 0.2]]))
    assert two().posterior([()]) == pytest.approx(np.array([[0.5, 0.5]]))


@pytest.mark.parametrize("gamma", [0.5, 3.0])
def test_a_power_bends_but_does_not_reorder(gamma: float):
    """Odds 4 to the power gamma."""
    bent = YesNo(two().labels, two().questions, two().yes, gamma)
    p = bent.posterior([(("p?", True),)])[0]
    assert p[0] / p[1] == pytest.approx(4**gamma)


def test_answers_come_as_often_as_said():
    said = two().answers([(0, "p?")] * 4000 + [(1, "p?")] * 4000, np.random.default_rng(0))
    first, second = np.mean(said[:4000]), np.mean(said[4000:])
    assert abs(first - 0.8) < 5 * math.sqrt(0.16 / 4000)
    assert abs(second - 0.2) < 5 * math.sqrt(0.16 / 4000)


def test_refusals():
    with pytest.raises(ValueError, match=r"\[K, Q\]"):
        YesNo(("a", "b"), ("p?",), np.full((2, 2), 0.5))
    with pytest.raises(ValueError, match="inside"):
        YesNo(("a", "b"), ("p?",), np.array([[1.0], [0.5]]))


def test_coins():
    bank = coin_questions(0)
    assert bank.yes.shape == (20, 30)
    assert np.unique(bank.yes.round(9)).tolist() == [0.07, 0.93]
    assert abs((bank.yes > 0.5).mean() - 0.5) < 5 * 0.5 / 600**0.5


def test_countries():
    """Facts that anybody can look up; all countries differ."""
    bank = country_questions(slip=0.1)
    row = {name: i for i, name in enumerate(bank.labels)}
    column = {question: i for i, question in enumerate(bank.questions)}

    def true(country: str, question: str) -> bool:
        return bool(bank.yes[row[country], column[question]] > 0.5)

    assert set(np.unique(bank.yes).tolist()) == {0.1, 0.9}
    for country, question, answer in (
        ("France", "Is it in Europe?", True),
        ("Japan", "Is it in Europe?", False),
        ("Peru", "Is Spanish an official language?", True),
        ("Brazil", "Is Spanish an official language?", False),
        ("Germany", "Does it border on France?", True),
        ("Germany", "Does it border on China?", False),
        ("Iceland", "Does it border on another country by land?", False),
        ("Austria", "Does it have at least 7 neighbours by land?", True),
        ("India", "Do more than 100 million people live there?", True),
        ("Iceland", "Do more than 1 million people live there?", False),
        ("Italy", "Can one pay in Euro there?", True),
        ("Kenya", "Does its name end in a?", True),
    ):
        assert true(country, question) == answer, (country, question)
    assert len(bank.labels) >= 150
    assert len(bank.questions) >= 80
    assert len({tuple(r) for r in bank.yes.tolist()}) == len(bank.labels)
