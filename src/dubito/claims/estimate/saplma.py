"""A network on the middle state of the last token finds errors that token entropy misses."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.states import LAST, MIDDLE, inner_truth
from dubito.data.worlds.world import Answered, Arms
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.trained.mahalanobis import RelativeMahalanobis
from dubito.estimate.trained.saplma import Saplma

World = Arms[Answered, Answered]


def probed(world: World, *, depth: float = MIDDLE) -> float:
    """AUROC of the network taught on the other arm."""
    return errors_found(
        world.main, estimator=Saplma(depth=depth).fit(world.other.evidence, world.other.wrong)
    )


def by_distance(world: World) -> float:
    """AUROC of the distance from right answers less that from all, of the answer's mean state."""
    fitted = RelativeMahalanobis(depth=MIDDLE).fit(world.other.evidence, world.other.wrong)
    return errors_found(world.main, estimator=fitted)


def token_entropy(world: World) -> float:
    """AUROC of the mean token entropy."""
    return errors_found(world.main, estimator=TokenEntropy())


CLAIM = Claim(
    world=inner_truth,
    tiny=partial(inner_truth, taught=80, judged=60),
    ours=probed,
    baselines={"mean-token-entropy": token_entropy, "relative-mahalanobis": by_distance},
    margin=0.1,
    checks={
        "nothing to find at the last layer": lambda w: 0.05 - abs(probed(w, depth=LAST) - 0.5),
    },
    paper="azaria2023",
    paper_figure="71 to 83% of statements right, above what their probability gives",
    size="600 taught and 600 judged answers, states of 32 numbers",
)
