"""Mean surprise finds errors in answers of any length, where their sum follows the length."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.lengths import any_length
from dubito.estimate.surprise import MinTokenProbability, Perplexity, SequenceProbability

CLAIM = Claim(
    world=any_length,
    tiny=partial(any_length, questions=40),
    ours=partial(errors_found, estimator=Perplexity()),
    baselines={
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
        "min-token-probability": partial(errors_found, estimator=MinTokenProbability()),
    },
    margin=0.05,
    paper="fomicheva2020",
    paper_figure="mean log-probability among the better unsupervised signs of translation quality",
    size="400 questions, answers of 2 to 78 tokens",
)
