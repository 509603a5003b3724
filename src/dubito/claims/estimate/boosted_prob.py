"""Where several words are right, their joint probability finds errors that one word's hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.synonyms import synonyms
from dubito.estimate.boosted_probability import BoostedProbability
from dubito.estimate.surprise import MinTokenProbability, Perplexity

CLAIM = Claim(
    world=synonyms,
    tiny=partial(synonyms, questions=40),
    ours=partial(errors_found, estimator=BoostedProbability()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "min-token-probability": partial(errors_found, estimator=MinTokenProbability()),
    },
    margin=0.05,
    paper="dinh2025",
    paper_figure="correlates better with quality than probability does on most of its tasks",
    size="400 questions, 5 tokens with 1 to 6 right words each",
)
