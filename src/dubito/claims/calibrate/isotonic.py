"""Where confidence falls in steps, isotonic regression follows and a sigmoid cannot."""

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
from dubito.data.worlds.curves import Labelled, labelled, stairs

isotonic = partial(calibrated, make=Isotonic)
platt = partial(calibrated, make=Platt)


def honest(world: Labelled) -> float:
    """Debiased calibration error that isotonic regression has below the sigmoid, less 0.02."""
    return miscalibration(world, say=platt) - miscalibration(world, say=isotonic) - 0.02


CLAIM = Claim(
    world=partial(labelled, curve=stairs),
    tiny=partial(labelled, curve=stairs, fitted=100, judged=100),
    ours=partial(loss, say=isotonic),
    baselines={
        "platt": partial(loss, say=platt),
        "doubt scaled to its range": partial(loss, say=scaled),
        "share of right answers": partial(loss, say=share_of_right),
    },
    metric="log-loss",
    higher_is_better=False,
    margin=0.01,
    checks={"calibration error 0.02 below that of the sigmoid": honest},
    paper="zadrozny2002",
    paper_figure="calibrated scores of naive Bayes and of support vector machines",
    size="1,000 answers to fit on, 500 to judge by",
)
