"""A proposition and what speaks for and against it: the exact odds, and what annotators say."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import expit

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

PRIORS, FEWEST, MOST = 5, 3, 6


@dataclass(frozen=True, eq=False)
class EvidenceLists:
    """N contexts: a prior and 3 to 6 different pieces of evidence, each with a likelihood ratio.

    A context is the tokens [nothing .. nothing, prior, piece .. piece, ask], all of one length.
    Token 0 says nothing, then come the priors, the pieces, and the token that asks.
    """

    tokens: Integers  # [N, 8]
    truth: Floats  # [N] in (0, 1), the probability that follows from prior and evidence
    scores: Floats  # [N, 3] in [0, 1], what each annotator says; NaN where one says nothing
    tuning: Flags  # [N] True: to learn from, False: to judge by
    ratios: Floats  # [pieces] log-likelihood ratio of each piece, nats

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return 2 + PRIORS + len(self.ratios)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same contexts; each of those to learn from gets the scores of another."""
        scores = self.scores.copy()
        rows = np.flatnonzero(self.tuning)
        scores[rows] = scores[rng.permutation(rows)]
        changes: dict[str, Any] = {"scores": scores}
        return replace(self, **changes)


def evidence_lists(
    seed: int, *, n: int = 6000, judged: int = 1000, pieces: int = 12, noise: float = 0.08
) -> EvidenceLists:
    """n contexts to learn from and `judged` more; one of three annotators is missing at times.

    Log odds of the priors are evenly spaced in -1 .. 1, ratios in -1.5 .. 1.5. Annotators are off
    by Gaussian noise, cut to [0, 1]; in 3 of 10 contexts one of them, by chance, says nothing.

    Raises:
        ValueError: fewer pieces than a context may have.
    """
    if pieces < MOST:
        raise ValueError(f"pieces must be at least {MOST}, got {pieces}")
    rng, total = np.random.default_rng(seed), n + judged
    ratios = rng.permutation(np.linspace(-1.5, 1.5, pieces))  # [pieces]
    order = rng.permuted(np.tile(np.arange(pieces), (total, 1)), axis=1)[:, :MOST]  # [N, 6]
    there = np.arange(MOST) >= MOST - rng.integers(FEWEST, MOST + 1, size=total)[:, None]  # [N, 6]
    prior = rng.integers(PRIORS, size=total)  # [N]
    log_odds = np.linspace(-1, 1, PRIORS)[prior] + (ratios[order] * there).sum(axis=1)
    truth = expit(log_odds)
    scores = np.clip(truth[:, None] + noise * rng.standard_normal((total, 3)), 0, 1)
    silent = np.flatnonzero(rng.random(total) < 0.3)
    scores[silent, rng.integers(3, size=len(silent))] = np.nan
    return EvidenceLists(
        written(prior, order, there, ask=1 + PRIORS + pieces),
        truth,
        scores,
        tuning=np.arange(total) < n,
        ratios=ratios,
    )


def written(prior: Integers, order: Integers, there: Flags, *, ask: int) -> Integers:
    """Tokens of contexts, [N], [N, 6], [N, 6] -> [N, 8]; the prior right before the evidence."""
    body = np.column_stack([np.zeros(len(prior), dtype=np.int64), order + 1 + PRIORS])  # [N, 7]
    body[:, 1:][~there] = 0
    body[np.arange(len(prior)), (~there).sum(axis=1)] = prior + 1
    return np.column_stack([body, np.full(len(prior), ask)])
