"""Entropy of the whole distribution finds wrong drawn answers that their own surprise misses."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import doubts
from dubito.data.worlds.best_of_n import Candidates, candidates
from dubito.estimate.surprise import MinTokenProbability, Perplexity
from dubito.estimate.token_entropy import TokenEntropy
from dubito.evidence import Estimator
from dubito.maths.ranking import auroc


def errors_among_all(world: Candidates, *, estimator: Estimator) -> float:
    """AUROC over all candidates of all questions."""
    flat = [e for row in world.evidence for e in row]
    return auroc(doubts(flat, estimator), ~np.ravel(world.right))


CLAIM = Claim(
    world=partial(candidates, questions=100, each=4),
    tiny=partial(candidates, questions=20, each=4),
    ours=partial(errors_among_all, estimator=TokenEntropy()),
    baselines={
        "perplexity": partial(errors_among_all, estimator=Perplexity()),
        "min-token-probability": partial(errors_among_all, estimator=MinTokenProbability()),
    },
    margin=0.03,
    paper="fomicheva2020",
    paper_figure="entropy of the softmax among the better signs of translation quality",
    size="100 questions, 4 drawn answers each, 8 tokens over 50",
)
