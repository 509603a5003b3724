"""Entropy of the next-token distributions, pooled over the answer [fomicheva2020, manakul2023]."""

from dataclasses import dataclass

import numpy as np

from dubito.estimate.tokens import Pool, pooled_entropy
from dubito.evidence import Evidence, Plan, Score


@dataclass(frozen=True)
class TokenEntropy:
    """Mean entropy of a token in [0, log V], nats; `pool=np.max` takes the most open choice.

    What token was chosen does not matter. Of top-k distributions the doubt is a lower bound,
    and `bounds` holds it and the upper one.
    """

    pool: Pool = np.mean

    @property
    def plan(self) -> Plan:
        """Full distributions."""
        return Plan(distribution=True)

    def __call__(self, evidence: Evidence) -> Score:
        """Pool over the tokens."""
        return pooled_entropy(evidence.answer, self.pool)
