"""Pairs that were judged by a gold reward within few directions, and candidates beyond them."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

INPUTS, FAMILIAR = 24, 8  # numbers of an answer; directions that the pairs know
STRAY, FAR = 0.1, 2.0  # deviation across these; length of unfamiliar answers by familiar ones


@dataclass(frozen=True, eq=False)
class Seen:
    """What reward models and policies see: P judged pairs, and N prompts' candidates."""

    chosen: Floats  # [P, 24]
    rejected: Floats  # [P, 24]
    candidates: Floats  # [N, A, 24], the second half unfamiliar


@dataclass(frozen=True, eq=False)
class GoldRewards:
    """What is seen, and the rewards that the candidates should get."""

    seen: Seen
    gold: Floats  # [N, A] of mean 0 and deviation 1 on familiar answers
    weights: tuple[Floats, Floats]  # of the gold reward

    def rewarded(self, answers: Floats) -> Floats:
        """The gold reward of any answers, [..., 24] -> [...]."""
        return gold_reward(answers, self.weights)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same is seen; the gold rewards belong to other candidates."""
        changes: dict[str, Any] = {"gold": rng.permuted(self.gold, axis=1)}
        return replace(self, **changes)


def gold_reward(answers: Floats, weights: tuple[Floats, Floats]) -> Floats:
    """A tanh network's output."""
    return np.tanh(answers @ weights[0]) @ weights[1]


def gold_rewards(
    seed: int, *, pairs: int = 300, prompts: int = 40, candidates: int = 60
) -> GoldRewards:
    """Familiar answers lie near an 8-dimensional subspace; unfamiliar ones anywhere, twice as far.

    Pairs are judged by the Bradley-Terry law of twice the gold reward.

    Raises:
        ValueError: no pair, no prompt, or fewer than two candidates.
    """
    if min(pairs, prompts) < 1 or candidates < 2:
        raise ValueError(
            f"pairs, prompts and 2 candidates needed, got {pairs}, {prompts} and {candidates}"
        )
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(INPUTS, FAMILIAR)))[0].T * (INPUTS / FAMILIAR) ** 0.5

    def familiar(*shape: int) -> Floats:
        inside = rng.normal(size=(*shape, FAMILIAR)) @ basis
        return inside + STRAY * rng.normal(size=(*shape, INPUTS))

    inner, outer = rng.normal(size=(INPUTS, 32)) / INPUTS**0.5, rng.normal(size=32)
    reach = gold_reward(familiar(4000), (inner, outer))
    weights = inner, outer / reach.std()
    # An odd network of inputs around 0: its mean is 0 without being moved.
    x, y = familiar(pairs), familiar(pairs)
    lead = 2 * (gold_reward(x, weights) - gold_reward(y, weights))
    first = (rng.random(pairs) < 1 / (1 + np.exp(-lead)))[:, None]
    near = familiar(prompts, candidates - candidates // 2)
    far = FAR * rng.normal(size=(prompts, candidates // 2, INPUTS))
    answers = np.concatenate([near, far], axis=1)
    return GoldRewards(
        seen=Seen(np.where(first, x, y), np.where(first, y, x), answers),
        gold=gold_reward(answers, weights),
        weights=weights,
    )
