"""Density around one answer tells right from wrong within a prompt, which no prompt's doubt can."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import doubts, errors_found
from dubito.data.worlds.responses import Responses, responses
from dubito.estimate.semantic_density import SemanticDensity
from dubito.estimate.semantic_entropy import SemanticEntropy
from dubito.estimate.similarity import agreement
from dubito.maths.ranking import auroc


def above_unweighted(world: Responses) -> float:
    """AUROC above that of the mean distance to the samples, which knows no likelihood."""
    mean_distance = [1 - agreement(e)[0, 1:].mean() for e in world.evidence]
    return errors_found(world, estimator=SemanticDensity()) - auroc(mean_distance, world.wrong)


def within_prompts(world: Responses) -> float:
    """Mean over mixed prompts of the AUROC inside them, less the 0.6 that the card asks for."""
    doubt = doubts(world.evidence, SemanticDensity())
    inside = [auroc(doubt[rows], world.wrong[rows]) for rows in mixed_prompts(world)]
    return float(np.mean(inside)) - 0.6


def mixed_prompts(world: Responses) -> list[np.ndarray]:
    """The rows of each prompt that has right and wrong responses."""
    rows = [np.flatnonzero(world.prompt == p) for p in np.unique(world.prompt)]
    return [r for r in rows if 0 < world.wrong[r].sum() < len(r)]


CLAIM = Claim(
    world=responses,
    tiny=partial(responses, prompts=20),
    ours=partial(errors_found, estimator=SemanticDensity()),
    baselines={"semantic-entropy": partial(errors_found, estimator=SemanticEntropy())},
    margin=0.04,
    seeds=5,
    checks={
        "not below the unweighted mean": above_unweighted,
        "orders more than 60% of pairs within a prompt": within_prompts,
    },
    paper="qiu2024",
    paper_figure="highest AUROC in nearly all of 28 model and data pairs",
    size="300 prompts, 10 responses each, 4 meanings",
)
