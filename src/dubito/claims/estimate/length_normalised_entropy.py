"""Mean surprise of drawn tokens finds errors where answers are long or short for other reasons."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.lengths import any_length
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.surprise import Perplexity

CLAIM = Claim(
    world=any_length,
    tiny=partial(any_length, questions=40),
    ours=partial(errors_found, estimator=SequenceEntropy(length_normalised=True)),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.01,
    paper="malinin2021",
    paper_figure="of ensembles: rates by token find errors and foreign inputs in translation",
    size="400 questions, answers of 2 to 78 tokens, K = 10",
)
