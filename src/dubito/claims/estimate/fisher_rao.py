"""The Fisher-Rao distance from uniform finds foreign inputs by their tail, not by synonyms."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.choices import spills
from dubito.estimate.surprise import Perplexity
from dubito.estimate.token_entropy import TokenEntropy
from dubito.estimate.uniform_distance import FisherRao

CLAIM = Claim(
    world=spills,
    tiny=partial(spills, questions=40),
    ours=partial(errors_found, estimator=FisherRao()),
    baselines={
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.03,
    paper="darrin2023",
    paper_figure="foreign inputs to translation found better than by likelihood or energy",
    size="500 answers of 5 to 15 tokens over 200",
)
