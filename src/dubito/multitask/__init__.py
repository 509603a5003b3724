"""Sharing between tasks: experts, fusion, balance, groups."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.multitask.methods import METHODS

if TYPE_CHECKING:
    from dubito.multitask.accumulated_gradients import ADAGRAD, ADAM, RMS, TAG, StepRule
    from dubito.multitask.adatt import AdaTT
    from dubito.multitask.affinity import (
        cosines,
        gradient_affinity,
        held_gradient,
        task_gradients,
    )
    from dubito.multitask.balancer import (
        Balanced,
        Balancer,
        by_task,
        equal_weights,
        every_task,
        fixed_weights,
        parameter_groups,
    )
    from dubito.multitask.bandit import Paid, TaskBandit
    from dubito.multitask.data_maps import DataMap, truth_confidence
    from dubito.multitask.grouping import groups, memberships
    from dubito.multitask.home import HoME
    from dubito.multitask.influence import Influence
    from dubito.multitask.multi_gate import MultiGate
    from dubito.multitask.orthogonal_experts import OrthogonalExperts
    from dubito.multitask.prompt_clusters import PromptClusters
    from dubito.multitask.rank_one_experts import (
        MoR1E,
        RankOneExperts,
        guided,
        guided_by_column,
    )
    from dubito.multitask.representation_saliency import RepMTL, Saliency
    from dubito.multitask.surgery import surgery
    from dubito.multitask.task_groups import TaskGroups, point_shares
    from dubito.multitask.task_level_moe import (
        Explored,
        TaskRouter,
        average_routes,
        drawn_routes,
        hard_routes,
        soft_routes,
    )
    from dubito.multitask.uncertainty_weighting import (
        GAUSSIAN,
        LAPLACE,
        SOFTMAX,
        Likelihood,
        UncertaintyWeighting,
        analytic_weighting,
    )

# Nearly all of them need torch: found when first asked for.
HOMES = {
    "ADAGRAD": "dubito.multitask.accumulated_gradients",
    "ADAM": "dubito.multitask.accumulated_gradients",
    "GAUSSIAN": "dubito.multitask.uncertainty_weighting",
    "LAPLACE": "dubito.multitask.uncertainty_weighting",
    "RMS": "dubito.multitask.accumulated_gradients",
    "SOFTMAX": "dubito.multitask.uncertainty_weighting",
    "TAG": "dubito.multitask.accumulated_gradients",
    "AdaTT": "dubito.multitask.adatt",
    "Balanced": "dubito.multitask.balancer",
    "Balancer": "dubito.multitask.balancer",
    "DataMap": "dubito.multitask.data_maps",
    "Explored": "dubito.multitask.task_level_moe",
    "HoME": "dubito.multitask.home",
    "Influence": "dubito.multitask.influence",
    "Likelihood": "dubito.multitask.uncertainty_weighting",
    "MoR1E": "dubito.multitask.rank_one_experts",
    "MultiGate": "dubito.multitask.multi_gate",
    "OrthogonalExperts": "dubito.multitask.orthogonal_experts",
    "Paid": "dubito.multitask.bandit",
    "PromptClusters": "dubito.multitask.prompt_clusters",
    "RankOneExperts": "dubito.multitask.rank_one_experts",
    "RepMTL": "dubito.multitask.representation_saliency",
    "Saliency": "dubito.multitask.representation_saliency",
    "StepRule": "dubito.multitask.accumulated_gradients",
    "TaskBandit": "dubito.multitask.bandit",
    "TaskGroups": "dubito.multitask.task_groups",
    "TaskRouter": "dubito.multitask.task_level_moe",
    "UncertaintyWeighting": "dubito.multitask.uncertainty_weighting",
    "analytic_weighting": "dubito.multitask.uncertainty_weighting",
    "average_routes": "dubito.multitask.task_level_moe",
    "by_task": "dubito.multitask.balancer",
    "cosines": "dubito.multitask.affinity",
    "drawn_routes": "dubito.multitask.task_level_moe",
    "equal_weights": "dubito.multitask.balancer",
    "every_task": "dubito.multitask.balancer",
    "fixed_weights": "dubito.multitask.balancer",
    "gradient_affinity": "dubito.multitask.affinity",
    "groups": "dubito.multitask.grouping",
    "guided": "dubito.multitask.rank_one_experts",
    "guided_by_column": "dubito.multitask.rank_one_experts",
    "hard_routes": "dubito.multitask.task_level_moe",
    "held_gradient": "dubito.multitask.affinity",
    "memberships": "dubito.multitask.grouping",
    "parameter_groups": "dubito.multitask.balancer",
    "point_shares": "dubito.multitask.task_groups",
    "soft_routes": "dubito.multitask.task_level_moe",
    "surgery": "dubito.multitask.surgery",
    "task_gradients": "dubito.multitask.affinity",
    "truth_confidence": "dubito.multitask.data_maps",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "ADAGRAD",
    "ADAM",
    "GAUSSIAN",
    "LAPLACE",
    "METHODS",
    "RMS",
    "SOFTMAX",
    "TAG",
    "AdaTT",
    "Balanced",
    "Balancer",
    "DataMap",
    "Explored",
    "HoME",
    "Influence",
    "Likelihood",
    "MoR1E",
    "MultiGate",
    "OrthogonalExperts",
    "Paid",
    "PromptClusters",
    "RankOneExperts",
    "RepMTL",
    "Saliency",
    "StepRule",
    "TaskBandit",
    "TaskGroups",
    "TaskRouter",
    "UncertaintyWeighting",
    "analytic_weighting",
    "average_routes",
    "by_task",
    "cosines",
    "drawn_routes",
    "equal_weights",
    "every_task",
    "fixed_weights",
    "gradient_affinity",
    "groups",
    "guided",
    "guided_by_column",
    "hard_routes",
    "held_gradient",
    "memberships",
    "parameter_groups",
    "point_shares",
    "soft_routes",
    "surgery",
    "task_gradients",
    "truth_confidence",
]
