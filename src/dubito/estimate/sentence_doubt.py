"""Token doubt pooled in each sentence, then averaged [huang2023]: four single-run scores."""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np

from dubito.estimate.tokens import Pool, pooled, pooled_entropy, surprises
from dubito.evidence import Evidence, Floats, Integers, Missing, Plan, Score, Sequence

# Closing quotes and brackets belong to the sentence; "3.5" and "a.b" hold no end.
SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”’）]*")


@dataclass(frozen=True)
class SentenceSurprise:
    """Mean over sentences of the greatest -log p of a token >= 0, nats ("max-prob").

    `pool=np.mean` averages in each sentence ("average-prob"); the paper's names mislead: the
    first is the surprise of the LEAST likely token. The rest after the last sentence mark is a
    sentence, and the end token belongs to the last one.
    """

    pool: Pool = np.max

    @property
    def plan(self) -> Plan:
        """Log-probabilities."""
        return Plan(logprobs=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Pool in sentences, then average."""
        doubts = surprises(evidence.answer)
        return pooled(doubts, by_sentence(evidence.answer, self.pool))


@dataclass(frozen=True)
class SentenceEntropy:
    """Mean over sentences of the greatest token entropy, in [0, log V], nats ("max-entropy").

    `pool=np.mean` averages in each sentence ("average-entropy"). Of top-k distributions the
    doubt is a lower bound, and `bounds` holds it and the upper one.

    Differs: top-k distributions are not renormalised.
    """

    pool: Pool = np.max

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Pool in sentences, then average."""
        return pooled_entropy(evidence.answer, by_sentence(evidence.answer, self.pool))


def by_sentence(answer: Sequence, pool: Pool) -> Pool:
    """Mean over the answer's sentences of what `pool` makes of each: [T] -> one number.

    Raises:
        Missing: nobody recorded where the tokens stand in the text.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so they belong to no sentence")
    return partial(mean_over_groups, groups=sentences(answer.text, answer.offsets), pool=pool)


def mean_over_groups(values: Floats, groups: Integers, pool: Pool) -> float:
    """Mean of the pooled values of each group that has a member: [T], [T] -> one number."""
    return float(np.mean([pool(values[groups == group]) for group in np.unique(groups)]))


def sentences(text: str, offsets: Integers) -> Integers:
    """The number, from 0, of the sentence in which each token begins: [T, 2] -> [T]."""
    ends = [m.end() for m in SENTENCE_END.finditer(text) if text[m.end() :].strip()]
    return np.searchsorted(ends, offsets[:, 0], side="right")
