"""A learner in context that knows half of the rules and learns one from each worked solution."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Integers

RULES, DIGITS = 16, 10  # each symbol stands for a digit
SURE = 0.9  # how often the learner gives the digit of a rule that it knows; else any digit


@dataclass(frozen=True, eq=False)
class SymbolRules:
    """E episodes: the answers drawn to a pool of questions and to others, before any solution."""

    rule: Integers  # [E, RULES] digit of each symbol
    known: Flags  # [E, RULES]
    pool: Integers  # [E, M] symbol that each question of the pool asks for
    drawn: Integers  # [E, M, k] answers to it
    asked: Integers  # [E, Q] symbols of the questions to judge by
    replies: Integers  # [E, Q, k]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each question of a pool asks for another's symbol."""
        changes: dict[str, Any] = {"pool": rng.permuted(self.pool, axis=1)}
        return replace(self, **changes)


def replied(
    rule: Integers, known: Flags, asked: Integers, k: int, rng: np.random.Generator
) -> Integers:
    """k answers [E, Q, k] to questions for symbols [E, Q]."""
    shape = (*asked.shape, k)
    right = np.take_along_axis(rule, asked, axis=1)[..., None]
    knows = np.take_along_axis(known, asked, axis=1)[..., None]
    says = knows & (rng.uniform(size=shape) < SURE)
    return np.where(says, right, rng.integers(DIGITS, size=shape))


def symbol_rules(
    seed: int, *, episodes: int = 20, pool: int = 64, questions: int = 400, answers: int = 10
) -> SymbolRules:
    """Half of the symbols are known; the symbols of all questions are drawn evenly."""
    rng = np.random.default_rng(seed)
    rule = rng.integers(DIGITS, size=(episodes, RULES))
    known = rng.permuted(np.tile(np.arange(RULES) < RULES // 2, (episodes, 1)), axis=1)
    symbols = rng.integers(RULES, size=(episodes, pool))
    asked = rng.integers(RULES, size=(episodes, questions))
    return SymbolRules(
        rule,
        known,
        symbols,
        replied(rule, known, symbols, answers, rng),
        asked,
        replied(rule, known, asked, answers, rng),
    )
