"""Rewards, preferences and policy gradients under doubt."""

from typing import TYPE_CHECKING

from dubito.align.methods import METHODS
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.align.diverse_members import diverse_loss, diversity
    from dubito.align.kl_terms import masked_mean, squared, unbiased
    from dubito.align.objective_rewards import ObjectiveRewards
    from dubito.align.penalty import DisagreementPenalty
    from dubito.align.pieces import Learning, Pieces, Rollout, informative
    from dubito.align.recap import RECAP, by_objective
    from dubito.align.reliable_policy import variance_aware_policy, variance_aware_step
    from dubito.align.replay import Replay
    from dubito.align.reward_ensemble import EnsembleReward, Rewards, RunningMean, ensemble_rewards
    from dubito.align.reward_gaps import Gaps, SurestRewards, gaps, surest
    from dubito.align.siren import Siren, fork_entropy
    from dubito.align.step_credit import empg
    from dubito.align.steps import ended_by, turns
    from dubito.align.trl_dpo import ComposedDPOTrainer
    from dubito.align.trl_grpo import ComposedGRPOTrainer
    from dubito.align.upo import UPO, Verdicts, both_orders, imitation, verdicts
    from dubito.align.urm import URM
    from dubito.align.variance_weights import VarianceWeights
    from dubito.align.vpo import VPO

# All of them need torch, and some TRL, which takes seconds to load: found when first asked for.
HOMES = {
    "ComposedDPOTrainer": "dubito.align.trl_dpo",
    "ComposedGRPOTrainer": "dubito.align.trl_grpo",
    "DisagreementPenalty": "dubito.align.penalty",
    "EnsembleReward": "dubito.align.reward_ensemble",
    "Gaps": "dubito.align.reward_gaps",
    "Learning": "dubito.align.pieces",
    "ObjectiveRewards": "dubito.align.objective_rewards",
    "Pieces": "dubito.align.pieces",
    "RECAP": "dubito.align.recap",
    "Replay": "dubito.align.replay",
    "Rewards": "dubito.align.reward_ensemble",
    "Rollout": "dubito.align.pieces",
    "RunningMean": "dubito.align.reward_ensemble",
    "Siren": "dubito.align.siren",
    "SurestRewards": "dubito.align.reward_gaps",
    "UPO": "dubito.align.upo",
    "URM": "dubito.align.urm",
    "VPO": "dubito.align.vpo",
    "VarianceWeights": "dubito.align.variance_weights",
    "Verdicts": "dubito.align.upo",
    "both_orders": "dubito.align.upo",
    "by_objective": "dubito.align.recap",
    "diverse_loss": "dubito.align.diverse_members",
    "diversity": "dubito.align.diverse_members",
    "empg": "dubito.align.step_credit",
    "ended_by": "dubito.align.steps",
    "ensemble_rewards": "dubito.align.reward_ensemble",
    "fork_entropy": "dubito.align.siren",
    "gaps": "dubito.align.reward_gaps",
    "imitation": "dubito.align.upo",
    "informative": "dubito.align.pieces",
    "masked_mean": "dubito.align.kl_terms",
    "squared": "dubito.align.kl_terms",
    "surest": "dubito.align.reward_gaps",
    "turns": "dubito.align.steps",
    "unbiased": "dubito.align.kl_terms",
    "variance_aware_policy": "dubito.align.reliable_policy",
    "variance_aware_step": "dubito.align.reliable_policy",
    "verdicts": "dubito.align.upo",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "RECAP",
    "UPO",
    "URM",
    "VPO",
    "ComposedDPOTrainer",
    "ComposedGRPOTrainer",
    "DisagreementPenalty",
    "EnsembleReward",
    "Gaps",
    "Learning",
    "ObjectiveRewards",
    "Pieces",
    "Replay",
    "Rewards",
    "Rollout",
    "RunningMean",
    "Siren",
    "SurestRewards",
    "VarianceWeights",
    "Verdicts",
    "both_orders",
    "by_objective",
    "diverse_loss",
    "diversity",
    "empg",
    "ended_by",
    "ensemble_rewards",
    "fork_entropy",
    "gaps",
    "imitation",
    "informative",
    "masked_mean",
    "squared",
    "surest",
    "turns",
    "unbiased",
    "variance_aware_policy",
    "variance_aware_step",
    "verdicts",
]
