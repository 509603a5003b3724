"""Degrees by entailment find more errors than degrees by words, or than counting meanings."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.semantic_entropy import SemanticSets
from dubito.estimate.similarity import ENTAILMENT
from dubito.estimate.similarity_graph import DegreeMatrix

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=DegreeMatrix(similarity=ENTAILMENT)),
    baselines={
        "degree-matrix": partial(errors_found, estimator=DegreeMatrix()),
        "semantic-sets": partial(errors_found, estimator=SemanticSets()),
    },
    margin=0.01,
    first_seed=5000,
    paper="lin2024",
    paper_figure="similarity by entailment mostly above that by the Jaccard index",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
