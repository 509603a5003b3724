"""Doubt in, probability out."""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dubito.calibrate.curves import load_curve, save_curve
from dubito.extras import require
from dubito.method import Method

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


def __getattr__(name: str) -> Any:
    """The calibrator's class, loaded now."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("sklearn", extra="calibrate")
    return vars(import_module(HOMES[name]))[name]


def default(name: str) -> Any:
    """The calibrator of this name with its default options."""
    return __getattr__(name)()


METHODS: tuple[Method, ...] = (
    Method(
        "platt",
        partial(default, "Platt"),
        "a sigmoid of one doubt: two numbers, good from a few dozen labels on",
        paper="platt1999",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "isotonic",
        partial(default, "Isotonic"),
        "the falling curve closest to the labels: any shape, for a few hundred labels",
        paper="zadrozny2002",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "beta",
        partial(default, "Beta"),
        "Platt's sigmoid with two tails of their own",
        paper="kull2017",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "logistic-combination",
        partial(default, "LogisticCombination"),
        "one confidence from several doubts, missing ones allowed",
        paper="lecessie1992",
        family="calibration",
        needs=("labels",),
    ),
)

__all__ = [
    "METHODS",
    "Beta",
    "Isotonic",
    "LogisticCombination",
    "Platt",
    "load_curve",
    "save_curve",
]
