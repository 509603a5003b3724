"""The measures that several claims share, on worlds worked by hand."""

import numpy as np
import pytest

from dubito.claims.calibrate_measures import (
    calibrated,
    loss,
    miscalibration,
    scaled,
    share_of_right,
)
from dubito.claims.self_report_measures import more_honest, squared_error
from dubito.data.worlds.curves import Labelled
from dubito.data.worlds.world import Answered
from dubito.estimate.self_report import PTrue
from dubito.evidence import Evidence, Sequence

FEW = Labelled(
    doubt=np.array([[2.0], [6.0], [4.0], [3.0], [9.0]]),
    right=np.array([True, False, True, True, False]),
    chance=np.full(5, 0.5),
    fitted=3,
)


class Remembers:
    """A calibrator that tells the share it was fitted on, and what it saw."""

    def fit(self, X, y):
        self.seen = X[:, 0].tolist()
        self.share = float(np.mean(y))
        return self

    def predict_proba(self, X):
        return np.tile([1 - self.share, self.share], (len(X), 1))


def test_the_first_rows_are_fitted_on_and_the_last_are_judged() -> None:
    assert calibrated(FEW, make=Remembers).tolist() == pytest.approx([2 / 3, 2 / 3])
    assert calibrated(FEW, make=Remembers, labels=2).tolist() == pytest.approx([0.5, 0.5])
    assert share_of_right(FEW).tolist() == pytest.approx([2 / 3, 2 / 3])


def test_a_scaled_doubt_stays_inside() -> None:
    """Range 2 to 6: 3 is a quarter up, 9 beyond."""
    assert scaled(FEW).tolist() == pytest.approx([0.75, 0.001])


def test_loss_is_of_the_judged_part() -> None:
    """Right at 0.75 and wrong at 0.001: -(log 0.75 + log 0.999) / 2."""
    assert loss(FEW, say=scaled) == pytest.approx(-(np.log(0.75) + np.log(0.999)) / 2)


def test_miscalibration_is_of_the_judged_part() -> None:
    """One bin of two with accuracy 1/2 at 1/2: nothing left after the variance goes off."""
    assert miscalibration(FEW, say=lambda _: np.full(2, 0.5)) == 0
    high = miscalibration(FEW, say=lambda _: np.full(2, 1.0))
    assert high == pytest.approx(np.sqrt(0.25 - 0.25))  # (1 - .5)^2 - .25 / (2 - 1)


def test_more_honest_by_hand() -> None:
    """p(answer) 0.9 and 0.8, first right, second wrong; P(True) 0.9 and 0.3.

    Own errors 0.01 and 0.64, mean 0.325; P(True)'s 0.01 and 0.09, mean 0.05.
    """
    answers = [Sequence("a", ("a",), logprobs=np.log([p])) for p in (0.9, 0.8)]
    evidence = tuple(Evidence("?", a, p_true=p) for a, p in zip(answers, (0.9, 0.3), strict=True))
    world = Answered(evidence, np.array([False, True]))
    assert more_honest(world, estimator=PTrue()) == pytest.approx(0.8 * 0.325 - 0.05)
    assert squared_error(np.array([0.1, 0.7]), world) == pytest.approx(0.05)
