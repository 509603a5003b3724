"""Clear and ambiguous questions, their rewritings, and answers that do not show which is which."""

import math

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.data.worlds.rewordings import AskedAgain
from dubito.data.worlds.spread import ambiguous, embedded


def readings(seed: int, *, items: int = 200, samples: int = 20, dimensions: int = 64) -> AskedAgain:
    """Two ways of each question: as it is, and rewritten; `wrong` where it is ambiguous.

    The rewritings are those of `ambiguous`. To the question itself the model gives answers
    around one reading, which it takes in silence, with noise of length U(0.15, 0.6) that tells
    how well it knows and nothing of the question.
    """
    world = ambiguous(seed, items=items, samples=samples, dimensions=dimensions)
    rng = np.random.default_rng([seed, 1])
    asked = []
    for rewritten in world.evidence:
        centre = unit(rng.normal(size=dimensions))
        noise = rng.normal(size=(1 + samples, dimensions)) / math.sqrt(dimensions)
        asked.append((embedded(unit(centre + rng.uniform(0.15, 0.6) * noise)), rewritten))
    return AskedAgain(tuple(asked), world.wrong)
