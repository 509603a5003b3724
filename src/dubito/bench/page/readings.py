"""What several sections read off the results: doubts, who leads, who is alike."""

import math

import numpy as np

from dubito.bench.evaluate import COMBINED, Results, Row
from dubito.bench.metrics import Scored, auroc, scored
from dubito.evidence import Floats
from dubito.maths.ranks import midranks
from dubito.maths.resample import difference_interval

RESAMPLES = 400


def doubt_of(results: Results, name: str) -> Floats:
    """[N] doubt of one estimator, NaN where it has none; the combination's is 1 - confidence."""
    if name in results.scores:
        return np.array([score.doubt for score in results.scores[name]])
    return 1 - np.asarray(results.confidence[name])


def judged(results: Results, name: str) -> Scored:
    """The answers that have a doubt, and whether they are wrong."""
    return scored(doubt_of(results, name), ~results.right)


def best_single(results: Results) -> Row | None:
    """The estimator of highest AUROC, the combination apart; None where there is no estimator."""
    return next((row for row in results.rows if row.id != COMBINED), None)


def spokesman(results: Results) -> str:
    """Whose confidence stands for all: the combination's, else the best estimator's.

    The combination was not chosen by the labels it is judged on: its numbers do not flatter.
    """
    if COMBINED in results.confidence:
        return COMBINED
    return results.rows[0].id


def known_confidence(results: Results, name: str) -> np.ndarray:
    """Indices of the answers that have a confidence."""
    return np.flatnonzero(~np.isnan(results.confidence[name]))


def twins(results: Results) -> dict[str, str]:
    """Estimators that put the answers in the very order of one further up, and which."""
    first: dict[tuple[float, ...], str] = {}
    found = {}
    for row in results.rows:
        doubt = doubt_of(results, row.id)
        known = ~np.isnan(doubt)
        if not known.any():
            continue
        ranks = np.full(len(doubt), -1.0)
        ranks[known] = midranks(doubt[known])
        leader = first.setdefault(tuple(ranks), row.id)
        if leader != row.id:
            found[row.id] = leader
    return found


def level_with_best(results: Results) -> list[str]:
    """Rows whose AUROC cannot be told from the first one's on these answers.

    The 95 % bootstrap interval of the difference, over the same resampled answers, holds 0.
    """
    best, *others = results.rows
    if math.isnan(best.metrics["auroc"].estimate):
        return []
    leading = doubt_of(results, best.id)
    return [row.id for row in others if level(results, leading, doubt_of(results, row.id))]


def level(results: Results, leading: Floats, following: Floats) -> bool:
    """Whether the two orders of the answers that have both doubts may be equally good."""
    both = ~np.isnan(leading) & ~np.isnan(following)
    if not both.any():
        return False
    gap = difference_interval(
        auroc,
        leading[both],
        following[both],
        ~results.right[both],
        resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return not gap.low > 0
