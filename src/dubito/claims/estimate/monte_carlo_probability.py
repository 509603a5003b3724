"""A mean of probabilities over draws shrugs off rare tokens that spoil a mean of surprises."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.rare_tokens import rare_tokens
from dubito.estimate.monte_carlo_probability import MonteCarloProbability
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.surprise import Perplexity

CLAIM = Claim(
    world=rare_tokens,
    tiny=partial(rare_tokens, questions=40),
    ours=partial(errors_found, estimator=MonteCarloProbability()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "length-normalised-entropy": partial(
            errors_found, estimator=SequenceEntropy(length_normalised=True)
        ),
    },
    margin=0.01,
    paper="bouchard2025",
    paper_figure="among the white-box scorers that draw several answers",
    size="400 questions, 3 to 8 tokens of which one in 20 is rare, K = 10",
)
