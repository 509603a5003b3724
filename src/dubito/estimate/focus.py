"""Focus [zhang2023]: the doubt of names and numbers, which inherit that of what they look at."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.attended import THROUGHOUT, attended
from dubito.estimate.candidates import likely_choices
from dubito.estimate.keywords import keyword_tokens
from dubito.estimate.token_idf import equally_rare
from dubito.evidence import Evidence, Floats, Integers, Plan, Score, Sequence
from dubito.maths.attention import among_answer
from dubito.maths.entropy import entropy, log_normalise


@dataclass(frozen=True)
class Focus:
    """Doubt >= 1: mean over keywords of -log p + exp(H) and of gamma times what they look at.

    A token's own score is its surprise and the perplexity of its distribution, both over the
    candidates of p >= `least`, weighed by their rarity and scaled to sum 1. A keyword adds gamma
    times the mean score of the tokens before it, weighed by the greatest attention over all
    heads; so doubt flows on to what is built on it. Without a keyword: the mean own score.
    `tokens` are the scores, those of keywords with what they inherit.
    A written token below `least` is a candidate too.
    Differs: keywords are capitalised words and numbers, no named entities or nouns by a tagger;
    the candidates are among the `top_k` likeliest tokens; no type of entity is prompted for;
    without documents to count in (`fit_idf`) all tokens are equally rare.
    """

    gamma: float = 0.9
    _: KW_ONLY
    least: float = 0.01
    top_k: int = 10
    rarity: Callable[[Integers], Floats] = equally_rare
    depths: tuple[float, ...] = THROUGHOUT

    def __post_init__(self) -> None:
        """Refuse a share that is none, and no layer."""
        if not 0 <= self.gamma < 1:
            raise ValueError(f"gamma must be in [0, 1), so that doubt fades; got {self.gamma}")
        if not 0 <= self.least < 1:
            raise ValueError(f"least must be a probability below 1, got {self.least}")
        if self.top_k < 2:
            raise ValueError(f"top_k must be at least 2 to see a choice, got {self.top_k}")
        if not self.depths:
            raise ValueError("depths must name at least one layer, got none")

    @property
    def plan(self) -> Plan:
        """Log-probabilities, the likeliest tokens, and attention."""
        return Plan(logprobs=True, top_k=self.top_k, attention=self.depths)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        own = self.own_scores(evidence.answer)  # [T]
        weights = attended(evidence.answer, len(own))  # [L, H, T, P + T]
        keywords = keyword_tokens(evidence.answer)
        if not len(keywords):
            return Score(float(own.mean()), tokens=tuple(own.tolist()))
        strongest = among_answer(weights).max(axis=(0, 1)).astype(np.float64)  # [T, T]
        scores = inherited(own, strongest, keywords, gamma=self.gamma)
        return Score(float(scores[keywords].mean()), tokens=tuple(scores.tolist()))

    def own_scores(self, answer: Sequence) -> Floats:
        """-log p + exp(H) of each token over its candidates, [T] >= 1."""
        ids, logp, choice = likely_choices(answer, least=self.least)  # [T, C], [T, C], [T]
        corrected = log_normalise(logp + np.log(self.rarity(ids)))  # [T, C]
        surprise = 0.0 - corrected[np.arange(len(choice)), choice]
        return surprise + np.exp(entropy(corrected))


def inherited(own: Floats, looks: Floats, keywords: Integers, *, gamma: float) -> Floats:
    """Scores with what keywords take over from the tokens before them: [T], [T, T], [K] -> [T].

    Row t of `looks` holds the weights of token t on the answer's tokens; up to itself they are
    scaled to sum 1, so a token that looks at itself takes over less.
    """
    scores = own.copy()
    for t in keywords:
        total = looks[t, : t + 1].sum()
        share = looks[t, :t] / total if total > 0 else np.zeros(t)
        # An impossible token that is not looked at adds 0, not NaN.
        scores[t] += gamma * np.multiply(share, scores[:t], out=np.zeros(t), where=share > 0).sum()
    return scores
