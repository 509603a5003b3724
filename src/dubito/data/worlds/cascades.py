"""Answers of a small model in which two tokens decide, beside a large model of known quality."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Evidence, Floats, Sequence

LARGE = 0.92  # quality of the large model on every prompt


@dataclass(frozen=True, eq=False)
class Pairs:
    """N prompts that two models answer; the first `fitted` of them are there to learn from."""

    evidence: tuple[Evidence, ...]  # N of the small model, with log-probabilities
    small: Floats  # [N] quality in [0, 1]
    large: Floats  # [N]
    fitted: int

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each prompt gets another's two qualities."""
        order = rng.permutation(len(self.small))
        changes: dict[str, Any] = {"small": self.small[order], "large": self.large[order]}
        return replace(self, **changes)


def pairs(seed: int, *, fitted: int = 3000, judged: int = 4000) -> Pairs:
    """Answers of 4 to 60 tokens: fillers with p ~ Beta(12, 1), and two that bear the answer.

    These stand anywhere but at the beginning, have p ~ Beta(2, 1.2), and are right with just that
    probability; the small model's quality is their right share. Half of all answers begin with a
    choice of style, p ~ U(0.1, 0.5), which says nothing about right and wrong.
    """
    rng = np.random.default_rng(seed)
    evidence, small = [], []
    for _ in range(fitted + judged):
        p = np.maximum(rng.beta(12, 1, int(rng.integers(4, 61))), 1e-12)
        bearing = 1 + rng.choice(len(p) - 1, size=2, replace=False)
        p[bearing] = np.maximum(rng.beta(2, 1.2, 2), 1e-12)
        small.append((rng.uniform(size=2) < p[bearing]).mean())
        if rng.uniform() < 0.5:
            p[0] = rng.uniform(0.1, 0.5)
        tokens = tuple(f"w{t}" for t in range(len(p)))
        evidence.append(Evidence("?", Sequence(" ".join(tokens), tokens, logprobs=np.log(p))))
    large = np.full(len(small), LARGE)
    return Pairs(tuple(evidence), np.array(small), large, fitted)
