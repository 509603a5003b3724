"""Who entails whom finds vague answers that the mean of both directions cannot see."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.specific import specific
from dubito.estimate.directed_entailment_graph import DirectedEntailmentGraph
from dubito.estimate.similarity import ENTAILMENT
from dubito.estimate.similarity_graph import DegreeMatrix, LaplacianEigenvalues

CLAIM = Claim(
    world=specific,
    tiny=partial(specific, questions=40),
    ours=partial(errors_found, estimator=DirectedEntailmentGraph()),
    baselines={
        "laplacian-eigenvalues": partial(errors_found, estimator=LaplacianEigenvalues()),
        "degree-matrix": partial(errors_found, estimator=DegreeMatrix(similarity=ENTAILMENT)),
    },
    margin=0.1,
    paper="da2024",
    paper_figure="higher AUROC than graphs of symmetric similarity on three data sets",
    size="300 questions, K = 10; both directions together know nothing of right and wrong",
)
