"""Where only the rival can be right instead, the margin finds errors that an open tail hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.choices import rivals
from dubito.estimate.probability_margin import ProbabilityMargin
from dubito.estimate.surprise import Perplexity
from dubito.estimate.token_entropy import TokenEntropy

CLAIM = Claim(
    world=rivals,
    tiny=partial(rivals, questions=40),
    ours=partial(errors_found, estimator=ProbabilityMargin()),
    baselines={
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.02,
    paper="scheffer2001",
    paper_figure="picking tokens to label by margin needs fewer of them than picking at random",
    size="500 answers of 1 to 6 tokens over 200",
)
