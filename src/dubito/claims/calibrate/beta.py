"""Where the two tails of confidence differ, beta calibration follows and a sigmoid cannot."""

from functools import partial

from dubito.calibrate.beta import Beta
from dubito.calibrate.isotonic import Isotonic
from dubito.calibrate.platt import Platt
from dubito.claims.calibrate_measures import calibrated, loss, scaled, share_of_right
from dubito.claims.lab import Claim
from dubito.data.worlds.curves import Labelled, labelled, two_tailed

beta = partial(calibrated, make=Beta)


def few_labels(world: Labelled) -> float:
    """Log-loss that beta has below isotonic regression on the same 100 labels."""
    few = partial(calibrated, labels=100)
    return loss(world, say=partial(few, make=Isotonic)) - loss(world, say=partial(few, make=Beta))


CLAIM = Claim(
    world=partial(labelled, curve=two_tailed),
    tiny=partial(labelled, curve=two_tailed, fitted=100, judged=100),
    ours=partial(loss, say=beta),
    baselines={
        "platt": partial(loss, say=partial(calibrated, make=Platt)),
        "doubt scaled to its range": partial(loss, say=scaled),
        "share of right answers": partial(loss, say=share_of_right),
    },
    metric="log-loss",
    higher_is_better=False,
    margin=0.01,
    checks={"with 100 labels, below isotonic": few_labels},
    paper="kull2017",
    paper_figure="superior to the sigmoid for naive Bayes and Adaboost",
    size="1,000 answers to fit on, 500 to judge by",
)
