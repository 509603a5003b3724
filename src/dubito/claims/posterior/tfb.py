"""Noise as large as the anchors bear makes an overconfident adapter mean what it says."""

import math
from functools import cache, partial

from dubito.claims.adapter_measures import (
    accuracy,
    adapted,
    log_loss,
    miscalibration,
    plain_logp,
    rows,
)
from dubito.claims.lab import Claim
from dubito.data.worlds.inverted_digits import InvertedDigits, inverted_digits
from dubito.evidence import Floats
from dubito.maths.ensembles import mixture
from dubito.nn.low_rank_laws import ColumnSpaceNoise
from dubito.posterior.passes import member_logp
from dubito.posterior.tfb import TFB

BUDGET, SAMPLES = 0.1, 20  # nats on the anchors; members to predict with


@cache
def sigma(world: InvertedDigits) -> float:
    """The noise that the few digits bear, read by the adapter's own answers."""
    net = adapted(world)
    method = TFB(budget=BUDGET, change="absolute", highest=0.5, rounds=10)
    return method.fit(net, net, [rows(world.few)]).sigma_


@cache
def bayesian(world: InvertedDigits, *, noisy: bool = False) -> Floats:
    """Log of the members' mean probability."""
    net, pixels = adapted(world), world.noisy if noisy else world.fresh
    law = ColumnSpaceNoise(sigma(world))
    return mixture(member_logp(net, net, rows(pixels), law, members=SAMPLES, seed=1))


@cache
def point(world: InvertedDigits, *, noisy: bool = False) -> Floats:
    """Log-probabilities of the adapter as it was trained."""
    return plain_logp(adapted(world), world.noisy if noisy else world.fresh)


def ours(world: InvertedDigits) -> float:
    """ln of the log-loss; rounded, so that equal networks are equal."""
    return round(math.log(log_loss(bayesian(world), world.truth)), 9)


def trained(world: InvertedDigits) -> float:
    """The same of the adapter as it was trained."""
    return round(math.log(log_loss(point(world), world.truth)), 9)


def half_as_miscalibrated(world: InvertedDigits) -> float:
    """Half of the adapter's calibration error, less that of its members."""
    before = miscalibration(point(world), world.truth)
    return before / 2 - miscalibration(bayesian(world), world.truth)


def as_accurate(world: InvertedDigits) -> float:
    """Accuracy gained, plus a hundredth."""
    return accuracy(bayesian(world), world.truth) - accuracy(point(world), world.truth) + 0.01


def better_on_noisy(world: InvertedDigits) -> float:
    """ln of the log-loss gained on the noisy digits."""
    before, after = point(world, noisy=True), bayesian(world, noisy=True)
    return math.log(log_loss(before, world.truth) / log_loss(after, world.truth))


CLAIM = Claim(
    world=inverted_digits,
    tiny=partial(inverted_digits, few=30, judged=1500),
    ours=ours,
    baselines={"the adapter as trained": trained},
    metric="ln of the log-loss",
    higher_is_better=False,
    margin=round(math.log(1 / 0.8), 3),  # a fifth less log-loss
    checks={
        "half of the calibration error": half_as_miscalibrated,
        "accuracy within a hundredth": as_accurate,
        "less log-loss on noisy digits": better_on_noisy,
    },
    # An adapter that learnt nothing has no column space, and must stay what it is.
    null=lambda world, _rng: world.untaught(),
    seeds=5,
    paper="shi2024",
    paper_figure="lower calibration error and log-loss on six sets at about the same accuracy",
    size="150 digits to adapt with and as anchors, 1,000 to judge; rank 4 on three layers",
)
