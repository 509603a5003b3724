"""Weighing tokens by relevance, and answers by their likes, finds errors under filler words."""

from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.key_token import key_token
from dubito.data.worlds.world import Answered
from dubito.estimate.sar import SAR, TokenSAR
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.surprise import Perplexity
from dubito.evidence import Evidence

MEAN_SURPRISE = SequenceEntropy(samples=5, length_normalised=True)


def tokens_gain(world: Answered) -> float:
    """TokenSAR above the length-normalised entropy, less the 0.05 that the card asks for."""
    by_token = errors_found(world, estimator=TokenSAR())
    return by_token - errors_found(world, estimator=MEAN_SURPRISE) - 0.05


def wrong_relevance(world: Answered) -> float:
    """0.03 less what TokenSAR keeps above the mean surprise when relevances are mixed up."""
    rng = np.random.default_rng(0)
    mixed = replace(world, evidence=tuple(mix(e, rng) for e in world.evidence))
    kept = errors_found(mixed, estimator=TokenSAR())
    return 0.03 - (kept - errors_found(mixed, estimator=Perplexity()))


def mix(evidence: Evidence, rng: np.random.Generator) -> Evidence:
    """The answer's relevances in a random order."""
    answer = evidence.answer
    relevance = rng.permutation(np.asarray(answer.relevance))
    return replace(evidence, answer=replace(answer, relevance=relevance))


CLAIM = Claim(
    world=key_token,
    tiny=partial(key_token, questions=40),
    ours=partial(errors_found, estimator=SAR(samples=5)),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy(samples=5)),
        "length-normalised-entropy": partial(errors_found, estimator=MEAN_SURPRISE),
    },
    margin=0.10,
    checks={
        "TokenSAR at least 0.05 above the length-normalised entropy": tokens_gain,
        "mixed-up relevances take TokenSAR's gain away": wrong_relevance,
    },
    paper="duan2024",
    paper_figure="AUROC on CoQA, OPT-2.7b: SAR 0.735, length-normalised 0.706, semantic 0.699",
    size="400 questions, answers of 4 to 13 tokens, K = 5",
)
