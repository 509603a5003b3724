"""A real game: countries, and answers that are true."""

import numpy as np

from dubito.data.worlds.yes_no import country_questions
from dubito.decide import InformationPursuit, ask
from dubito.decide.twenty_questions import country_pursuit, twenty_questions


def test_finds_countries_that_are_thought_of():
    """Entropy is right here, since the predictor is: it finds all of them."""
    bank = country_questions()
    pursuit = country_pursuit(calibration=60)
    found = {"sets": 0, "entropy": 0}
    for name in ("Peru", "France", "Japan"):
        truth = dict(zip(bank.questions, bank.yes[bank.labels.index(name)] > 0.5, strict=True))
        rules = {"sets": pursuit, "entropy": InformationPursuit(pursuit.inquiry_)}
        for rule, chosen in rules.items():
            held = ask(chosen, lambda q, t=truth: bool(t[q]), rng=np.random.default_rng(0))
            assert len(held.history) <= 20
            found[rule] += held.guess == name
    assert found["entropy"] == 3
    assert found["sets"] >= 1  # by chance 3 / 154


def test_the_demonstration_is_one_call():
    bank = country_questions()
    truth = dict(zip(bank.questions, bank.yes[bank.labels.index("Peru")] > 0.5, strict=True))
    held = twenty_questions(lambda q: bool(truth[q]))
    assert len({q for q, _ in held.history}) == len(held.history) <= 20
    assert held.guess in bank.labels
    assert twenty_questions(lambda q: bool(truth[q])).history == held.history
