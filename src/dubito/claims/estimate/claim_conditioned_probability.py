"""Contrary claims among the likely tokens find false sentences that open wording hides."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.unit_measures import unit_errors_found, whole_answer_errors_found
from dubito.data.worlds.worded_claims import worded_claims
from dubito.estimate.units.conditioned import ClaimConditionedProbability
from dubito.estimate.units.unit_tokens import UnitSurprise

OURS = ClaimConditionedProbability()

CLAIM = Claim(
    world=worded_claims,
    tiny=partial(worded_claims, answers=10),
    ours=partial(unit_errors_found, estimator=OURS),
    baselines={
        "surprise of the sentence": partial(unit_errors_found, estimator=UnitSurprise()),
        "its least likely token": partial(unit_errors_found, estimator=UnitSurprise(pool=np.max)),
        "ccp of the whole answer": partial(whole_answer_errors_found, estimator=OURS),
    },
    margin=0.05,
    paper="fadeeva2024",
    paper_figure="strong improvements on biographies for six models and three languages",
    size="60 answers of 4 to 8 sentences of 5 to 15 tokens",
)
