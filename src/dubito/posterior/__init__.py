"""A distribution over weights instead of a point."""

from typing import TYPE_CHECKING

from dubito.extras import lazy_names
from dubito.posterior.methods import METHODS
from dubito.posterior.predictive import Predictive, predictive_classes, predictive_values

if TYPE_CHECKING:
    from dubito.posterior.bayes_lora import BayesLoRA
    from dubito.posterior.credal_attention import (
        CredalAttention,
        evidential_attention,
        make_credal,
        vacuities,
    )
    from dubito.posterior.lora_ensemble import LoRAEnsemble
    from dubito.posterior.passes import member_logp
    from dubito.posterior.population import Population
    from dubito.posterior.swag import SWAG
    from dubito.posterior.swag_callback import CollectWeights
    from dubito.posterior.tfb import TFB

# These need torch: found when first asked for.
HOMES = {
    "SWAG": "dubito.posterior.swag",
    "TFB": "dubito.posterior.tfb",
    "BayesLoRA": "dubito.posterior.bayes_lora",
    "CollectWeights": "dubito.posterior.swag_callback",
    "CredalAttention": "dubito.posterior.credal_attention",
    "LoRAEnsemble": "dubito.posterior.lora_ensemble",
    "Population": "dubito.posterior.population",
    "evidential_attention": "dubito.posterior.credal_attention",
    "make_credal": "dubito.posterior.credal_attention",
    "member_logp": "dubito.posterior.passes",
    "vacuities": "dubito.posterior.credal_attention",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "SWAG",
    "TFB",
    "BayesLoRA",
    "CollectWeights",
    "CredalAttention",
    "LoRAEnsemble",
    "Population",
    "Predictive",
    "evidential_attention",
    "make_credal",
    "member_logp",
    "predictive_classes",
    "predictive_values",
    "vacuities",
]
