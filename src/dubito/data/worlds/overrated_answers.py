"""Pairs judged by a bent utility, and candidates of which a reward model overrates some."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.gold_rewards import gold_reward
from dubito.evidence import Floats

INPUTS, HIDDEN = 16, 32


@dataclass(frozen=True, eq=False)
class Round:
    """What a round of preference learning sees: P judged pairs, and N prompts' candidates."""

    chosen: Floats  # [P, 16]
    rejected: Floats  # [P, 16]
    candidates: Floats  # [N, A, 16]
    excess: Floats  # [N, A] to add to a reward model's scores, in their deviations


@dataclass(frozen=True, eq=False)
class OverratedAnswers:
    """What is seen, and what the candidates are truly worth."""

    seen: Round
    utility: Floats  # [N, A]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same is seen; the utilities belong to other candidates of their prompt."""
        changes: dict[str, Any] = {"utility": rng.permuted(self.utility, axis=1)}
        return replace(self, **changes)


def overrated_answers(
    seed: int,
    *,
    pairs: int = 300,
    prompts: int = 400,
    candidates: int = 6,
    share: float = 0.15,
    excess: float = 4.0,
) -> OverratedAnswers:
    """Answers N(0, 1); a random `share` of candidates is overrated by `excess` deviations.

    Pairs are judged by the Bradley-Terry law of twice the utility, a tanh network of deviation 1.

    Raises:
        ValueError: a share outside of [0, 1], or fewer than two candidates.
    """
    if not 0 <= share <= 1 or candidates < 2:
        raise ValueError(f"share in [0, 1] and 2 candidates needed, got {share} and {candidates}")
    rng = np.random.default_rng(seed)
    inner, outer = rng.normal(size=(INPUTS, HIDDEN)) / INPUTS**0.5, rng.normal(size=HIDDEN)
    scale = gold_reward(rng.normal(size=(4000, INPUTS)), (inner, outer)).std()
    weights = inner, outer / scale
    x, y = rng.normal(size=(2, pairs, INPUTS))
    lead = 2 * (gold_reward(x, weights) - gold_reward(y, weights))
    first = (rng.random(pairs) < 1 / (1 + np.exp(-lead)))[:, None]
    answers = rng.normal(size=(prompts, candidates, INPUTS))
    overrated = rng.random((prompts, candidates)) < share
    return OverratedAnswers(
        Round(np.where(first, x, y), np.where(first, y, x), answers, excess * overrated),
        gold_reward(answers, weights),
    )
