"""UP-RLHF [zhai2023], the second half: a reward minus what its models disagree about."""

from dataclasses import dataclass, field

from torch import Tensor

from dubito.align.reward_ensemble import Rewards, RunningMean


@dataclass
class DisagreementPenalty:
    """Mean reward - weight (spread - mean spread of all answers so far): [B], in units of reward.

    An answer that the models find unfamiliar, and so disagree about, has to be good for more than
    that. The level leaves the reward's scale as it is; in a group's advantage it cancels. Goes to
    `EnsembleReward` as what shapes the reward. Members that learnt preferences need a `reference`
    there, or their offsets are taken for disagreement.

    `seen_` is the running mean; it goes into a checkpoint and may be set from one. In evaluation it
    counts too: what a trainer then scores moves the mean as well. The KL term is no part of the
    reward with this: add `masked_mean(squared(log_ratio), mask)` to the loss.

    Differs: the weight of the KL term is the caller's; it is the mean over tokens, where the paper
    squares the log-ratio of the whole answer.
    """

    weight: float = 1.0
    seen_: RunningMean = field(default_factory=RunningMean, init=False)

    def __post_init__(self) -> None:
        """Refuse what would reward disagreement."""
        if not self.weight >= 0:
            raise ValueError(f"weight must be at least 0, got {self.weight}")

    def __call__(self, rewards: Rewards) -> Tensor:
        """The penalised rewards; these answers count among those seen."""
        self.seen_ = self.seen_.after(rewards.spread)
        return rewards.mean - self.weight * (rewards.spread - self.seen_.mean)
