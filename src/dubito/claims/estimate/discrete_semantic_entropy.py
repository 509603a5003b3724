"""Without any log-probability, counting meanings finds errors that comparing words does not."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy
from dubito.estimate.sequence_entropy import SequenceEntropy

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8, templates=True),
    tiny=partial(wordings, questions=40, templates=True),
    ours=partial(errors_found, estimator=DiscreteSemanticEntropy()),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
        "lexical-similarity": partial(errors_found, estimator=LexicalSimilarity()),
    },
    margin=0.03,
    first_seed=2000,
    paper="farquhar2024",
    paper_figure="about as good as semantic entropy with log-probabilities",
    size="400 questions, 8 meanings in the same 8 wordings, K = 10",
    tried="seeds 1000 to 1009 in a world where no word is shared between meanings: lexical "
    "similarity read the meanings from the words, gain -0.000 [-0.006, +0.006] over it. Since then "
    "all meanings come in the same wordings, as in real answers; seeds 2000 to 2009.",
)
