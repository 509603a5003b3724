"""A head that stops looking at the token before finds made-up spans that probability hides."""

from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.attention import faltering
from dubito.data.worlds.world import Answered
from dubito.estimate.rauq import RAUQ
from dubito.estimate.surprise import Perplexity, SequenceProbability
from dubito.evidence import Evidence, Layers


def needs_the_aware_head(world: Answered) -> float:
    """What RAUQ loses where the head that looks back most is taken away, less 0.1."""
    blind = replace(world, evidence=tuple(map(without_strongest, world.evidence)))
    lost = errors_found(world, estimator=RAUQ()) - errors_found(blind, estimator=RAUQ())
    return lost - 0.1


def without_strongest(evidence: Evidence) -> Evidence:
    """Each layer without the head whose tokens look back most."""
    attention = evidence.answer.attention
    assert attention is not None
    values = attention.values
    size = values.shape[2]
    back = np.diagonal(values[..., values.shape[3] - size :], offset=-1, axis1=2, axis2=3)
    kept = np.argsort(back.sum(axis=-1), axis=1)[:, :-1]  # [L, H - 1]
    fewer = np.take_along_axis(values, kept[:, :, None, None], axis=1)
    answer = replace(evidence.answer, attention=Layers(attention.depths, fewer))
    return replace(evidence, answer=answer)


CLAIM = Claim(
    world=faltering,
    tiny=partial(faltering, questions=40),
    ours=partial(errors_found, estimator=RAUQ()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
    },
    margin=0.10,
    checks={"loses at least 0.1 without the head that looks back": needs_the_aware_head},
    paper="vazhentsev2025",
    paper_figure="best mean rejection score of single-run methods over 12 data sets and 4 models",
    size="300 answers of 8 to 14 tokens, 11 layers of 4 heads",
)
