"""A rule learned from quantiles of token log-probabilities defers better than their sum or mean."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import doubts
from dubito.data.worlds.cascades import Pairs, pairs
from dubito.decide.chow_quantile import ChowQuantile
from dubito.decide.deferral import LearnedDeferral
from dubito.decide.deferral_features import DeferralFeatures
from dubito.estimate.surprise import Perplexity, SequenceProbability
from dubito.evidence import Estimator, Evidence, Floats
from dubito.maths.deferral import deferral_gain

Doubt = Callable[[Pairs], Floats]  # of the prompts to judge by

CHOW_SUM, CHOW_AVERAGE, WORST_TOKEN = SequenceProbability(), Perplexity(), ChowQuantile(0.0)


def judged(world: Pairs) -> tuple[Evidence, ...]:
    """The answers to judge by."""
    return world.evidence[world.fitted :]


# A world, its null and its checks share what the rules say.
remembered = lru_cache(maxsize=8)(doubts)


def simple(world: Pairs, *, rule: Estimator) -> Floats:
    """A rule without anything learned."""
    return remembered(judged(world), rule)


@lru_cache(maxsize=2)
def columns(evidence: tuple[Evidence, ...]) -> Floats:
    """Features of all answers; a world and its null share them."""
    features = DeferralFeatures()
    return np.stack([features(e) for e in evidence])


@lru_cache(maxsize=2)
def learned(world: Pairs) -> Floats:
    """The gain that a network expects, fitted on the prompts to learn from."""
    X, n = columns(world.evidence), world.fitted
    rule = LearnedDeferral().fit(X[:n], (world.large - world.small)[:n])
    return rule.predict(X[n:])


def gain(world: Pairs, *, doubt: Doubt) -> float:
    """AUC-DF above random deferral, in points of quality."""
    n = world.fitted
    return 100 * deferral_gain(doubt(world), world.small[n:], world.large[n:])


def sum_is_worst(world: Pairs) -> float:
    """What the lesser of mean and minimum gains beyond the sum, points."""
    by_sum, *others = (
        gain(world, doubt=partial(simple, rule=rule))
        for rule in (CHOW_SUM, CHOW_AVERAGE, WORST_TOKEN)
    )
    return min(others) - by_sum


def sum_follows_length(world: Pairs) -> float:
    """Correlation of the sum's doubt with the number of tokens, less 0.5."""
    lengths = [len(e.answer.tokens) for e in judged(world)]
    return float(np.corrcoef(simple(world, rule=CHOW_SUM), lengths)[0, 1]) - 0.5


def reversed_loses(world: Pairs) -> float:
    """What deferring the least needy first loses, points."""
    return -gain(world, doubt=lambda w: -learned(w))


CLAIM = Claim(
    world=pairs,
    tiny=partial(pairs, fitted=150, judged=150),
    ours=partial(gain, doubt=learned),
    baselines={
        "Chow-Sum": partial(gain, doubt=partial(simple, rule=CHOW_SUM)),
        "Chow-Average": partial(gain, doubt=partial(simple, rule=CHOW_AVERAGE)),
    },
    metric="AUC-DF gain over random, points",
    margin=0.3,
    checks={
        "the sum is the worst of sum, mean and minimum": sum_is_worst,
        "the sum follows the length": sum_follows_length,
        "reversed, it loses": reversed_loses,
    },
    seeds=6,
    paper="gupta2024",
    paper_figure="learned quantile rules beat Chow-Sum and Chow-Average (no one number)",
    size="3,000 answers to fit on, 4,000 to judge by",
)
