"""URME [lou2024]: where several uncertain reward models disagree, and what is then left out."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from dubito.align.reward_ensemble import Rewards
from dubito.nn.gaussian_head import Gaussian


class Gaps(NamedTuple):
    """Where M models disagree about B answers: [B], >= 0, units of reward, higher = less sure.

    Ranges over the members, which grow with M: compare them for one M.
    """

    reward: Tensor  # of what they expect
    deviation: Tensor  # of how noisy they find it
    noisiest: Tensor  # the largest deviation


def gaps(said: Gaussian) -> Gaps:
    """Of rewards and deviations [M, B]; identical members have none."""
    sd = said.sd
    return Gaps(
        said.mean.amax(dim=0) - said.mean.amin(dim=0),
        sd.amax(dim=0) - sd.amin(dim=0),
        sd.amax(dim=0),
    )


def surest(doubt: Tensor, share: float) -> Tensor:
    """Which of B answers are among the `share` that is doubted least; [B] -> bool [B].

    Before the best of n is taken, or for the pairs that preferences are learnt from.

    Raises:
        ValueError: a share outside of (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must lie in (0, 1], got {share}")
    return doubt <= doubt.quantile(share)


@dataclass(frozen=True)
class SurestRewards:
    """Mean reward of the share of a batch's answers that the models agree on most, NaN for others.

    Goes to `EnsembleReward` as what shapes the reward. An answer with NaN leaves its group.
    """

    share: float = 0.8

    def __call__(self, rewards: Rewards) -> Tensor:
        """The rewards, [B]."""
        return rewards.mean.masked_fill(~surest(rewards.spread, self.share), torch.nan)
