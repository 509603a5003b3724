"""What claims about asking again measure: how well a doubt over all ways tells wrong from right."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from dubito.data.worlds.rewordings import AskedAgain
from dubito.evidence import Estimator, Evidence, Floats, Score
from dubito.maths.ranking import auroc

Asking = Callable[[Sequence[Evidence]], Score]


def doubts_asked(asked: Iterable[Sequence[Evidence]], estimator: Asking) -> Floats:
    """The doubt of each question over all its ways, [N]."""
    return np.array([estimator(ways).doubt for ways in asked])


def errors_found_asked(world: AskedAgain, *, estimator: Asking) -> float:
    """AUROC of the doubt over all ways against the wrong answers, in [0, 1]."""
    return auroc(doubts_asked(world.asked, estimator), world.wrong)


def errors_found_once(world: AskedAgain, *, estimator: Estimator) -> float:
    """AUROC of the doubt of an estimator that sees the question as it is alone, in [0, 1]."""
    return auroc([estimator(w[0].only(estimator.plan)).doubt for w in world.asked], world.wrong)
