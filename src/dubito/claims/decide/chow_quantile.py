"""The least likely token tells when to defer, better than the sum or the mean over all tokens."""

from functools import partial

from dubito.claims.decide.lm_cascade_deferral import (
    CHOW_AVERAGE,
    CHOW_SUM,
    WORST_TOKEN,
    gain,
    simple,
)
from dubito.claims.lab import Claim
from dubito.data.worlds.cascades import Pairs, pairs
from dubito.decide.chow_quantile import ChowQuantile


def low_beats_high(world: Pairs) -> float:
    """What the minimum gains beyond the median, points: the level matters."""
    low, middle = (
        gain(world, doubt=partial(simple, rule=rule)) for rule in (WORST_TOKEN, ChowQuantile(0.5))
    )
    return low - middle


CLAIM = Claim(
    world=partial(pairs, fitted=0),
    tiny=partial(pairs, fitted=0, judged=150),
    ours=partial(gain, doubt=partial(simple, rule=WORST_TOKEN)),
    baselines={
        "Chow-Sum": partial(gain, doubt=partial(simple, rule=CHOW_SUM)),
        "Chow-Average": partial(gain, doubt=partial(simple, rule=CHOW_AVERAGE)),
    },
    metric="AUC-DF gain over random, points",
    margin=0.1,
    checks={"above the median token": low_beats_high},
    paper="gupta2024",
    paper_figure="quantiles of token log-probabilities beat their sum and mean (no one number)",
    size="4,000 answers",
)
