"""Which example to label, which task or arm to sample next."""

from typing import TYPE_CHECKING

from dubito.acquire.arms import Boltzmann, DoubleThompson, most_disputed_pair
from dubito.acquire.bal_pm import BALPM
from dubito.acquire.contrastive import Contrastive
from dubito.acquire.instructions import Example, Instruction
from dubito.acquire.methods import METHODS
from dubito.acquire.mpts import MPTS
from dubito.acquire.parts import Quotas, Subsampled
from dubito.acquire.plain import (
    PowerBALD,
    at_random,
    by_confidence,
    by_dispute,
    by_entropy,
    by_margin,
    by_value,
)
from dubito.acquire.pool import Pool, Query
from dubito.acquire.prompt_uncertainty import (
    AMBIGUOUS,
    DIFFICULT,
    EASY,
    PromptUncertainty,
    TaskPoint,
    task_kinds,
)
from dubito.acquire.taskshop import TaskShop, relative_change, transfer
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.acquire.particles import RewardParticles
    from dubito.acquire.task_risk import TaskRisk

# These need torch: found when first asked for.
HOMES = {
    "RewardParticles": "dubito.acquire.particles",
    "TaskRisk": "dubito.acquire.task_risk",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "AMBIGUOUS",
    "BALPM",
    "DIFFICULT",
    "EASY",
    "METHODS",
    "MPTS",
    "Boltzmann",
    "Contrastive",
    "DoubleThompson",
    "Example",
    "Instruction",
    "Pool",
    "PowerBALD",
    "PromptUncertainty",
    "Query",
    "Quotas",
    "RewardParticles",
    "Subsampled",
    "TaskPoint",
    "TaskRisk",
    "TaskShop",
    "at_random",
    "by_confidence",
    "by_dispute",
    "by_entropy",
    "by_margin",
    "by_value",
    "most_disputed_pair",
    "relative_change",
    "task_kinds",
    "transfer",
]
