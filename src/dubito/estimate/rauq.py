"""RAUQ [vazhentsev2025]: confidence that falls where a head stops looking at the token before."""

import math
from dataclasses import dataclass

import numpy as np

from dubito.estimate.attended import MIDDLE, attended
from dubito.estimate.tokens import pooled, surprises
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.maths.attention import to_previous


@dataclass(frozen=True)
class RAUQ:
    """Doubt >= 0 in nats: mean of -log c, where c is a confidence that runs along the answer.

    c_1 = p_1 and c_t = alpha p_t + (1 - alpha) a_t c_{t-1}; a_t is the weight that token t puts
    on token t - 1, in the head that looks back most over this answer. Each layer gives a doubt,
    and the greatest counts. alpha = 1 is the mean surprise, whatever the heads do.
    Differs: layers are chosen by depth, so a model with other than 31 layers has some of its
    middle third twice or not at all; which layer is twice does not change the greatest.
    """

    alpha: float = 0.2
    depths: tuple[float, ...] = MIDDLE

    def __post_init__(self) -> None:
        """Refuse a share outside (0, 1], and no layer."""
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha must be in (0, 1], got {self.alpha}")
        if not self.depths:
            raise ValueError("depths must name at least one layer, got none")

    @property
    def plan(self) -> Plan:
        """Log-probabilities and the attention of the middle layers."""
        return Plan(logprobs=True, attention=self.depths)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        logp = -surprises(evidence.answer)  # [T]
        back = to_previous(attended(evidence.answer, len(logp)))  # [L, H, T - 1]
        head = back.sum(axis=-1).argmax(axis=-1)  # [L]
        looks = back[np.arange(len(back)), head].astype(np.float64)  # [L, T - 1]
        doubts = -log_confidence(logp, looks, alpha=self.alpha)  # [L, T]
        return pooled(doubts[doubts.mean(axis=1).argmax()], np.mean)


def log_confidence(logp: Floats, looks: Floats, *, alpha: float) -> Floats:
    """log c of each token in each layer, nats <= 0: [T], [L, T - 1] -> [L, T].

    In logs throughout, so that it does not end at 0 where probabilities are tiny.
    """
    with np.errstate(divide="ignore"):
        carried = np.log((1 - alpha) * looks)  # [L, T - 1]
    own = math.log(alpha) + logp[1:]  # [T - 1]
    out = np.empty((len(looks), len(logp)))
    out[:, 0] = logp[0]
    for t in range(1, len(logp)):
        out[:, t] = np.logaddexp(own[t - 1], carried[:, t - 1] + out[:, t - 1])
    return out
