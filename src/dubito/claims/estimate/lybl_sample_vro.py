"""Distance from the samples to this answer finds wrong answers that their spread alone cannot."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.responses import responses
from dubito.estimate.variation_ratio import SampleDeparture, SampleVariation

CLAIM = Claim(
    world=partial(responses, prompts=200),
    tiny=partial(responses, prompts=20),
    ours=partial(errors_found, estimator=SampleDeparture(samples=10)),
    baselines={
        "lybl-sample-vr": partial(errors_found, estimator=SampleVariation(samples=10)),
    },
    margin=0.04,
    seeds=5,
    paper="huang2023",
    paper_figure="sampling VRO leads on text",
    size="200 prompts, 10 responses each, 4 meanings",
)
