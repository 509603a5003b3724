"""Sharing between tasks: experts, fusion, balance, groups."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.multitask.methods import METHODS

if TYPE_CHECKING:
    from dubito.multitask.adatt import AdaTT
    from dubito.multitask.balancer import (
        Balanced,
        Balancer,
        by_task,
        equal_weights,
        every_task,
        parameter_groups,
    )
    from dubito.multitask.home import HoME
    from dubito.multitask.multi_gate import MultiGate
    from dubito.multitask.orthogonal_experts import OrthogonalExperts
    from dubito.multitask.prompt_clusters import PromptClusters
    from dubito.multitask.rank_one_experts import (
        MoR1E,
        RankOneExperts,
        guided,
        guided_by_column,
    )
    from dubito.multitask.surgery import surgery
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

# All of them need torch: found when first asked for.
HOMES = {
    "GAUSSIAN": "dubito.multitask.uncertainty_weighting",
    "LAPLACE": "dubito.multitask.uncertainty_weighting",
    "SOFTMAX": "dubito.multitask.uncertainty_weighting",
    "AdaTT": "dubito.multitask.adatt",
    "Balanced": "dubito.multitask.balancer",
    "Balancer": "dubito.multitask.balancer",
    "Explored": "dubito.multitask.task_level_moe",
    "HoME": "dubito.multitask.home",
    "Likelihood": "dubito.multitask.uncertainty_weighting",
    "MoR1E": "dubito.multitask.rank_one_experts",
    "MultiGate": "dubito.multitask.multi_gate",
    "OrthogonalExperts": "dubito.multitask.orthogonal_experts",
    "PromptClusters": "dubito.multitask.prompt_clusters",
    "RankOneExperts": "dubito.multitask.rank_one_experts",
    "TaskRouter": "dubito.multitask.task_level_moe",
    "UncertaintyWeighting": "dubito.multitask.uncertainty_weighting",
    "analytic_weighting": "dubito.multitask.uncertainty_weighting",
    "average_routes": "dubito.multitask.task_level_moe",
    "by_task": "dubito.multitask.balancer",
    "drawn_routes": "dubito.multitask.task_level_moe",
    "equal_weights": "dubito.multitask.balancer",
    "every_task": "dubito.multitask.balancer",
    "guided": "dubito.multitask.rank_one_experts",
    "guided_by_column": "dubito.multitask.rank_one_experts",
    "hard_routes": "dubito.multitask.task_level_moe",
    "parameter_groups": "dubito.multitask.balancer",
    "soft_routes": "dubito.multitask.task_level_moe",
    "surgery": "dubito.multitask.surgery",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "GAUSSIAN",
    "LAPLACE",
    "METHODS",
    "SOFTMAX",
    "AdaTT",
    "Balanced",
    "Balancer",
    "Explored",
    "HoME",
    "Likelihood",
    "MoR1E",
    "MultiGate",
    "OrthogonalExperts",
    "PromptClusters",
    "RankOneExperts",
    "TaskRouter",
    "UncertaintyWeighting",
    "analytic_weighting",
    "average_routes",
    "by_task",
    "drawn_routes",
    "equal_weights",
    "every_task",
    "guided",
    "guided_by_column",
    "hard_routes",
    "parameter_groups",
    "soft_routes",
    "surgery",
]
