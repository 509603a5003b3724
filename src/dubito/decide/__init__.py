"""Probability in, action out."""

from typing import TYPE_CHECKING

from dubito.decide.active_prompt import ActivePrompt, Exemplar, exemplar_prompt, majority
from dubito.decide.adaptive import AdaptiveSampling
from dubito.decide.best_of_n import BordaVoting
from dubito.decide.cache_budgets import EntropyBudgets, layer_stages, stage_lengths
from dubito.decide.cascade import Cascade
from dubito.decide.checklist import ChecklistSelection
from dubito.decide.chow_quantile import ChowQuantile
from dubito.decide.concise import Chain, Concise
from dubito.decide.concise_pairs import ConcisePair, concise_pairs
from dubito.decide.conformal_pursuit import ConformalPursuit
from dubito.decide.context_boost import ContextBoost, ContextUse
from dubito.decide.context_examples import ContextQuestion, context_examples
from dubito.decide.cuts import Cuts, cuts_at_shares, cuts_by_labels
from dubito.decide.deferral_features import DeferralFeatures
from dubito.decide.dialogue import Dialogue, ask
from dubito.decide.dynamic_retrieval import DynamicRetrieval
from dubito.decide.final_outcome import final_outcome
from dubito.decide.information_pursuit import InformationPursuit
from dubito.decide.inquiry import Inquiry
from dubito.decide.methods import METHODS
from dubito.decide.sample_selection import MinimumBayesRisk, MostLikely
from dubito.decide.selective import RiskControl
from dubito.decide.sugar import Sugar
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.decide.cache_compression import cache_bytes, compress
    from dubito.decide.context_decoding import ModelReader, end_like, leaning_on, marked
    from dubito.decide.context_detector import ContextUseDetector
    from dubito.decide.deferral import LearnedDeferral
    from dubito.decide.expert_decoding import FusedExperts
    from dubito.decide.grouped_attention import grouped_attention
    from dubito.decide.latent_rewards import LatentRM
    from dubito.decide.local_reasoner import LocalReasoner
    from dubito.decide.logit_fusion import LogitFusion
    from dubito.decide.prefill_pruning import pruned_prefill

# These need scikit-learn or torch, which take a second to load: found when first asked for.
HOMES = {
    "ContextUseDetector": "dubito.decide.context_detector",
    "FusedExperts": "dubito.decide.expert_decoding",
    "LatentRM": "dubito.decide.latent_rewards",
    "LearnedDeferral": "dubito.decide.deferral",
    "LocalReasoner": "dubito.decide.local_reasoner",
    "LogitFusion": "dubito.decide.logit_fusion",
    "ModelReader": "dubito.decide.context_decoding",
    "cache_bytes": "dubito.decide.cache_compression",
    "compress": "dubito.decide.cache_compression",
    "end_like": "dubito.decide.context_decoding",
    "grouped_attention": "dubito.decide.grouped_attention",
    "leaning_on": "dubito.decide.context_decoding",
    "marked": "dubito.decide.context_decoding",
    "pruned_prefill": "dubito.decide.prefill_pruning",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "METHODS",
    "ActivePrompt",
    "AdaptiveSampling",
    "BordaVoting",
    "Cascade",
    "Chain",
    "ChecklistSelection",
    "ChowQuantile",
    "Concise",
    "ConcisePair",
    "ConformalPursuit",
    "ContextBoost",
    "ContextQuestion",
    "ContextUse",
    "ContextUseDetector",
    "Cuts",
    "DeferralFeatures",
    "Dialogue",
    "DynamicRetrieval",
    "EntropyBudgets",
    "Exemplar",
    "FusedExperts",
    "InformationPursuit",
    "Inquiry",
    "LatentRM",
    "LearnedDeferral",
    "LocalReasoner",
    "LogitFusion",
    "MinimumBayesRisk",
    "ModelReader",
    "MostLikely",
    "RiskControl",
    "Sugar",
    "ask",
    "cache_bytes",
    "compress",
    "concise_pairs",
    "context_examples",
    "cuts_at_shares",
    "cuts_by_labels",
    "end_like",
    "exemplar_prompt",
    "final_outcome",
    "grouped_attention",
    "layer_stages",
    "leaning_on",
    "majority",
    "marked",
    "pruned_prefill",
    "stage_lengths",
]
