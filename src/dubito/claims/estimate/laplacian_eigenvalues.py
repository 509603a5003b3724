"""A soft number of meanings, from the entailment graph's spectrum, finds more than the hard one."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.semantic_entropy import SemanticSets
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.similarity_graph import LaplacianEigenvalues

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=LaplacianEigenvalues()),
    baselines={
        "semantic-sets": partial(errors_found, estimator=SemanticSets()),
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.01,
    paper="lin2024",
    paper_figure="degree, eccentricity and eigenvalues above semantic sets and lexical similarity",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
