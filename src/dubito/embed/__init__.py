"""Embeddings that know how sure they are."""

from typing import TYPE_CHECKING

from dubito.embed.methods import METHODS
from dubito.embed.transfer import (
    Embedded,
    Transfer,
    mean_transfer,
    mixed,
    rises_when_cropped,
    tells_unseen,
    transferred,
)
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.embed.gaussians import (
        Gaussians,
        GaussianTower,
        covered,
        vagueness,
        without_tokens,
    )
    from dubito.embed.late_interaction import (
        Graph,
        SoftLateInteraction,
        Tokens,
        mean_pooled,
        padded,
    )
    from dubito.embed.prolip import InclusionTerms, Pairs, ProLIP, inclusion, overlap
    from dubito.embed.prompt_weights import PromptWeights, plain_prompts
    from dubito.embed.uncertainty_heads import (
        PredictedDoubt,
        class_entropy,
        inverse_length,
        loss_prediction,
        mc_infonce,
    )

# These need torch: found when first asked for.
HOMES = {
    "GaussianTower": "dubito.embed.gaussians",
    "Gaussians": "dubito.embed.gaussians",
    "Graph": "dubito.embed.late_interaction",
    "InclusionTerms": "dubito.embed.prolip",
    "Pairs": "dubito.embed.prolip",
    "PredictedDoubt": "dubito.embed.uncertainty_heads",
    "ProLIP": "dubito.embed.prolip",
    "PromptWeights": "dubito.embed.prompt_weights",
    "SoftLateInteraction": "dubito.embed.late_interaction",
    "Tokens": "dubito.embed.late_interaction",
    "class_entropy": "dubito.embed.uncertainty_heads",
    "covered": "dubito.embed.gaussians",
    "inclusion": "dubito.embed.prolip",
    "inverse_length": "dubito.embed.uncertainty_heads",
    "loss_prediction": "dubito.embed.uncertainty_heads",
    "mc_infonce": "dubito.embed.uncertainty_heads",
    "mean_pooled": "dubito.embed.late_interaction",
    "overlap": "dubito.embed.prolip",
    "padded": "dubito.embed.late_interaction",
    "plain_prompts": "dubito.embed.prompt_weights",
    "vagueness": "dubito.embed.gaussians",
    "without_tokens": "dubito.embed.gaussians",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "Embedded",
    "GaussianTower",
    "Gaussians",
    "Graph",
    "InclusionTerms",
    "Pairs",
    "PredictedDoubt",
    "ProLIP",
    "PromptWeights",
    "SoftLateInteraction",
    "Tokens",
    "Transfer",
    "class_entropy",
    "covered",
    "inclusion",
    "inverse_length",
    "loss_prediction",
    "mc_infonce",
    "mean_pooled",
    "mean_transfer",
    "mixed",
    "overlap",
    "padded",
    "plain_prompts",
    "rises_when_cropped",
    "tells_unseen",
    "transferred",
    "vagueness",
    "without_tokens",
]
