"""What claims measure: how well a doubt tells wrong answers from right ones."""

from collections.abc import Iterable

import numpy as np

from dubito.data.worlds.world import Answered
from dubito.evidence import Estimator, Evidence, Floats
from dubito.maths.ranking import auroc


def doubts(evidence: Iterable[Evidence], estimator: Estimator) -> Floats:
    """The doubt of each, seen through the estimator's own plan, [N].

    Raises:
        Missing: a world that lacks what the estimator asks for.
    """
    return np.array([estimator(e.only(estimator.plan)).doubt for e in evidence])


def errors_found(world: Answered, *, estimator: Estimator) -> float:
    """AUROC of the doubt against the wrong answers, in [0, 1], higher is better."""
    return auroc(doubts(world.evidence, estimator), world.wrong)
