"""A next token that follows a rule, but for some first tokens only roughly; splits to overfit."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Integers

CONTEXT, NOISE = 5, 6  # tokens before the one to predict; a rough rule is off by 0 .. 5


@dataclass(frozen=True, eq=False)
class Drawn:
    """N contexts and what followed."""

    context: Integers  # [N, 5]
    following: Integers  # [N]


@dataclass(frozen=True, eq=False)
class NoisyRules:
    """The next token is rule[c1, c2], plus noise where c1 is rough, whatever the other three are.

    Three draws that share the rule: one to overfit, one to tune with, one to judge by.
    """

    vocabulary: int
    rule: Integers  # [V, V]
    rough: Integers  # the first tokens whose rule is rough
    first: Drawn
    fresh: Drawn
    judged: Drawn

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same training; each context to judge by was followed by another's token."""
        following = rng.permutation(self.judged.following)
        changes: dict[str, Any] = {"judged": replace(self.judged, following=following)}
        return replace(self, **changes)


def noisy_rules(
    seed: int,
    *,
    vocabulary: int = 24,
    rough: float = 0.45,
    first: int = 4000,
    fresh: int = 3000,
    judged: int = 4000,
) -> NoisyRules:
    """All tokens of a context are uniform; so many contexts in each draw.

    Raises:
        ValueError: a share of rough tokens outside of [0, 1].
    """
    if not 0 <= rough <= 1:
        raise ValueError(f"rough must be a share in [0, 1], got {rough}")
    rng = np.random.default_rng(seed)
    rule = rng.integers(vocabulary, size=(vocabulary, vocabulary))
    chosen = np.sort(rng.permutation(vocabulary)[: round(rough * vocabulary)])

    def draw(n: int) -> Drawn:
        context = rng.integers(vocabulary, size=(n, CONTEXT))
        off = rng.integers(NOISE, size=n) * np.isin(context[:, 0], chosen)
        return Drawn(context, (rule[context[:, 0], context[:, 1]] + off) % vocabulary)

    return NoisyRules(vocabulary, rule, chosen, draw(first), draw(fresh), draw(judged))
