"""The spread of answers in the entailment graph's spectrum finds more than counting meanings."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.semantic_entropy import SemanticSets
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.similarity_graph import Eccentricity

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=Eccentricity()),
    baselines={
        "semantic-sets": partial(errors_found, estimator=SemanticSets()),
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.01,
    paper="lin2024",
    paper_figure="degree, eccentricity and eigenvalues above semantic sets and lexical similarity",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
    tried="a clean judge as here: blocks of ones give sqrt(sets - 1), so equal by algebra, "
    "+0.000 [-0.004, +0.005]. A judge noisy on both sides, Beta(6, 4) and Beta(3, 7), seeds 0 to "
    "2: 0.717 against 0.736 of the sets, since the cut at 0.9 keeps every noisy direction.",
)
