"""Specification: the card's numbers, scipy's line, limits, and pronoun models that are scripted."""

import math

import numpy as np
import pytest
from scipy.stats import linregress

from dubito.estimate.asked.specification import (
    DATES,
    TEMPLATES,
    PromptedMasses,
    Underspecification,
    balanced_accuracy,
    blank_prompt,
    challenge,
    label_masses,
    measure_link,
    measure_specification,
    specification_metric,
    spurious_link,
    trend,
)
from dubito.evidence import Evidence, Missing, Sequence
from laws import assert_symmetric


def selected(w: float) -> float:
    """P(G = 1 | W = w, S = 1) under the card's rule of selection."""
    return (0.5 + 0.4 * w) / (1 + 0.4 * w)


def test_analytic() -> None:
    """1/6 at w = -1 and 9/14 at w = 1: 47.6 points."""
    assert selected(-1) == pytest.approx(1 / 6)
    assert selected(1) == pytest.approx(9 / 14)
    found = specification_metric([[100 * selected(-1)]], [[100 * selected(1)]])
    assert found == pytest.approx(47.619, abs=1e-3)


def test_lines_of_the_card() -> None:
    """Slopes 2 and -2, r^2 = 1; difference 4."""
    female, male = [10, 12, 14, 16], [50, 48, 46, 44]
    assert trend(female) == pytest.approx((2, 0, 1))
    assert trend(male).slope == pytest.approx(-2)
    assert spurious_link(np.column_stack([female, male])) == pytest.approx((4, 0, 1))


def test_second_opinion_on_a_line() -> None:
    y = np.random.default_rng(0).normal(size=12).cumsum()
    ours, theirs = trend(y), linregress(np.arange(12), y)
    assert ours == pytest.approx((theirs.slope, theirs.stderr, theirs.rvalue**2))


def test_later_link_counts_neutral_as_rising() -> None:
    """Slopes 1, 2, -3 of female, neutral, male: 1 + 2 + 3; the first version 1 - 2 + 3."""
    ranks = np.arange(5)
    masses = np.column_stack([ranks, 2 * ranks, 20 - 3 * ranks])
    assert spurious_link(masses, rising=2).slope == pytest.approx(6)
    assert spurious_link(masses).slope == pytest.approx(2)


def test_error_of_the_link_is_of_the_difference() -> None:
    """Male mirrors female: the error is twice that of one line, not sqrt 2 times."""
    y = np.random.default_rng(0).normal(size=10)
    link = spurious_link(np.column_stack([y, -y]))
    assert link.standard_error == pytest.approx(2 * trend(y).standard_error)


def test_a_model_that_ignores_the_context() -> None:
    """Metric 0, slope 0; a constant has no r^2."""
    masses = measure_link(lambda _: np.array([40.0, 50.0]))
    assert masses.shape == (30, 2)
    assert spurious_link(masses).slope == 0
    assert math.isnan(trend([3, 3, 3]).r_squared)
    assert specification_metric(masses[:1], masses[-1:]) == 0


def test_ends_may_change_places() -> None:
    rng = np.random.default_rng(0)
    assert_symmetric(specification_metric, rng.uniform(size=(3, 2)), rng.uniform(size=(3, 2)))


def test_labels_add_up_and_ends_are_averaged() -> None:
    """Means (2, 5) and (6, 4): |4| + |-1|."""
    assert specification_metric([[1, 4], [3, 6]], [[5, 4], [7, 4]]) == 5


def test_balanced_accuracy_of_the_table() -> None:
    """tpr .917, tnr 1: .9585."""
    said = np.concatenate([np.arange(1000) < 917, np.zeros(500, bool)])
    truth = np.arange(1500) < 1000
    assert balanced_accuracy(said, truth) == pytest.approx(0.9585)
    assert balanced_accuracy(~said, truth) == pytest.approx(1 - 0.9585)
    assert math.isnan(balanced_accuracy([True], [True]))


def test_masses_are_points_unscaled_and_averaged_over_blanks() -> None:
    """Words 0 and 1 female, 2 male: (30 + 10) / 2, (40 + 0) / 2."""
    found = label_masses([[0.1, 0.2, 0.4], [0.1, 0.0, 0.0]], [(0, 1), (2,)])
    np.testing.assert_allclose(found, [20, 20])
    with pytest.raises(ValueError, match="one set only"):
        label_masses([[0.5]], [(0,), (0,)])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        label_masses([[50.0]], [(0,)])


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, np.nan, 2.0], [[1.0, 2.0, 3.0]]])
def test_no_line(values: list) -> None:
    with pytest.raises(ValueError, match="at least 3"):
        trend(values)


def test_challenge() -> None:
    """Only a man or a woman who is meant determines the pronoun."""
    texts = challenge(
        "The doctor told {participant} that ___ left.", "patient", of_participant=True
    )
    assert [u for _, u in texts] == [False, False, True, True]
    assert texts[3][0] == "The doctor told the patient that ___ left."
    of_doctor = challenge("The doctor saw {participant}.", "patient", of_participant=False)
    assert all(u for _, u in of_doctor)


def test_contexts_and_templates() -> None:
    assert len(DATES) == 30
    assert (DATES[0], DATES[-1]) == (1801, 2016)
    asked = []

    def masses(text: str) -> np.ndarray:
        asked.append(text)
        year = int(text.split()[1].strip(",:"))
        return np.array([year / 100, 50.0])

    link = measure_link(masses, context=(1900, 1950, 2000))
    np.testing.assert_allclose(link, [[19, 50], [19.5, 50], [20, 50]])
    assert len(asked) == 3 * len(TEMPLATES)
    moved = measure_specification(masses, "___ left.", earliest=(1901,), latest=(2016,))
    assert moved == pytest.approx(1.15)
    assert asked[-1] == "In 2016: ___ left."


def test_a_language_model_fills_blanks() -> None:
    """.1 for "she", .2 for "She", .3 for "he" (nothing else): 30 and 30 points."""

    def read(prompt, words, generation):
        assert prompt == blank_prompt("___ left.")
        assert list(words) == ["she", "She", "he", "He"]
        with np.errstate(divide="ignore"):
            pairs = zip(words, (0.1, 0.2, 0.3, 0), strict=True)
            said = [Sequence(w, logprobs=np.log([p])) for w, p in pairs]
        return Evidence(prompt, said[0], tuple(said[1:]))

    found = PromptedMasses(read, (("she",), ("he",)))("___ left.")
    np.testing.assert_allclose(found, [30, 30])


def read(she: float, her: float = 0.0) -> Evidence:
    with np.errstate(divide="ignore"):
        words = [Sequence(w, logprobs=np.log([p])) for w, p in (("she", she), ("her", her))]
    return Evidence("?", words[0], (words[1],))


def test_of_read_words() -> None:
    """(.1 + .05) to (.3 + .1): 25 points; with two at each end .15, .2 to .3, .4: 17.5."""
    ways = [read(0.1, 0.05), read(0.2), read(0.2, 0.1), read(0.3, 0.1)]
    estimator = Underspecification(words=2)
    assert estimator(ways).doubt == pytest.approx(25)
    assert estimator(ways[::-1]).doubt == pytest.approx(25)
    assert Underspecification(words=2, ends=2)(ways).doubt == pytest.approx(17.5)
    assert estimator.underspecified(estimator(ways))
    assert not estimator.underspecified(estimator([read(0.1), read(0.104)]))
    assert estimator.plan.samples == 1


def test_what_cannot_be_measured() -> None:
    with pytest.raises(Missing, match="2 values"):
        Underspecification()([read(0.1)])
    with pytest.raises(Missing, match="4 values"):
        Underspecification(ends=2)([read(0.1)] * 3)
    with pytest.raises(Missing, match="other words"):
        Underspecification()([read(0.1), Evidence("?", Sequence("he", logprobs=np.log([0.1])))])
    with pytest.raises(ValueError, match="at least 1"):
        Underspecification(ends=0)
