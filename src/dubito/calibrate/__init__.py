"""Doubt in; probability, set or guarantee out."""

from typing import TYPE_CHECKING

from dubito.calibrate.abstention import ConformalAbstention
from dubito.calibrate.answer_candidates import Candidates, candidates
from dubito.calibrate.answer_features import answer_features
from dubito.calibrate.answer_sets import AnswerSets
from dubito.calibrate.boosted import boosted_quantile
from dubito.calibrate.conformal_risk import ConformalRiskControl
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.calibrate.curves import load_curve, save_curve
from dubito.calibrate.drift import DriftMartingale
from dubito.calibrate.factuality import ConformalFactuality
from dubito.calibrate.methods import METHODS
from dubito.calibrate.pac_sets import PacSets
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.calibrate.bayescap import BayesCap
    from dubito.calibrate.beta import Beta
    from dubito.calibrate.cap import CapLoss
    from dubito.calibrate.combination import LogisticCombination
    from dubito.calibrate.deup import DEUP
    from dubito.calibrate.deup_search import DeupSearch
    from dubito.calibrate.error_models import LogErrors, PlainErrors
    from dubito.calibrate.evidential_confusion import EvidentialConfusion
    from dubito.calibrate.frozen import penultimate
    from dubito.calibrate.heads_kept import load_heads, save_heads
    from dubito.calibrate.isotonic import Isotonic
    from dubito.calibrate.platt import Platt
    from dubito.calibrate.quantile_score_intervals import QuantileScoreIntervals
    from dubito.calibrate.score_intervals import ScoreIntervals
    from dubito.calibrate.sdm import SDM
    from dubito.calibrate.spc import SplitPointRegressor
    from dubito.calibrate.spc_classes import SplitPointClassifier
    from dubito.calibrate.stationary import Stationary

# These inherit from scikit-learn, which takes a second to load: found when first asked for.
HOMES = {
    "BayesCap": "dubito.calibrate.bayescap",
    "Beta": "dubito.calibrate.beta",
    "CapLoss": "dubito.calibrate.cap",
    "DEUP": "dubito.calibrate.deup",
    "DeupSearch": "dubito.calibrate.deup_search",
    "EvidentialConfusion": "dubito.calibrate.evidential_confusion",
    "Isotonic": "dubito.calibrate.isotonic",
    "LogErrors": "dubito.calibrate.error_models",
    "LogisticCombination": "dubito.calibrate.combination",
    "PlainErrors": "dubito.calibrate.error_models",
    "Platt": "dubito.calibrate.platt",
    "QuantileScoreIntervals": "dubito.calibrate.quantile_score_intervals",
    "SDM": "dubito.calibrate.sdm",
    "ScoreIntervals": "dubito.calibrate.score_intervals",
    "SplitPointClassifier": "dubito.calibrate.spc_classes",
    "SplitPointRegressor": "dubito.calibrate.spc",
    "Stationary": "dubito.calibrate.stationary",
    "load_heads": "dubito.calibrate.heads_kept",
    "penultimate": "dubito.calibrate.frozen",
    "save_heads": "dubito.calibrate.heads_kept",
}

__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "DEUP",
    "METHODS",
    "SDM",
    "AnswerSets",
    "BayesCap",
    "Beta",
    "Candidates",
    "CapLoss",
    "ConformalAbstention",
    "ConformalFactuality",
    "ConformalRiskControl",
    "ConformalSets",
    "DeupSearch",
    "DriftMartingale",
    "EvidentialConfusion",
    "Isotonic",
    "LogErrors",
    "LogisticCombination",
    "PacSets",
    "PlainErrors",
    "Platt",
    "QuantileScoreIntervals",
    "ScoreIntervals",
    "SplitPointClassifier",
    "SplitPointRegressor",
    "Stationary",
    "answer_features",
    "boosted_quantile",
    "candidates",
    "load_curve",
    "load_heads",
    "penultimate",
    "save_curve",
    "save_heads",
]
