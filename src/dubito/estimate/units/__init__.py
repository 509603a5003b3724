"""Doubt of each sentence or claim of a long answer."""

from dubito.data.units import InUnits, Unit, UnitEstimator
from dubito.estimate.units.claims import claim_units, claims_request, listed_claims
from dubito.estimate.units.conditioned import ClaimConditionedProbability, conditioned
from dubito.estimate.units.graph import UnitGraph
from dubito.estimate.units.methods import UNITS
from dubito.estimate.units.pooling import ShareAbove, answer_doubt
from dubito.estimate.units.sampled import LUQ, MatchedUnits, non_support
from dubito.estimate.units.scoring import UnitDoubt, score_units
from dubito.estimate.units.splitting import clause_units, sentence_units
from dubito.estimate.units.support import (
    PairJudge,
    entailed,
    in_units,
    with_claims,
    with_matches,
    with_support,
)
from dubito.estimate.units.token_relation import token_relation
from dubito.estimate.units.unit_tokens import UnitEntropy, UnitSurprise, unit_tokens

__all__ = [
    "LUQ",
    "UNITS",
    "ClaimConditionedProbability",
    "InUnits",
    "MatchedUnits",
    "PairJudge",
    "ShareAbove",
    "Unit",
    "UnitDoubt",
    "UnitEntropy",
    "UnitEstimator",
    "UnitGraph",
    "UnitSurprise",
    "answer_doubt",
    "claim_units",
    "claims_request",
    "clause_units",
    "conditioned",
    "entailed",
    "in_units",
    "listed_claims",
    "non_support",
    "score_units",
    "sentence_units",
    "token_relation",
    "unit_tokens",
    "with_claims",
    "with_matches",
    "with_support",
]
