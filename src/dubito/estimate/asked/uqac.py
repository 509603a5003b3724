"""UQAC [li2025b]: the probability of a final answer, summed over other ways to reason to it."""

from collections.abc import Callable
from collections.abc import Sequence as Many
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple

import numpy as np

from dubito.estimate.asked.ways import ways
from dubito.estimate.attention_chain import KeyTokens
from dubito.estimate.candidates import candidates, written
from dubito.estimate.final_answer import final_answer
from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Integers, Missing, Plan, Score, Sequence
from dubito.maths.entropy import logsumexp

TOP = 5  # likeliest tokens among which replacements are sought


class Replacement(NamedTuple):
    """A token that could have been written in place of another."""

    place: int  # which token of the answer is replaced
    id: int  # of the token that takes its place
    logprob: float  # nats


@dataclass(frozen=True)
class UQAC:
    """Doubt in [0, 1]: 1 - sum over variants of p(key tokens) p(final answer).

    The first evidence is of the question as it is; each further one is the same answer read
    with one key token replaced and all others kept: `replacements` says which, `variants` writes
    them, `LocalModel.read` reads them. The probability is a lower bound, for variants with two
    replacements are left out; without any reading it is that of the text as it stands. A reading
    that is no such variant, as where a replaced text is cut into other tokens, is left out.
    Parts: `answer`, `text`: 1 - p of the final answer alone, and with the key tokens; `read` and
    `unread` variants.
    """

    keys: KeyTokens = field(default_factory=KeyTokens)
    _: KW_ONLY
    final: Callable[[Sequence], Integers] = final_answer
    most: int = 10
    least: float = 0.01

    def __post_init__(self) -> None:
        """Refuse a bound that is no probability, and fewer variants than none."""
        if self.most < 0 or not 0 <= self.least < 1:
            raise ValueError(
                f"needs most >= 0 and 0 <= least < 1, got {self.most} and {self.least}"
            )

    @property
    def plan(self) -> Plan:
        """What finding the key tokens needs, and what could have been written there."""
        return self.keys.plan | Plan(top_k=TOP)

    def replacements(self, answer: Sequence) -> list[Replacement]:
        """What to read: the likeliest other tokens in place of key tokens, likeliest first.

        Of the `most` + k likeliest candidates at k places, each above `least`, those that were
        not written.
        """
        return likeliest_others(
            answer, self.keys(answer, self.final(answer)), self.most, self.least
        )

    def __call__(self, evidence: Many[Evidence]) -> Score:
        """The doubt."""
        first, *rest = ways(evidence, least=1)
        answer = first.answer
        logp = -surprises(answer)
        final = self.final(answer)
        keys = self.keys(answer, final)
        wanted = likeliest_others(answer, keys, self.most, self.least)
        read = [-surprises(s)[: len(logp)] for s in distinct_variants(answer, rest, keys)]
        counted = np.union1d(keys, final)
        total = logsumexp(np.array([v[counted].sum() for v in (logp, *read)]))
        parts = {
            "answer": doubt_of(logp[final].sum()),
            "text": doubt_of(logp[counted].sum()),
            "read": float(len(read)),
            "unread": float(max(len(wanted) - len(read), 0)),
        }
        return Score(doubt_of(float(total)), parts=parts)


def doubt_of(logp: float) -> float:
    """1 - p in [0, 1]; sums that round above 1 are 1."""
    return float(np.clip(-np.expm1(min(logp, 0.0)), 0.0, 1.0))


def likeliest_others(
    answer: Sequence, keys: Integers, most: int, least: float
) -> list[Replacement]:
    """Of the `most` + k likeliest candidates at k places, above `least`, those not written."""
    ids, logp = candidates(answer)  # [T, k]
    mine = written(logp, -surprises(answer))
    found = [
        (Replacement(int(t), int(ids[t, c]), float(logp[t, c])), bool(mine[t, c]))
        for t in keys
        for c in range(logp.shape[1])
        if np.exp(logp[t, c]) > least
    ]
    likeliest = sorted(found, key=lambda pair: -pair[0].logprob)[: most + len(keys)]
    return [replacement for replacement, own in likeliest if not own]


def variants(
    answer: Sequence, replacements: Many[Replacement], spell: Callable[[int], str]
) -> list[str]:
    """The answer's text with each one token replaced; `spell` says what a token id writes.

    Raises:
        Missing: nobody recorded where the tokens stand in the text.
    """
    if answer.offsets is None:
        raise Missing("no character offsets of the tokens, so none can be replaced")
    texts = []
    for replacement in replacements:
        start, end = answer.offsets[replacement.place]
        texts.append(answer.text[:start] + spell(replacement.id) + answer.text[end:])
    return texts


def distinct_variants(answer: Sequence, readings: Many[Evidence], keys: Integers) -> list[Sequence]:
    """Readings that differ from the answer in one key token, each once.

    Only these are disjoint from the answer and from each other, so that their sum is a
    probability. A reading may go on where the answer was cut.
    """
    found: dict[tuple[str, ...], Sequence] = {}
    for reading in readings:
        tokens = reading.answer.tokens[: len(answer.tokens)]
        place = differences(tokens, answer.tokens)
        if len(tokens) == len(answer.tokens) and len(place) == 1 and place[0] in keys:
            found.setdefault(tokens, reading.answer)
    return list(found.values())


def differences(some: Many[str], others: Many[str]) -> list[int]:
    """Places at which two texts have other tokens."""
    return [t for t, (a, b) in enumerate(zip(some, others, strict=False)) if a != b]
