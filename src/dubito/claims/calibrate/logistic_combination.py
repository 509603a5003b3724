"""One confidence from several doubts finds more errors than the best of them alone."""

from functools import partial

import numpy as np

from dubito.calibrate.combination import LogisticCombination
from dubito.claims.calibrate_measures import calibrated, miscalibration
from dubito.claims.lab import Claim
from dubito.data.worlds.curves import Labelled, two_causes
from dubito.evidence import Floats
from dubito.maths.ranking import auroc

combined = partial(calibrated, make=LogisticCombination)


def found(world: Labelled, confidence: Floats) -> float:
    """AUROC of a confidence against the wrong answers to judge by."""
    return auroc(-confidence, ~world.right[world.fitted :])


def by_all(world: Labelled) -> float:
    """AUROC of the combined confidence."""
    return found(world, combined(world))


def by_one(world: Labelled, *, column: int) -> float:
    """AUROC of one doubt; where it could not be measured, its mean stands."""
    doubt = world.doubt[world.fitted :, column]
    return found(world, -np.where(np.isnan(doubt), np.nanmean(doubt), doubt))


def by_sum(world: Labelled) -> float:
    """AUROC of the plain sum of what was measured, units aside."""
    return found(world, -np.nansum(world.doubt[world.fitted :], axis=1))


def honest(world: Labelled) -> float:
    """0.05 less the debiased calibration error."""
    return 0.05 - miscalibration(world, say=combined)


CLAIM = Claim(
    world=two_causes,
    tiny=partial(two_causes, fitted=100, judged=100),
    ours=by_all,
    baselines={
        "first doubt": partial(by_one, column=0),
        "second doubt": partial(by_one, column=1),
        "third doubt": partial(by_one, column=2),
        "sum of the doubts": by_sum,
    },
    margin=0.03,
    checks={"debiased calibration error below 0.05": honest},
    paper="lecessie1992",
    paper_figure="ridge estimators predict new cases better than plain ones",
    size="500 answers to fit on, 500 to judge by, 3 doubts",
)
