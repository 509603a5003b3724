"""What a learned rule of deferral reads from the small model's answer [gupta2024]."""

from dataclasses import dataclass

import numpy as np

from dubito.decide.chow_quantile import bounded
from dubito.evidence import Evidence, Floats, Plan, measured

# Fine where the least likely tokens are, coarse above.
GRID = (*(k / 100 for k in range(11)), *(k / 10 for k in range(2, 11)))


@dataclass(frozen=True)
class DeferralFeatures:
    """Features [F] of one answer: 20 quantiles of its log-probabilities, their sum and mean, nats.

    `depths` adds hidden states at these depths of the small model, that after the prompt and the
    mean over the answer's tokens (Embed-1). What an early layer of the large model shows
    (Embed-1+2) is measured elsewhere: append it as further columns. Surprise counts up to 100.
    """

    depths: tuple[float, ...] = ()

    @property
    def plan(self) -> Plan:
        """Log-probabilities, and hidden states where depths are given."""
        return Plan(logprobs=True, hidden=self.depths)

    def __call__(self, evidence: Evidence) -> Floats:
        """The row of this answer; `Missing` where the evidence lacks what it needs."""
        logp = -bounded(evidence.answer)  # [T] no padding among them
        told = [np.quantile(logp, GRID), [logp.sum(), logp.mean()]]
        if self.depths:
            hidden = measured(evidence.answer.hidden, "hidden").values  # [L, 1 + T, d]
            told += [hidden[:, 0].ravel(), hidden[:, 1:].mean(axis=1).ravel()]
        return np.concatenate(told)
