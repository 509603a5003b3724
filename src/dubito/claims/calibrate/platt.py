"""A sigmoid turns a doubt of any unit into a confidence that means what it says."""

from functools import partial

from dubito.calibrate.isotonic import Isotonic
from dubito.calibrate.platt import Platt
from dubito.claims.calibrate_measures import (
    calibrated,
    loss,
    miscalibration,
    scaled,
    share_of_right,
)
from dubito.claims.lab import Claim
from dubito.data.worlds.curves import Labelled, labelled, sigmoid

platt = partial(calibrated, make=Platt)


def honest(world: Labelled) -> float:
    """0.05 less the debiased calibration error."""
    return 0.05 - miscalibration(world, say=platt)


def honest_beside_the_raw(world: Labelled) -> float:
    """Calibration error of the scaled doubt above that of the sigmoid, less 0.1."""
    return miscalibration(world, say=scaled) - miscalibration(world, say=platt) - 0.1


def few_labels(world: Labelled) -> float:
    """Log-loss that the sigmoid has below isotonic regression on the same 50 labels."""
    few = partial(calibrated, labels=50)
    return loss(world, say=partial(few, make=Isotonic)) - loss(world, say=partial(few, make=Platt))


CLAIM = Claim(
    world=partial(labelled, curve=sigmoid),
    tiny=partial(labelled, curve=sigmoid, fitted=100, judged=100),
    ours=partial(loss, say=platt),
    baselines={
        "doubt scaled to its range": partial(loss, say=scaled),
        "share of right answers": partial(loss, say=share_of_right),
    },
    metric="log-loss",
    higher_is_better=False,
    margin=0.05,
    checks={
        "debiased calibration error below 0.05": honest,
        "calibration error 0.1 below that of the scaled doubt": honest_beside_the_raw,
        "with 50 labels, below isotonic": few_labels,
    },
    paper="platt1999",
    paper_figure="as good as a kernel machine that is trained for likelihood",
    size="1,000 answers to fit on, 500 to judge by",
)
