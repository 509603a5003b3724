"""Three directions from pairs of prompts rank answers that 128 labels alone cannot."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from dubito.bench.metrics.rejection import prr
from dubito.claims.lab import Claim
from dubito.claims.measures import doubts
from dubito.data.worlds.features import Features, Pairs, features
from dubito.data.worlds.world import Answered
from dubito.estimate.trained.contrasts import Contrast
from dubito.estimate.trained.feature_gaps import FeatureGaps
from dubito.estimate.trained.states import mean_state, stacked
from dubito.evidence import Floats
from dubito.maths.logistic import fit_logistic

NAMES = ("reliance", "honesty", "comprehension")


def fitted(world: Features, pairs: Sequence[Pairs]) -> FeatureGaps:
    """Directions from these pairs, weights from the labelled answers."""
    contrasts = [Contrast(name, *pair) for name, pair in zip(NAMES, pairs, strict=True)]
    known = world.labelled
    return FeatureGaps().fit(known.evidence, known.wrong, contrasts=contrasts)


def ranking(judged: Answered, estimator: FeatureGaps) -> float:
    """Prediction rejection ratio."""
    return prr(doubts(judged.evidence, estimator), judged.wrong)


def by_features(world: Features) -> float:
    """PRR of the feature gaps."""
    return ranking(world, fitted(world, world.varying))


def by_probe(world: Features) -> float:
    """PRR of a logistic regression on all numbers of the layer that matters, with those labels."""
    known, new = (stacked(answers.evidence, 0.6, mean_state) for answers in (world.labelled, world))
    targets = np.clip(world.labelled.wrong.astype(np.float64), 1e-9, 1 - 1e-9)
    weights, _ = fit_logistic(known, targets, l2=1.0)
    return prr(new @ weights, world.wrong)


def cosine(world: Features) -> float:
    """Mean |cos| of the found and the planted directions, less 0.95."""
    found: Floats = fitted(world, world.varying).directions_
    return float(np.abs((found * world.directions).sum(axis=1)).mean()) - 0.95


def moved(world: Features) -> float:
    """0.1 less what the moved nuisance costs."""
    estimator = fitted(world, world.varying)
    return 0.1 - (ranking(world, estimator) - ranking(world.moved, estimator))


def random(world: Features) -> float:
    """PRR along random directions."""
    return ranking(world, fitted(world, world.elsewhere))


def constant(world: Features) -> float:
    """0.3 less the PRR from pairs of constant strength, whose centred differences are noise."""
    return 0.3 - ranking(world, fitted(world, world.constant))


CLAIM = Claim(
    world=features,
    tiny=partial(features, judged=60, labelled=40, pairs=12),
    ours=by_features,
    baselines={"probe on all numbers": by_probe},
    margin=0.1,
    metric="PRR",
    checks={
        "mean |cos| with the planted directions above 0.95": cosine,
        "a moved nuisance costs less than 0.1": moved,
        "random directions above -0.1": lambda w: random(w) + 0.1,
        "random directions below 0.1": lambda w: 0.1 - random(w),
        "constant contrasts below 0.3": constant,
    },
    seeds=5,
    paper="bakman2025",
    paper_figure="PRR 0.65 on Qasper, SAPLMA 0.60, random directions 0.35",
    size="128 pairs a feature, 128 labels, 1000 judged answers, 9 layers of 64 numbers",
)
