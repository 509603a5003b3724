"""Samples that do not support a sentence find false ones that a doubt of the answer cannot name."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.unit_measures import unit_errors_found, whole_answer_errors_found
from dubito.data.worlds.long_answers import long_answers
from dubito.estimate.units.sampled import LUQ
from dubito.estimate.units.unit_tokens import UnitSurprise

CLAIM = Claim(
    world=long_answers,
    tiny=partial(long_answers, answers=10),
    ours=partial(unit_errors_found, estimator=LUQ()),
    baselines={
        "luq of the whole answer": partial(whole_answer_errors_found, estimator=LUQ()),
        "surprise of the sentence": partial(unit_errors_found, estimator=UnitSurprise()),
    },
    margin=0.05,
    paper="zhang2024luq",
    paper_figure="Pearson correlation with factuality down to -0.85 (Gemini Pro)",
    size="60 answers of 4 to 8 sentences, 10 samples of some 7 sentences",
)
