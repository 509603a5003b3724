"""What claims about self-report share: does it mean what it says more than likelihood does?"""

import numpy as np

from dubito.claims.measures import doubts
from dubito.data.worlds.world import Answered
from dubito.estimate.surprise import SequenceProbability
from dubito.evidence import Estimator, Floats


def more_honest(world: Answered, *, estimator: Estimator) -> float:
    """0.8 of the squared error of the answer's own probability, less that of this doubt."""
    unlikely = -np.expm1(-doubts(world.evidence, SequenceProbability()))  # 1 - p(answer)
    own = squared_error(unlikely, world)
    return 0.8 * own - squared_error(doubts(world.evidence, estimator), world)


def squared_error(doubt: Floats, world: Answered) -> float:
    """Mean squared distance of a doubt, read as the chance of being wrong, and being wrong."""
    return float(((doubt - world.wrong) ** 2).mean())
