"""Prompts that an ensemble has met often or seldom, each with open or with settled answers."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

PRIOR = 0.5  # weight of each token before anything was seen
OFTEN, SELDOM = 40, 6


@dataclass(frozen=True, eq=False)
class EnsembleWorld:
    """N prompts, what M members say of each token, and S answers of T tokens that they drew."""

    logp: Floats  # [N, M, T, V]; the same whatever was said before
    answers: Integers  # [N, S, T] drawn from the members' mean
    seldom: Flags  # [N] met seldom: the members have little to go by

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same members; each prompt gets another's exposure."""
        changes: dict[str, Any] = {"seldom": rng.permutation(self.seldom)}
        return replace(self, **changes)


def members(
    seed: int,
    *,
    prompts: int = 200,
    count: int = 6,
    answers: int = 10,
    tokens: int = 4,
    vocabulary: int = 8,
) -> EnsembleWorld:
    """Members are drawn from the Dirichlet posterior after 40 or 6 sights of each token.

    The truth behind the sights is Dirichlet(a), a log-uniform on [0.05, 5] for each prompt and
    drawn apart from its exposure: how open the answer is says nothing of what is known.
    """
    rng = np.random.default_rng(seed)
    seldom = rng.permutation(prompts) % 2 == 0
    shape = (tokens, vocabulary)
    logp, drawn = [], []
    for few in seldom:
        openness = np.exp(rng.uniform(np.log(0.05), np.log(5)))
        true = rng.dirichlet(np.full(vocabulary, openness), size=tokens)  # [T, V]
        weights = PRIOR + rng.multinomial(SELDOM if few else OFTEN, true)  # [T, V]
        gamma = np.maximum(rng.gamma(weights, size=(count, *shape)), 1e-12)  # [M, T, V]
        p = gamma / gamma.sum(axis=-1, keepdims=True)
        mean = p.mean(axis=0)  # [T, V]
        logp.append(np.log(p))
        drawn.append([[rng.choice(vocabulary, p=row) for row in mean] for _ in range(answers)])
    return EnsembleWorld(np.stack(logp), np.array(drawn), seldom)
