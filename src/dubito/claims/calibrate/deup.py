"""Predicted excess error shows where a model is too simple, which the variance of models cannot."""

import math
from functools import cache, partial

import numpy as np
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from dubito.calibrate.deup import DEUP
from dubito.claims.lab import Claim
from dubito.data.worlds.misspecified import Misspecified, misspecified
from dubito.evidence import Floats
from dubito.maths.ranks import spearman

DEGREE = 3


@cache
def method(world: Misspecified, *, more: bool = False) -> DEUP:
    """Fitted around a cubic, to the points or to the draw of twice as many."""
    cubic = make_pipeline(PolynomialFeatures(DEGREE), Ridge(alpha=1e-3))
    x, y = (world.more_x, world.more_y) if more else (world.x, world.y)
    return DEUP(cubic).fit(x, y)


def truth(world: Misspecified, *, more: bool = False) -> Floats:
    """Excess error of the cubic, [G]."""
    return world.excess(method(world, more=more).predict(world.at))


def predicted(world: Misspecified, *, more: bool = False) -> Floats:
    """What we say it is, [G]."""
    return method(world, more=more).predict_uncertainty(world.at)


def of_ensemble(world: Misspecified, *, more: bool = False) -> Floats:
    """Variance of 20 cubics fitted to bootstrap draws, [G]."""
    members = method(world, more=more).moment_.members
    return np.var([member.predict(world.at) for member in members], axis=0)


def of_posterior(world: Misspecified) -> Floats:
    """Variance of the mean under the posterior of a Bayesian cubic, [G]."""
    regression = BayesianRidge()
    cubic = make_pipeline(PolynomialFeatures(DEGREE), regression).fit(world.x, world.y)
    _, deviation = cubic.predict(world.at, return_std=True)
    return deviation**2 - 1 / regression.alpha_


def ordered(world: Misspecified, *, doubt: partial[Floats]) -> float:
    """Rank correlation of a doubt with the excess error over the grid."""
    return spearman(doubt(world), truth(world))


def ratio(world: Misspecified, *, doubt: partial[Floats]) -> float:
    """Mean of a doubt by mean of the excess error."""
    return float(doubt(world).mean() / truth(world).mean())


OURS, ENSEMBLE, POSTERIOR = partial(predicted), partial(of_ensemble), partial(of_posterior)


def within_two_and_a_half(world: Misspecified) -> float:
    """Slack of the ratio in [0.4, 2]."""
    found = ratio(world, doubt=OURS)
    return min(found - 0.4, 2 - found)


def unchanged(world: Misspecified) -> float:
    """log 2 less how far twice the points move the log of our mean."""
    before, after = predicted(world).mean(), predicted(world, more=True).mean()
    return math.log(2) - abs(math.log(after / before))


def shrinking(world: Misspecified) -> float:
    """By how much twice the points shrink the log of the ensemble's mean, beyond log 1.25."""
    before, after = of_ensemble(world).mean(), of_ensemble(world, more=True).mean()
    return math.log(before / after) - math.log(1.25)


CLAIM = Claim(
    world=misspecified,
    tiny=partial(misspecified, points=20, judged=100),
    ours=partial(ordered, doubt=OURS),
    baselines={
        "variance of 20 bootstrapped cubics": partial(ordered, doubt=ENSEMBLE),
        "variance under the posterior": partial(ordered, doubt=POSTERIOR),
    },
    metric="rank correlation with the true excess error",
    margin=0.25,
    seeds=20,
    checks={
        "at least 0.5": lambda world: ordered(world, doubt=OURS) - 0.5,
        "the ensemble at most 0.25": lambda world: 0.25 - ordered(world, doubt=ENSEMBLE),
        "the posterior at most 0.25": lambda world: 0.25 - ordered(world, doubt=POSTERIOR),
        "its mean 0.4 to 2 times the truth": within_two_and_a_half,
        "the ensemble's at most 0.25 of it": lambda world: 0.25 - ratio(world, doubt=ENSEMBLE),
        "the posterior's at most 0.25 of it": lambda world: 0.25 - ratio(world, doubt=POSTERIOR),
        "twice the points change ours by less than 2": unchanged,
        "twice the points shrink the ensemble's by more than 1.25": shrinking,
    },
    paper="lahlou2023",
    paper_figure="higher rank correlation with the loss on unlike pictures than variances have",
    size="40 points and 80, judged on 400",
)
