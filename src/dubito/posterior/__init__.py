"""A distribution over weights instead of a point."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.posterior.methods import METHODS
from dubito.posterior.predictive import Predictive, predictive_classes, predictive_values

if TYPE_CHECKING:
    from dubito.posterior.bayes_lora import BayesLoRA
    from dubito.posterior.lora_ensemble import LoRAEnsemble
    from dubito.posterior.passes import member_logp
    from dubito.posterior.tfb import TFB

# These need torch: found when first asked for.
HOMES = {
    "TFB": "dubito.posterior.tfb",
    "BayesLoRA": "dubito.posterior.bayes_lora",
    "LoRAEnsemble": "dubito.posterior.lora_ensemble",
    "member_logp": "dubito.posterior.passes",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "TFB",
    "BayesLoRA",
    "LoRAEnsemble",
    "Predictive",
    "member_logp",
    "predictive_classes",
    "predictive_values",
]
