"""Distance in units of the known states' spread sees what Euclidean distance drowns."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.states import Familiar, narrow
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.trained.mahalanobis import Mahalanobis
from dubito.estimate.trained.states import mean_state, stacked
from dubito.maths.ranking import auroc


def by_distance(world: Familiar) -> float:
    """AUROC of the distance from the known answers."""
    return errors_found(world, estimator=Mahalanobis().fit(world.known))


def euclidean(world: Familiar, *, standardised: bool = False) -> float:
    """AUROC of the plain distance from the mean of the known states, each number by its spread."""
    known, new = (stacked(e, 1.0, mean_state) for e in (world.known, world.evidence))
    scale = known.std(axis=0) if standardised else 1.0
    return auroc(np.linalg.norm((new - known.mean(axis=0)) / scale, axis=1), world.wrong)


def above_standardised(world: Familiar) -> float:
    """What the correlations add to a distance that knows each number's spread, less 0.05."""
    return by_distance(world) - euclidean(world, standardised=True) - 0.05


CLAIM = Claim(
    world=narrow,
    tiny=partial(narrow, known=60, judged=60),
    ours=by_distance,
    baselines={
        "euclidean distance": euclidean,
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.05,
    checks={"correlations add 0.05 to a standardised distance": above_standardised},
    paper="lee2018",
    paper_figure="finds out-of-distribution images where the softmax does not",
    size="400 known and 400 judged answers, states of 32 numbers",
)
