"""The promised risk holds as often as promised, where the best-looking threshold breaks it."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.repeats import Repeats, repeats
from dubito.data.worlds.world import Flags
from dubito.decide.selective import RiskControl
from dubito.evidence import Floats

RISK, DELTA = 0.1, 0.1  # of the answers at most a tenth wrong, but for a tenth of the samples
Rule = Callable[[Floats, Flags], float]  # doubt [n], wrong [n] -> threshold


def controlled(doubt: Floats, wrong: Flags) -> float:
    """The threshold that comes with a promise."""
    return RiskControl(risk=RISK, confidence=1 - DELTA).fit(doubt, wrong).threshold_


def plugged_in(doubt: Floats, wrong: Flags) -> float:
    """The largest threshold that lets at most this risk through in the sample itself."""
    order = np.argsort(doubt)
    risk = np.cumsum(wrong[order]) / np.arange(1, len(doubt) + 1)
    good = np.flatnonzero(risk <= RISK)
    if not len(good):
        return -math.inf
    following = good[-1] + 1
    return float(doubt[order[following]]) if following < len(doubt) else math.inf


def thresholds(world: Repeats, rule: Rule) -> list[float]:
    """One for each sample."""
    return [rule(d, w) for d, w in zip(world.doubt, world.wrong, strict=True)]


def broken(world: Repeats, *, rule: Rule) -> float:
    """Share of samples whose threshold has an exact risk above the promise."""
    return float(np.mean([world.risk_below(t) > RISK for t in thresholds(world, rule)]))


def allowed(world: Repeats) -> float:
    """DELTA, the share of promises that may be broken; 0 where no threshold can break one."""
    return DELTA if world.risk_below(math.inf) > RISK else 0.0


def answers_enough(world: Repeats) -> float:
    """Share of questions answered, as a share of what the plug-in answers, less one half."""
    ours, theirs = (
        np.mean([world.coverage(t) for t in thresholds(world, rule)])
        for rule in (controlled, plugged_in)
    )
    return float(ours / theirs) - 0.5


def few_errors(world: Repeats, rng: np.random.Generator) -> Repeats:
    """A world that cannot break the promise: a twentieth is wrong, whatever the doubt."""
    samples, each = world.doubt.shape
    return repeats(int(rng.integers(2**31)), samples=samples, each=each, base=0.05, slope=0.0)


CLAIM = Claim(
    world=repeats,
    tiny=partial(repeats, samples=20),
    ours=partial(broken, rule=controlled),
    baselines={
        "plug-in threshold": partial(broken, rule=plugged_in),
        "share that may be broken": allowed,
    },
    metric="share of broken promises",
    higher_is_better=False,
    margin=0.02,
    null=few_errors,
    checks={
        "answers at least half as many as the plug-in": answers_enough,
    },
    seeds=5,
    first_seed=3000,
    paper="angelopoulos2021",
    paper_figure="risk controlled at the promised rate in tasks of vision",
    tried="the share of broken promises beyond the allowed tenth, against the plug-in alone: "
    "+0.459 on seeds 1000 to 1004, +0.469 on seeds 2000 to 2004. But a rule without a bound "
    "passed as well, so since then what is allowed is a second baseline; seeds 3000 to 3004. "
    "The condition on answers failed each time: a tenth of the plug-in's, since 300 labels and a "
    "doubt that tells little are too few for the ranks tried (38, 104, 169, 234, 300); what would "
    "qualify lies between the first two.",
    size="200 samples of 300 answers each, risk 0.1 with confidence 0.9",
)
