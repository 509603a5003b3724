"""Shared words of drawn answers find errors that the entropy of whole strings hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import Wordings, wordings
from dubito.estimate.lexical_similarity import LexicalSimilarity
from dubito.estimate.likeness import ROUGE_1
from dubito.estimate.sequence_entropy import SequenceEntropy


def least_of_words(world: Wordings) -> float:
    """The lower AUROC of ROUGE-1 and ROUGE-L."""
    rows = (LexicalSimilarity(similarity=ROUGE_1), LexicalSimilarity())
    return min(errors_found(world, estimator=row) for row in rows)


CLAIM = Claim(
    world=partial(wordings, questions=300),
    tiny=partial(wordings, questions=40),
    ours=least_of_words,
    baselines={"sequence-entropy": partial(errors_found, estimator=SequenceEntropy())},
    margin=0.02,
    paper="fomicheva2020",
    paper_figure="similarity of drawn translations correlates with quality above their likelihood",
    size="300 questions, 8 meanings in 8 wordings that share half of their words, K = 10",
)
