"""What claims about long answers measure: how well doubts of units tell wrong ones from right."""

import numpy as np

from dubito.data.units import UnitEstimator
from dubito.data.worlds.long_answers import LongAnswers
from dubito.maths.ranking import auroc


def unit_errors_found(world: LongAnswers, *, estimator: UnitEstimator) -> float:
    """AUROC over all units of all answers, in [0, 1], higher is better."""
    return auroc(np.concatenate([estimator(told) for told in world.asked]), world.wrong)


def whole_answer_errors_found(world: LongAnswers, *, estimator: UnitEstimator) -> float:
    """The same where each unit has the mean doubt of its answer."""
    each = [estimator(told) for told in world.asked]
    return auroc(np.concatenate([np.full(len(d), d.mean()) for d in each]), world.wrong)
