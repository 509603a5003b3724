"""The volume of drawn answers' embeddings finds errors that words and likelihoods hide."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.eigenscore import EigenScore
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.sequence_entropy import SequenceEntropy

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=EigenScore()),
    baselines={
        "length-normalised-entropy": partial(
            errors_found, estimator=SequenceEntropy(length_normalised=True)
        ),
        "lexical-similarity": partial(errors_found, estimator=LexicalSimilarity()),
    },
    margin=0.02,
    paper="chen2024",
    paper_figure="AUROC above lexical similarity and length-normalised entropy on four QA sets",
    size="400 questions, 8 meanings in 8 wordings, K = 10, embeddings in 32 dimensions",
    tried="as here, seeds 1000 to 1009: -0.066 [-0.081, -0.050] below lexical similarity, +0.024 "
    "above length-normalised entropy. All meanings in the same wordings, seeds 2000 to 2009: "
    "-0.046 [-0.055, -0.037]. The log-volume counts loose wording in every direction, as the "
    "card of semantic volume notes; a hidden layer instead of a sentence encoder was not tried.",
)
