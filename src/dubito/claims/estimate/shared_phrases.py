"""Shared phrases see that the same words say something else, which single words cannot."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.order import order
from dubito.data.worlds.world import Answered
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.likeness import BLEU, ROUGE_1, ROUGE_2
from dubito.estimate.similarity_graph import DegreeMatrix


def least_of_phrases(world: Answered) -> float:
    """The lower AUROC of ROUGE-2 and BLEU."""
    return min(
        errors_found(world, estimator=LexicalSimilarity(similarity=s)) for s in (ROUGE_2, BLEU)
    )


CLAIM = Claim(
    world=order,
    tiny=partial(order, questions=40),
    ours=least_of_phrases,
    baselines={
        "ROUGE-1": partial(errors_found, estimator=LexicalSimilarity(similarity=ROUGE_1)),
        "degree-matrix": partial(errors_found, estimator=DegreeMatrix()),
    },
    margin=0.03,
    paper="fomicheva2020",
    paper_figure="similarity of drawn translations, by METEOR",
    size="300 questions, two names in two orders, 1 to 3 phrases of time, K = 10",
)
