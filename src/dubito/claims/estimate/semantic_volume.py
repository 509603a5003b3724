"""A shared projection lets the volume of embeddings see ambiguity under loose wording."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.spread import ambiguous, even_spread
from dubito.data.worlds.world import Answered, Arms
from dubito.estimate.semantic_volume import SemanticVolume, fit_projection
from dubito.estimate.variation_ratio import SampleVariation

World = Arms[Answered, Answered]


def world(seed: int, *, items: int = 200) -> World:
    """Ambiguous or not; and spread evenly or not at one mean cosine."""
    return Arms(ambiguous(seed, items=items), even_spread(seed, items=items))


def projected(world: World, *, dimensions: int) -> float:
    """AUROC of ambiguity by the volume along so many principal axes of all items."""
    pooled = np.concatenate([np.asarray(e.embeddings)[1:] for e in world.main.evidence])
    volume = SemanticVolume(samples=20, projection=fit_projection(pooled, dimensions))
    return errors_found(world.main, estimator=volume)


def unprojected(world: World) -> float:
    """AUROC of ambiguity by the volume in all dimensions."""
    return errors_found(world.main, estimator=SemanticVolume(samples=20))


def sees_evenness(world: World) -> float:
    """AUROC of volume above mean cosine where only the evenness of the spread differs, less 0.2."""
    volume = errors_found(world.other, estimator=SemanticVolume(samples=20))
    return volume - errors_found(world.other, estimator=SampleVariation(samples=20)) - 0.2


CLAIM = Claim(
    world=world,
    tiny=partial(world, items=20),
    ours=partial(projected, dimensions=6),
    baselines={"no projection": unprojected},
    margin=0.08,
    checks={
        "AUROC at least 0.85 with 8 axes": lambda w: projected(w, dimensions=8) - 0.85,
        "AUROC at least 0.85 with 4 axes": lambda w: projected(w, dimensions=4) - 0.85,
        "sees evenness that the mean cosine cannot": sees_evenness,
    },
    paper="li2025",
    paper_figure="F1 and AUROC above semantic entropy on ambiguity and hallucination",
    size="200 items, 20 texts each, 64 dimensions",
)
