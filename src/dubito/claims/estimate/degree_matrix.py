"""Shared words between drawn answers find errors that the entropy of whole strings hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Wordings, wordings
from dubito.estimate.semantic_entropy import SemanticSets
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.similarity import ENTAILMENT
from dubito.estimate.similarity_graph import DegreeMatrix


def entailment_above_sets(world: Wordings) -> float:
    """AUROC that the degrees of the entailment graph have above the number of its meanings."""
    degrees = errors_found(world, estimator=DegreeMatrix(similarity=ENTAILMENT))
    return degrees - errors_found(world, estimator=SemanticSets())


CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=DegreeMatrix()),
    baselines={"sequence-entropy": partial(errors_found, estimator=SequenceEntropy())},
    margin=0.02,
    checks={"by entailment, degrees beat the number of meanings": entailment_above_sets},
    paper="lin2024",
    paper_figure="degree, eccentricity and eigenvalues above semantic sets and lexical similarity",
    size="400 questions, 8 meanings in 8 wordings that share half of their words, K = 10",
)
