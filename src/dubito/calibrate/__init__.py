"""Doubt in; probability, set or guarantee out."""

from typing import TYPE_CHECKING

from dubito.calibrate.curves import load_curve, save_curve
from dubito.calibrate.methods import METHODS
from dubito.extras import lazy_names

if TYPE_CHECKING:
    from dubito.calibrate.beta import Beta
    from dubito.calibrate.combination import LogisticCombination
    from dubito.calibrate.isotonic import Isotonic
    from dubito.calibrate.platt import Platt

# These inherit from scikit-learn, which takes a second to load: found when first asked for.
HOMES = {
    "Beta": "dubito.calibrate.beta",
    "Isotonic": "dubito.calibrate.isotonic",
    "LogisticCombination": "dubito.calibrate.combination",
    "Platt": "dubito.calibrate.platt",
}

__getattr__ = lazy_names(__name__, HOMES, extras={"sklearn": "calibrate"})

__all__ = [
    "METHODS",
    "Beta",
    "Isotonic",
    "LogisticCombination",
    "Platt",
    "load_curve",
    "save_curve",
]
