"""Less the distance from answers of any kind, distance from known ones is not fooled by style."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.states import Familiar, styled
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.trained.mahalanobis import Mahalanobis, RelativeMahalanobis


def relative(world: Familiar) -> float:
    """AUROC with a background."""
    fitted = RelativeMahalanobis().fit(world.known, background=world.background)
    return errors_found(world, estimator=fitted)


def absolute(world: Familiar) -> float:
    """AUROC of the distance from the known answers alone."""
    return errors_found(world, estimator=Mahalanobis().fit(world.known))


def background_alone_misleads(world: Familiar) -> float:
    """0.55 less the AUROC of the distance from the background, where wrong answers are nearer."""
    fitted = Mahalanobis().fit(world.background)
    return 0.55 - errors_found(world, estimator=fitted)


CLAIM = Claim(
    world=styled,
    tiny=partial(styled, known=60, judged=60),
    ours=relative,
    baselines={
        "mahalanobis": absolute,
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.05,
    checks={"AUROC of the background alone below 0.55": background_alone_misleads},
    paper="ren2023",
    paper_figure="AUROC of near out-of-domain news above that of the plain distance",
    size="200 known, 400 background and 400 judged answers, states of 32 numbers",
)
