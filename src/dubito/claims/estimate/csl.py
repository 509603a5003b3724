"""Surprise weighed by what the end of the answer looks at finds errors under wording."""

from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.attention import pointing
from dubito.data.worlds.world import Answered
from dubito.estimate.csl import CSL
from dubito.estimate.surprise import MinTokenProbability, Perplexity
from dubito.evidence import Evidence, Layers


def needs_its_own_attention(world: Answered) -> float:
    """What CSL loses where the last token's looks are put in another order, less 0.1."""
    rng = np.random.default_rng(0)
    mixed = replace(world, evidence=tuple(elsewhere(e, rng) for e in world.evidence))
    lost = errors_found(world, estimator=CSL()) - errors_found(mixed, estimator=CSL())
    return lost - 0.1


def elsewhere(evidence: Evidence, rng: np.random.Generator) -> Evidence:
    """The answer's columns of the attention in a random order."""
    attention = evidence.answer.attention
    assert attention is not None
    prompt = attention.values.shape[3] - attention.values.shape[2]
    values = attention.values.copy()
    values[..., prompt:-1] = rng.permutation(values[..., prompt:-1], axis=-1)
    answer = replace(evidence.answer, attention=Layers(attention.depths, values))
    return replace(evidence, answer=answer)


CLAIM = Claim(
    world=pointing,
    tiny=partial(pointing, questions=40),
    ours=partial(errors_found, estimator=CSL()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "min-token-probability": partial(errors_found, estimator=MinTokenProbability()),
    },
    margin=0.10,
    checks={"loses at least 0.1 when its looks are mixed up": needs_its_own_attention},
    paper="lin2024b",
    paper_figure="higher AUROC than the sequence likelihood on CoQA, TriviaQA and NQ, 3 models",
    size="300 answers of 6 to 13 tokens, 21 layers of 6 heads",
)
