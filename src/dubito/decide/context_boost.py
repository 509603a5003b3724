"""Tokens of the context are raised where the model hesitates and looks at them [huang2025]."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats, Integers
from dubito.maths.context_use import utilisation, within_rank
from dubito.maths.entropy import entropy, log_normalise


class ContextUse(NamedTuple):
    """What a detector says of the C distinct tokens of a context at one step."""

    ids: Integers  # [C]
    used: np.ndarray  # [C] bool
    weight: Floats  # [C] by attention


class Boosted(NamedTuple):
    """One step: scores to choose the next token by, and why."""

    scores: Floats  # [V] log of P + alpha H U; not normalised
    utilisation: Floats  # [C] sums to 1, or all 0: nothing was raised
    entropy: float  # H in [0, 1]


@dataclass(frozen=True)
class ContextBoost:
    """P + alpha * H * U: next-token law, normalised entropy, utilisation of the context.

    H in [0, 1] is the entropy over log V, so a sure model is left alone. U is spread over the
    context's tokens that the detector calls used and that are among the `top_rank` likeliest;
    where there are none the step is an ordinary one. So is a step whose likeliest token is one
    of `ends` (end of text, line break, space), but with `one_token`, where a single token is to be
    said and the likeliest used one is taken.

    Differs: logs of the sums, so that a sampler draws from the renormalised law.
    """

    alpha: float = 2.0  # 4 for models tuned to chat
    top_rank: int = 10
    ends: frozenset[int] = frozenset()
    one_token: bool = False

    def __post_init__(self) -> None:
        """Refuse a boost that lowers."""
        if not 0 <= self.alpha < math.inf or self.top_rank < 1:
            raise ValueError(
                f"alpha must be at least 0 and finite and top_rank at least 1, got {self.alpha} "
                f"and {self.top_rank}"
            )

    def __call__(self, logits: ArrayLike, use: ContextUse) -> Boosted:
        """The step of next-token logits [V].

        Raises:
            ValueError: NaN among the logits.
        """
        logp = log_normalise(logits)  # [V]
        if np.isnan(logp).any():
            raise ValueError("logits hold NaN: a model in half precision may have overflowed")
        hesitation = float(entropy(logp)) / math.log(len(logp)) if len(logp) > 1 else 0.0
        used = use.used & within_rank(logp, use.ids, rank=self.top_rank)
        share = utilisation(use.weight, used)  # [C]
        raised = np.full_like(logp, -np.inf)
        with np.errstate(divide="ignore"):  # log 0 of tokens that are not raised
            raised[use.ids] = np.log(share)
            gain = raised + np.log(self.alpha * hesitation)
        if int(logp.argmax()) in self.ends:
            alone = self.one_token and share.any()
            return Boosted(raised if alone else logp, share, hesitation)
        return Boosted(np.logaddexp(logp, gain), share, hesitation)
