"""The table of calibrators: one row each. Their classes are loaded when they are made."""

from functools import partial

from dubito.extras import made
from dubito.method import Method

METHODS: tuple[Method, ...] = (
    Method(
        "platt",
        partial(made, "dubito.calibrate.platt", "Platt"),
        "a sigmoid of one doubt: two numbers, good from a few dozen labels on",
        paper="platt1999",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "isotonic",
        partial(made, "dubito.calibrate.isotonic", "Isotonic"),
        "the falling curve closest to the labels: any shape, for a few hundred labels",
        paper="zadrozny2002",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "beta",
        partial(made, "dubito.calibrate.beta", "Beta"),
        "Platt's sigmoid with two tails of their own",
        paper="kull2017",
        family="calibration",
        needs=("labels",),
    ),
    Method(
        "logistic-combination",
        partial(made, "dubito.calibrate.combination", "LogisticCombination"),
        "one confidence from several doubts, missing ones allowed",
        paper="lecessie1992",
        family="calibration",
        needs=("labels",),
    ),
)
