"""Of all questions at most the promised share gets a wrong answer; a plain cut lets more by."""

from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.calibrate.abstention import ConformalAbstention
from dubito.claims.lab import Claim
from dubito.claims.risk_measures import PlugIn, beyond
from dubito.data.worlds.repeats import Repeats, repeats
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats

ALPHA, EACH = 0.1, 30
Rule = Callable[[Floats, Flags], float]  # doubt [n], wrong [n] -> threshold


def conformal(doubt: Floats, wrong: Flags) -> float:
    """The threshold that comes with a promise."""
    return ConformalAbstention(alpha=ALPHA).fit(doubt, wrong).threshold_


def plug_in(doubt: Floats, wrong: Flags) -> float:
    """The largest threshold that keeps the promise in the sample itself."""
    return PlugIn(ALPHA)(np.where(wrong, doubt, np.inf))


def thresholds(world: Repeats, rule: Rule) -> list[float]:
    """One for each sample."""
    return [rule(d, w) for d, w in zip(world.doubt, world.wrong, strict=True)]


def misled(world: Repeats, *, rule: Rule) -> float:
    """Exact share of all questions that get a wrong answer, in the mean over samples."""
    every = [world.risk_below(t) * world.coverage(t) for t in thresholds(world, rule)]
    return float(np.mean(every))


def too_many(world: Repeats, *, rule: Rule) -> float:
    """That share beyond the promise."""
    return beyond(misled(world, rule=rule), ALPHA)


def nothing_given_away(world: Repeats) -> float:
    """The share above alpha - 1 / (n + 1)."""
    return misled(world, rule=conformal) - (ALPHA - 1 / (EACH + 1))


def few_errors(world: Repeats, rng: np.random.Generator) -> Repeats:
    """A world that cannot break the promise: a twentieth is wrong, whatever the doubt."""
    samples, each = world.doubt.shape
    return repeats(int(rng.integers(2**31)), samples=samples, each=each, base=0.05, slope=0.0)


CLAIM = Claim(
    world=partial(repeats, samples=2000, each=EACH, base=0.1, slope=0.8),
    tiny=partial(repeats, samples=50, each=EACH, base=0.1, slope=0.8),
    ours=partial(too_many, rule=conformal),
    baselines={"plug-in threshold": partial(too_many, rule=plug_in)},
    metric="share of questions wrongly answered beyond the promise",
    higher_is_better=False,
    margin=0.02,
    null=few_errors,
    checks={"at least alpha - 1 / (n + 1) is used up": nothing_given_away},
    seeds=5,
    paper="abbasi2024b",
    paper_figure="hallucinations bounded on Temporal Sequences and TriviaQA, with fewer "
    "abstentions than by log-probability where answers are long",
    size="2,000 samples of 30 answers each, half of them wrong, alpha 0.1",
)
