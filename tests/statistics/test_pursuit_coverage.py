"""The sets of conformal pursuit hold the label as often as promised, for each length of history."""

import math

import numpy as np
import pytest

from dubito.data.worlds.yes_no import YesNo
from dubito.decide import ConformalPursuit, Inquiry
from dubito.decide.conformal_pursuit import prediction_sets
from dubito.decide.inquiry import Played, random_histories


@pytest.mark.parametrize("length", [1, 3, 6])
@pytest.mark.parametrize("gamma", [0.3, 3.0])
def test_coverage_is_exact_however_wrong_the_probabilities(length: int, gamma: float):
    """Scores without ties: ceil(100 * .9) / 100 = .9 on fresh random histories.

    Over 100 calibrations of 99 and 100 fresh histories each: given its calibration the coverage
    is Beta(90, 10), variance .09 / 101; the mean's sd is sqrt((.09 / 101 + .09 / 100) / 100).
    """
    rng = np.random.default_rng([length, int(gamma)])
    yes = rng.uniform(0.05, 0.95, (20, 30))  # no two histories are equally likely
    names = [
        tuple(f"{kind} {i}" for i in range(n)) for kind, n in (("label", 20), ("question", 30))
    ]
    bank = YesNo(names[0], names[1], yes, gamma)
    inquiry = Inquiry(bank.labels, bank.questions, bank.posterior, bank.answers)
    shorter = [Played([(((q, True)),) * k], np.array([0])) for k, q in enumerate(names[1][:length])]
    hit = []
    for _ in range(100):
        played = [*shorter, random_histories(inquiry, length, 99, rng)]
        threshold = ConformalPursuit().fit(inquiry, played).threshold_[length]
        fresh = random_histories(inquiry, length, 100, rng)
        sets = prediction_sets(inquiry.probabilities(fresh.histories), threshold)
        hit.append(sets[np.arange(100), fresh.label].mean())
    sd = math.sqrt((0.09 / 101 + 0.09 / 100) / 100)
    assert abs(np.mean(hit) - 0.9) < 4.5 * sd
