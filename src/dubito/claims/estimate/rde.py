"""Where a fifth of the known answers are odd, the dense core still tells the odd ones apart."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.states import Familiar, polluted
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.trained.mahalanobis import Mahalanobis
from dubito.estimate.trained.rde import RobustDensity


def robust(world: Familiar) -> float:
    """AUROC of the distance from the core."""
    return errors_found(world, estimator=RobustDensity().fit(world.known))


def plain(world: Familiar) -> float:
    """AUROC of the distance from all known answers."""
    return errors_found(world, estimator=Mahalanobis().fit(world.known))


CLAIM = Claim(
    world=polluted,
    tiny=partial(polluted, known=60, judged=60),
    ours=robust,
    baselines={
        "mahalanobis": plain,
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.1,
    seeds=5,
    paper="yoo2022",
    paper_figure="highest AUROC in 29 of 30 settings of finding adversarial texts",
    size="400 known answers, 80 of them odd, and 400 judged, states of 32 numbers",
)
