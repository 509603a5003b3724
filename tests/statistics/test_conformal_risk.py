"""Expected risk of conformal risk control and its two relatives, counted against known laws."""

import math

import numpy as np
import pytest
from scipy import stats

from dubito.calibrate import ConformalAbstention, ConformalFactuality, ConformalRiskControl
from dubito.data.worlds.claim_lists import ClaimLists, claim_lists
from dubito.data.worlds.repeats import repeats


def near(values: list[float], exact: float) -> bool:
    """Is their mean the exact one, within five standard errors?"""
    return abs(np.mean(values) - exact) < 5 * np.std(values) / math.sqrt(len(values))


@pytest.mark.parametrize(("n", "alpha", "exact"), [(30, 0.1, 3 / 31), (19, 0.3, 6 / 20)])
def test_abstention_errs_exactly_as_often_as_promised(n: int, alpha: float, exact: float) -> None:
    """Of all questions floor((n + 1) alpha) / (n + 1) get a wrong answer, without ties."""
    world = repeats(0, samples=2000, each=n, base=0.1, slope=0.8)
    share = []
    for doubt, wrong in zip(world.doubt, world.wrong, strict=True):
        t = ConformalAbstention(alpha=alpha).fit(doubt, wrong).threshold_
        share.append(world.risk_below(t) * world.coverage(t))
    assert near(share, exact)
    # The share below the k-th smallest of n breaks has the law Beta(k, n + 1 - k): the promise is
    # on its mean alone, and about half of the samples have more.
    k = round(exact * (n + 1))
    above = float(stats.beta.sf(alpha, k, n + 1 - k))
    assert above > 0.35
    assert near([x > alpha for x in share], above)


def test_under_ties_it_errs_less_and_never_more() -> None:
    """Doubts 0.25, 0.5, 0.75, 1: what is strictly below t is below t - 0.25 without rounding."""
    world = repeats(0, samples=2000, each=30, base=0.1, slope=0.8)
    share = []
    for doubt, wrong in zip(np.ceil(world.doubt * 4) / 4, world.wrong, strict=True):
        t = ConformalAbstention(alpha=0.3).fit(doubt, wrong).threshold_ - 0.25
        share.append(world.risk_below(t) * world.coverage(t))
    assert 0.05 < np.mean(share) < 0.3 - 5 * np.std(share) / math.sqrt(2000)


@pytest.mark.parametrize(("n", "alpha", "exact"), [(30, 0.1, 3 / 31), (20, 0.3, 6 / 21)])
def test_factuality_holds_exactly_as_often_as_promised(n: int, alpha: float, exact: float) -> None:
    """A wrong claim is left in floor((n + 1) alpha) / (n + 1) of the answers."""
    world = claim_lists(1, samples=1000, each=n)
    share = []
    for doubts, wrong in zip(world.doubt, world.wrong, strict=True):
        rule = ConformalFactuality(alpha=alpha).fit(list(doubts), list(~wrong))
        share.append(world.any_wrong(rule.threshold_))
    assert near(share, exact)
    # between 1 - alpha and 1 - alpha + 1 / (n + 1)
    assert alpha - 1 / (n + 1) < exact <= alpha


def shares(world: ClaimLists, threshold: float) -> np.ndarray:
    """Share of each answer's claims that are wrong and below the threshold."""
    return (world.wrong & (world.doubt < threshold)).mean(axis=2)


@pytest.mark.parametrize("n", [20, 60])
def test_risk_of_a_graded_loss_is_below_alpha_and_near_it(n: int) -> None:
    """Between alpha - 2 / (n + 1) and alpha = 0.1."""
    world = claim_lists(2, samples=1000, each=n)
    grid = np.linspace(0, 1, 201)  # settings: how far below 1 the threshold lies
    tables = np.stack([shares(world, 1 - s) for s in grid], axis=-1)  # [R, n, L]
    risk = []
    for losses in tables:
        setting = ConformalRiskControl().fit(losses, grid).setting_
        risk.append(world.wrong_share(1 - setting))
    error = np.std(risk) / math.sqrt(1000)
    assert 0.1 - 2 / (n + 1) - 5 * error < np.mean(risk) < 0.1 + 5 * error
