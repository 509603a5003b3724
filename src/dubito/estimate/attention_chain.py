"""Attention chain [li2025b]: the surprise of the few tokens that a final answer stands on."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from dubito.estimate.attended import THROUGHOUT, attended
from dubito.estimate.backtrack import backtrack
from dubito.estimate.final_answer import final_answer
from dubito.estimate.keywords import is_filler
from dubito.estimate.tokens import of_tokens, surprises
from dubito.evidence import Evidence, Floats, Integers, Plan, Score, Sequence, measured
from dubito.maths.attention import sharpest_looks


@dataclass(frozen=True)
class KeyTokens:
    """Finds the tokens that the final answer of a text stands on.

    Attention is followed back from the final answer (`backtrack`); of the chain the `keys`
    tokens stay whose hidden state is most like those of the final answer, on average over them
    by cosine, and at least `similarity`. A token's state is the one that it was written from.
    Differs: words of grammar are a shorter list; layers are chosen by depth.
    """

    heads: int = 16
    _: KW_ONLY
    keys: int = 10
    similarity: float = 0.0
    branches: int = 3
    threshold: float = 0.5
    least: int = 5
    depths: tuple[float, ...] = THROUGHOUT

    def __post_init__(self) -> None:
        """Refuse counts below 1, and no layer."""
        for name, count in (
            ("heads", self.heads),
            ("keys", self.keys),
            ("branches", self.branches),
        ):
            if count < 1:
                raise ValueError(f"{name} must be at least 1, got {count}")
        if not self.depths:
            raise ValueError("depths must name at least one layer, got none")

    @property
    def plan(self) -> Plan:
        """Log-probabilities, attention, and the last layer's states."""
        return Plan(logprobs=True, attention=self.depths, hidden=(1.0,))

    def chain(self, answer: Sequence, final: Integers) -> Integers:
        """Tokens of the whole chain without the final answer, rising."""
        tokens = len(surprises(answer))
        looks = sharpest_looks(attended(answer, tokens), heads=self.heads)  # [T, P + T]
        skipped = np.array([is_filler(t) for t in answer.tokens], dtype=bool)
        found = backtrack(
            looks,
            final,
            skipped,
            branches=self.branches,
            threshold=self.threshold,
            least=self.least,
        )
        return np.setdiff1d(found, final)

    def alike(self, answer: Sequence, chain: Integers, final: Integers) -> Integers:
        """The key tokens among those of a chain, rising, at most `keys`."""
        states = of_tokens(measured(answer.hidden, "hidden").values[-1], "hidden")  # [1 + T, d]
        near = mean_cosine(states[chain], states[final])
        return most_similar(chain, near, keys=self.keys, least=self.similarity)

    def __call__(self, answer: Sequence, final: Integers) -> Integers:
        """The key tokens of a final answer, rising, at most `keys`."""
        return self.alike(answer, self.chain(answer, final), final)


@dataclass(frozen=True)
class AttentionChain:
    """Doubt >= 0 in nats: surprise of the final answer and of the tokens that it stands on.

    The final answer alone looks certain, since it repeats what was reasoned; the whole text is
    doubtful for its wording. `tokens` are the terms, 0 elsewhere. Parts: `answer`, the final
    answer's surprise; `chain`, that of it and the chain before the most similar were chosen.
    Differs: no replacements are read (`UQAC` does), so the doubt is the paper's cheaper variant
    by similarity.
    """

    keys: KeyTokens = field(default_factory=KeyTokens)
    final: Callable[[Sequence], Integers] = final_answer

    @property
    def plan(self) -> Plan:
        """What finding the key tokens needs."""
        return self.keys.plan

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        surprise = surprises(evidence.answer)  # [T]
        final = self.final(evidence.answer)
        chain = self.keys.chain(evidence.answer, final)
        counted = np.union1d(self.keys.alike(evidence.answer, chain, final), final)
        terms = np.zeros_like(surprise)
        terms[counted] = surprise[counted]
        answer = float(surprise[final].sum())
        parts = {"answer": answer, "chain": answer + float(surprise[chain].sum())}
        return Score(float(terms.sum()), tokens=tuple(terms.tolist()), parts=parts)


def mean_cosine(rows: Floats, others: Floats) -> Floats:
    """Mean over the others of the cosine with each row, in [-1, 1]: [N, d], [M, d] -> [N]."""
    return (unit(rows) @ unit(others).T).mean(axis=1)


def unit(rows: Floats) -> Floats:
    """Rows of length 1; a row of zeros stays, and is like nothing."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)


def most_similar(tokens: Integers, similarity: Floats, *, keys: int, least: float) -> Integers:
    """The `keys` most similar of these tokens, none below `least`, rising."""
    best = np.argsort(-similarity, kind="stable")[:keys]
    return np.sort(tokens[best[similarity[best] >= least]])
