"""BayesLoRA [doyle2025]: dropout in the low-rank branch stays on, and nowhere else."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor, nn

from dubito.evidence import Integers
from dubito.nn.low_rank_laws import BranchDropout, Law
from dubito.posterior.passes import Logits, member_logp
from dubito.posterior.predictive import Predictive, predictive_classes

DROPPED = BranchDropout(0.1)
ACT, ASK, DEFER = 0, 1, 2


class BayesLoRA:
    """Doubt about what an adapter learnt: N passes with its branch dropped out, the rest fixed.

    Train the adapter with this dropout (`lora_dropout` of PEFT), or the spread says nothing. It
    grows with the size of the input, and is 0 where the branch does not reach: not every strange
    input looks doubtful.

    Fitted on familiar inputs: `cuts_`, two quantiles of their epistemic doubt; a guardrail acts
    below the first, asks or looks things up up to the second and hands over above it.
    Differs: one mask a pass and layer for all rows and tokens, so that a pass is one adapter;
    quantiles and gate are our completion. Later versions, which learn a rank's noise: left out.
    """

    def __init__(
        self,
        law: Law = DROPPED,
        *,
        passes: int = 30,
        levels: tuple[float, float] = (0.9, 0.99),
        seed: int = 0,
    ) -> None:
        if passes < 2 or not 0 <= levels[0] <= levels[1] <= 1:
            raise ValueError(
                f"two passes or more and rising levels in [0, 1], got {passes} and {levels}"
            )
        self.law = law
        self.passes = passes
        self.levels = levels
        self.seed = seed

    def predict(self, model: nn.Module, logits: Logits, x: Tensor) -> Predictive:
        """Of inputs [B, ...]: mean log-probabilities, doubts in nats."""
        drawn = member_logp(model, logits, x, self.law, members=self.passes, seed=self.seed)
        return predictive_classes(drawn)

    def fit(self, model: nn.Module, logits: Logits, familiar: Sequence[Tensor]) -> Self:
        """Read the two thresholds off batches of inputs [B, ...] like those it was tuned on."""
        if not len(familiar):
            raise ValueError("no familiar inputs: give at least one batch")
        doubts = [self.predict(model, logits, x).epistemic.ravel() for x in familiar]
        self.cuts_ = np.quantile(np.concatenate(doubts), self.levels)
        return self

    def gate(self, epistemic: ArrayLike) -> Integers:
        """For each doubt [B]: 0 act, 1 ask or retrieve, 2 hand over."""
        return np.searchsorted(self.cuts_, np.asarray(epistemic, dtype=np.float64), side="left")
