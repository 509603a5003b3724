"""Sets by a calibrated threshold are smaller than cumulated ones that cover as often."""

from functools import partial

import numpy as np

from dubito.calibrate.answer_sets import AnswerSets
from dubito.calibrate.conformal_sets import ConformalSets
from dubito.claims.lab import Claim
from dubito.claims.set_measures import coverage, in_margin, size
from dubito.data.worlds.offered import Offered, uneven
from dubito.evidence import Floats

ALPHA = 0.1


def cumulated(logp: Floats) -> Floats:
    """Mass of all candidates at least as likely as each, itself included: [N, M] -> [N, M]."""
    order = np.argsort(-logp, axis=1)
    mass = np.take_along_axis(np.exp(logp), order, axis=1).cumsum(axis=1)
    return np.take_along_axis(mass, np.argsort(order, axis=1), axis=1)


def by_threshold(world: Offered) -> AnswerSets:
    """Candidates above one probability, which calibration sets."""
    return ConformalSets(ALPHA).fit(world.known.logp, world.known.right).predict(world.new.logp)


def by_mass(world: Offered) -> AnswerSets:
    """The likeliest candidates up to one cumulated mass, which calibration sets."""
    sets = ConformalSets(ALPHA).fit(-cumulated(world.known.logp), world.known.right)
    return sets.predict(-cumulated(world.new.logp))


def by_rank(world: Offered) -> AnswerSets:
    """The k likeliest candidates, k by calibration; among those of the next rank, the likelier."""
    known, new = (ranked(part.logp) for part in (world.known, world.new))
    return ConformalSets(ALPHA).fit(known, world.known.right).predict(new)


def ranked(logp: Floats) -> Floats:
    """Higher for a better rank, 0 the best, and for more probability at the same rank: [N, M]."""
    rank = np.argsort(np.argsort(-logp, axis=1), axis=1).astype(np.float64)
    return np.exp(logp) - rank


def believed(world: Offered) -> AnswerSets:
    """The likeliest candidates up to the promised mass, as if the model's word were true."""
    before = cumulated(world.new.logp) - np.exp(world.new.logp)
    return AnswerSets(before < 1 - ALPHA, np.zeros(len(before), dtype=bool))


def kept(world: Offered) -> float:
    """0.03 less the distance of the coverage from the promise."""
    return in_margin(coverage(world, say=by_threshold), 1 - ALPHA, 0.03)


def belief_fails(world: Offered) -> float:
    """What sets that believe the model lack to the promise, less 0.02."""
    return 1 - ALPHA - coverage(world, say=believed) - 0.02


CLAIM = Claim(
    world=uneven,
    tiny=partial(uneven, fitted=100, judged=100),
    ours=partial(size, say=by_threshold),
    baselines={
        "calibrated cumulated mass": partial(size, say=by_mass),
        "calibrated number of candidates": partial(size, say=by_rank),
    },
    metric="mean set size",
    higher_is_better=False,
    margin=0.2,
    checks={
        "coverage within 0.03 of the promise": kept,
        "sets that believe the model miss the promise by 0.02": belief_fails,
    },
    paper="sadinle2019",
    paper_figure="level sets of the probability are the least ambiguous at a given coverage",
    size="1,000 questions to calibrate on, 1,000 to judge by, 20 candidates each",
)
