"""A label that its text leaves open follows a context that selection has linked to it."""

from functools import partial

import numpy as np
from scipy.special import expit

from dubito.claims.lab import Claim
from dubito.data.worlds.selection import Corpus, corpus
from dubito.data.worlds.world import Arms
from dubito.estimate.asked.specification import balanced_accuracy, specification_metric
from dubito.evidence import Floats
from dubito.maths.logistic import fit_logistic

CUES = np.repeat([0.0, -1.0, 1.0], [200, 100, 100])  # of the 400 texts that are tested
LEAST = 0.5  # points
SOFT = 1e-3  # labels lie inside (0, 1), so that the fit exists although cues reveal all

World = Arms[Corpus, Corpus]  # with selection, and without


def world(seed: int, *, people: int = 60_000) -> World:
    """Two corpora of the same law but for the selection."""
    return Arms(corpus(seed, people=people), corpus(seed + 10**6, people=people, link=0.0))


def features(time: Floats, cue: Floats) -> Floats:
    """What the model reads, [N] and [N] -> [N, 3]; time counts for itself without a cue."""
    return np.column_stack([time, cue, time * (cue == 0)])


def metric(side: Corpus) -> Floats:
    """The specification metric of each tested text under a model of this corpus, [400] points."""
    weights, bias = fit_logistic(
        features(side.time, side.cue), side.gender.clip(SOFT, 1 - SOFT), l2=1e-6
    )
    ends = [
        100 * expit(features(np.full(len(CUES), time), CUES) @ weights + bias)[:, None]
        for time in (-1.0, 1.0)
    ]  # [400, 1] each
    return specification_metric(ends[0][None], ends[1][None])


def moved(side: Corpus) -> float:
    """Mean metric of the texts without a cue, points."""
    return float(metric(side)[CUES == 0].mean())


def with_selection(world: World) -> float:
    """Of the model whose corpus was selected."""
    return moved(world.main)


def without_selection(world: World) -> float:
    """Of the model whose corpus holds everybody alike."""
    return moved(world.other)


def far_above_control(world: World) -> float:
    """The metric less 20 times the control, points."""
    return moved(world.main) - 20 * moved(world.other)


def tells_texts_apart(world: World) -> float:
    """Balanced accuracy of the metric above 0.5 points, less 0.9."""
    return balanced_accuracy(metric(world.main) > LEAST, CUES == 0) - 0.9


CLAIM = Claim(
    world=world,
    tiny=partial(world, people=3000),
    ours=with_selection,
    baselines={"trained without selection": without_selection},
    margin=30.0,
    metric="metric of undetermined texts, points",
    checks={
        "more than 20 times the control": far_above_control,
        "balanced accuracy above 0.9": tells_texts_apart,
    },
    seeds=5,
    paper="mcmilin2022",
    paper_figure="over 90% accuracy on a Winogender challenge set",
    size="60,000 people before selection, logistic regression, 400 texts",
)
