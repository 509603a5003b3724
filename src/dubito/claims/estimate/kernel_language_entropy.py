"""Where paraphrases entail each other only in part, a soft kernel sees what clusters lose."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Judge, wordings
from dubito.estimate.kernel_language_entropy import KernelLanguageEntropy
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy, SemanticEntropy

# Paraphrases stay mostly below the threshold of 0.5, yet well above what means something else.
IN_PART = Judge(within=(4.0, 6.0))

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8, judge=IN_PART),
    tiny=partial(wordings, questions=40, judge=IN_PART),
    ours=partial(errors_found, estimator=KernelLanguageEntropy()),
    baselines={
        "semantic-entropy": partial(errors_found, estimator=SemanticEntropy()),
        "discrete-semantic-entropy": partial(errors_found, estimator=DiscreteSemanticEntropy()),
    },
    margin=0.02,
    first_seed=2000,
    paper="nikitin2024",
    paper_figure="AUROC above semantic entropy in most of 60 model and data pairs",
    size="400 questions, 8 meanings in 8 wordings that entail each other at 0.4, K = 10",
    tried="seeds 1000 to 1009 with a judge noisy on both sides, Beta(6, 4) and Beta(3, 7): "
    "+0.008 [-0.007, +0.023] over semantic entropy, whose likelihoods help it there. Since then "
    "the paper's own premise, graded likeness below the clusters' threshold; seeds 2000 to 2009.",
)
