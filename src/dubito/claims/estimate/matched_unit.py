"""A judge that reads sentence by sentence finds support that it loses in whole long samples."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.unit_measures import unit_errors_found, whole_answer_errors_found
from dubito.data.worlds.long_answers import long_answers
from dubito.estimate.units.sampled import LUQ, MatchedUnits

CLAIM = Claim(
    world=partial(long_answers, count=30),
    tiny=partial(long_answers, answers=10, count=30),
    ours=partial(unit_errors_found, estimator=MatchedUnits()),
    baselines={
        "luq": partial(unit_errors_found, estimator=LUQ()),
        "matched units of the whole answer": partial(
            whole_answer_errors_found, estimator=MatchedUnits()
        ),
    },
    margin=0.02,
    paper="zhang2024luq",
    paper_figure="a variant of LUQ, whose correlation with factuality reaches -0.85",
    size="60 answers of 4 to 8 sentences, 10 samples of some 21 sentences",
)
