"""How answers are shared out, truly by a corpus and as a model says them [tomov2025].

Classes are the right answers of a question for a whole list, in their order, and behind them, for
a model alone, one for everything else.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from dubito.data.listing import canonical, gold, listed
from dubito.data.matching import contains
from dubito.data.normalise import normalise
from dubito.data.question import Question
from dubito.evidence import Floats, Integers


def co_occurrences(texts: Iterable[str], subject: str, question: Question) -> Integers:
    """In how many texts the subject stands beside each of the C right answers, [C].

    A proxy for how often the answer is given: well-known pairs are counted too often, so keep the
    name of the corpus with the counts.
    """
    counts = np.zeros(len(question.all_of), dtype=np.int64)
    for text in texts:
        plain = normalise(text)
        if contains(plain, subject):
            counts += [any(contains(plain, n) for n in group) for group in question.all_of]
    return counts


def corpus_shares(texts: Iterable[str], subject: str, question: Question) -> Floats:
    """The true shares of the C right answers by a corpus, [C], which sum to 1.

    Raises:
        ValueError: no text has the subject beside a right answer.
    """
    counts = co_occurrences(texts, subject, question)
    if not counts.any():
        raise ValueError(
            f"no text has {subject!r} beside a right answer of {question.text!r}: give more texts"
        )
    return counts / counts.sum()


def sampled_shares(replies: Sequence[str], question: Question, *, smoothing: float = 0.5) -> Floats:
    """A model's shares of the C right answers and of all others together, [C + 1], sum 1.

    Each of K drawn replies counts for the first thing that it names; one that names nothing is an
    other. `smoothing` is added to every class, since a right answer that was never drawn would
    make the epistemic error infinite.

    Differs: the paper does not say how it smooths.

    Raises:
        ValueError: no reply, or smoothing is not above 0.
    """
    if not replies or not smoothing > 0:
        raise ValueError(
            f"at least one reply and smoothing above 0 needed, got {len(replies)} and {smoothing}"
        )
    place = {name: i for i, name in enumerate(dict.fromkeys(canonical(question).values()))}
    other = len(gold(question))
    named = [listed(reply, question) for reply in replies]
    classes = [place.get(things[0], other) if things else other for things in named]
    counts = np.bincount(classes, minlength=other + 1) + smoothing
    return counts / counts.sum()
