"""Doubt of names alone, which flows on to what looks at them, finds wrong conclusions."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.attention import resting
from dubito.data.worlds.world import Answered
from dubito.estimate.focus import Focus
from dubito.estimate.surprise import Perplexity, SequenceProbability


def propagation_helps(world: Answered) -> float:
    """AUROC above that of the same doubt without what keywords take over."""
    alone = errors_found(world, estimator=Focus(gamma=0.0))
    return errors_found(world, estimator=Focus()) - alone


CLAIM = Claim(
    world=partial(resting, questions=500),
    tiny=partial(resting, questions=40),
    ours=partial(errors_found, estimator=Focus()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
    },
    margin=0.03,
    checks={"doubt that flows on adds to that of names alone": propagation_helps},
    paper="zhang2023",
    paper_figure="state of the art on WikiBio GPT-3 from one pass of a proxy model",
    size="500 answers of 12 to 20 tokens, 4 names each",
)
