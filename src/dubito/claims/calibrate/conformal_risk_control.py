"""The expected loss of a setting is as promised; the best setting of the sample loses more."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.calibrate.conformal_risk import ConformalRiskControl
from dubito.claims.lab import Claim
from dubito.claims.risk_measures import beyond
from dubito.data.worlds.claim_lists import ClaimLists, claim_lists
from dubito.evidence import Floats

ALPHA, EACH = 0.1, 20
GRID = np.linspace(0, 1, 101)  # how far below 1 the threshold of doubt lies
Rule = Callable[[Floats], float]  # losses [n, L] on the grid -> setting


def conformal(losses: Floats) -> float:
    """The setting that comes with a promise."""
    return ConformalRiskControl(alpha=ALPHA).fit(losses, GRID).setting_


def plug_in(losses: Floats) -> float:
    """The least setting whose mean loss in the sample is at most ALPHA."""
    good = np.flatnonzero(losses.mean(axis=0) <= ALPHA)
    return float(GRID[good[0]]) if len(good) else math.inf


def settings(world: ClaimLists, rule: Rule) -> list[float]:
    """One for each sample; a loss is the share of an answer's claims that are wrong and kept."""
    kept = [(world.wrong & (world.doubt < 1 - g)).mean(axis=2) for g in GRID]  # L of [R, n]
    return [rule(losses) for losses in np.stack(kept, axis=-1)]


def mean_loss(world: ClaimLists, *, rule: Rule) -> float:
    """Exact expected loss of a setting, in the mean over samples."""
    return float(np.mean([world.wrong_share(1 - s) for s in settings(world, rule)]))


def too_much(world: ClaimLists, *, rule: Rule) -> float:
    """The expected loss beyond the promise."""
    return beyond(mean_loss(world, rule=rule), ALPHA)


def not_too_careful(world: ClaimLists) -> float:
    """The expected loss above alpha - 2 / (n + 1), which is what the theorem says of tightness."""
    return mean_loss(world, rule=conformal) - (ALPHA - 2 / (EACH + 1))


def keeps_enough(world: ClaimLists) -> float:
    """Share of claims kept, of those that the plug-in keeps, less 0.6."""
    ours, theirs = (
        np.mean([world.kept(1 - s) for s in settings(world, rule)]) for rule in (conformal, plug_in)
    )
    return float(ours / theirs) - 0.6


def few_errors(world: ClaimLists, rng: np.random.Generator) -> ClaimLists:
    """A world that cannot break the promise: a twentieth of the claims is wrong."""
    samples, each, claims = world.doubt.shape
    seed = int(rng.integers(2**31))
    return claim_lists(seed, samples=samples, each=each, claims=claims, hardness=(0.1,))


CLAIM = Claim(
    world=partial(claim_lists, samples=1000, each=EACH, hardness=(0.05, 1.0)),
    tiny=partial(claim_lists, samples=20, each=EACH, hardness=(0.05, 1.0)),
    ours=partial(too_much, rule=conformal),
    baselines={"plug-in setting": partial(too_much, rule=plug_in)},
    metric="expected loss beyond the promise",
    higher_is_better=False,
    margin=0.004,
    null=few_errors,
    checks={
        "expected loss at least alpha - 2 / (n + 1)": not_too_careful,
        "keeps at least 0.6 of the claims that the plug-in keeps": keeps_enough,
    },
    seeds=5,
    paper="angelopoulos2024",
    paper_figure="risks at the promised level in tumour segmentation, multi-label classification, "
    "hierarchical classification and question answering",
    size="1,000 samples of 20 answers with 6 claims each, alpha 0.1",
)
