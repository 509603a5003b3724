"""The mere number of meanings among drawn answers finds errors that whole strings hide."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.semantic_entropy import SemanticSets
from dubito.estimate.sequence_entropy import SequenceEntropy

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=SemanticSets()),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.02,
    first_seed=5000,
    paper="lin2024",
    paper_figure="a baseline there: below the measures of the graph",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
