"""Variance-aware RLHF [banerjee2024]: move away from the reference only where rewards agree."""

from dataclasses import dataclass, field

from torch import Tensor

from dubito.align.reward_ensemble import RunningMean


@dataclass
class VarianceWeights:
    """How much each of B answers weighs in the KL term: [B] -> [B], about 1 on average.

    The variance of its reward over the models, by the mean of all variances so far, held between
    `low` and `high`. So beta stays what it is without weights, and the pull to the reference is
    strong where the models disagree. The advantages are those of the mean reward.

    Goes to `masked_mean(squared(log_ratio), mask, weight)`, or times the trainer's own KL of each
    token. `seen_` is the running mean; it goes into a checkpoint and may be set from one. In
    evaluation it counts too: what a trainer then weighs moves the mean as well.

    Differs: normalising and holding are our completion; so is learning through the squared
    log-ratio, with which the policy that stands still is that of `variance_aware_policy`.
    """

    low: float = 0.1
    high: float = 10.0
    seen_: RunningMean = field(default_factory=RunningMean, init=False)

    def __post_init__(self) -> None:
        """Refuse bounds that leave nothing in between."""
        if not 0 <= self.low <= 1 <= self.high:
            raise ValueError(f"0 <= low <= 1 <= high needed, got {self.low} and {self.high}")

    def __call__(self, variance: Tensor) -> Tensor:
        """The weights; all 1 as long as there was no variance at all."""
        self.seen_ = self.seen_.after(variance)
        mean = self.seen_.mean
        relative = (
            variance.detach() / mean if mean > 0 else variance.detach().new_ones(variance.shape)
        )
        return relative.clamp(self.low, self.high)
