"""Which example to label, which task or arm to sample next."""

from typing import TYPE_CHECKING

from dubito.acquire.arms import Boltzmann, DoubleThompson, most_disputed_pair
from dubito.acquire.bal_pm import BALPM
from dubito.acquire.methods import METHODS
from dubito.acquire.mpts import MPTS
from dubito.acquire.plain import PowerBALD, at_random, by_dispute, by_entropy, by_margin
from dubito.acquire.pool import Pool, Query
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
    "BALPM",
    "METHODS",
    "MPTS",
    "Boltzmann",
    "DoubleThompson",
    "Pool",
    "PowerBALD",
    "Query",
    "RewardParticles",
    "TaskRisk",
    "at_random",
    "by_dispute",
    "by_entropy",
    "by_margin",
    "most_disputed_pair",
]
