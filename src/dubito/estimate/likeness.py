"""Further measures of how alike answers are: contradictions, matches, shared phrases."""

from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.estimate.draws import of_answers
from dubito.estimate.similarity import Similarity, texts
from dubito.evidence import Evidence, Floats, Plan
from dubito.maths.meanings import both_directions
from dubito.maths.ngrams import bleu, rouge_n
from dubito.maths.strings import pairwise


def same_text(evidence: Evidence) -> Floats:
    """1 for equal texts, 0 for others."""
    words = np.array(texts(evidence))
    return (words[:, None] == words).astype(np.float64)


def noncontradiction(evidence: Evidence) -> Floats:
    """1 - P(contradiction), averaged over the two directions; 1 for equal texts."""
    against = both_directions(of_answers(evidence, evidence.contradiction, "contradiction"))
    return np.maximum(1 - against, same_text(evidence))


def matched_pieces(evidence: Evidence) -> Floats:
    """BERTScore F1 of the answers, 0 where it is negative."""
    f1 = np.clip(of_answers(evidence, evidence.matching, "matching"), 0.0, 1.0)
    np.fill_diagonal(f1, 1.0)
    return both_directions(f1)


def shared_phrases(evidence: Evidence, *, measure: Callable[[str, str], float]) -> Floats:
    """A measure of two texts for all of them; 1 for equal texts."""
    return pairwise(texts(evidence), measure)


EXACT = Similarity(same_text, Plan())
NONCONTRADICTION = Similarity(noncontradiction, Plan(entailment=True))
MATCHING = Similarity(matched_pieces, Plan(matching=True))
ROUGE_1 = Similarity(partial(shared_phrases, measure=partial(rouge_n, n=1)), Plan())
ROUGE_2 = Similarity(partial(shared_phrases, measure=partial(rouge_n, n=2)), Plan())
BLEU = Similarity(partial(shared_phrases, measure=bleu), Plan())
