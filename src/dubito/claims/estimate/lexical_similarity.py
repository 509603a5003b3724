"""Words that drawn answers share find errors that the entropy of whole strings hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.sequence_entropy import SequenceEntropy

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=LexicalSimilarity()),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.03,
    first_seed=5000,
    paper="fomicheva2020",
    paper_figure="among the best unsupervised signs of translation quality",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
