"""Distance in meaning between drawn answers finds errors that the entropy of strings hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.sequence_entropy import SequenceEntropy
from dubito.estimate.variation_ratio import SampleVariation

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=SampleVariation(samples=10)),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.03,
    first_seed=5000,
    paper="huang2023",
    paper_figure="sampling scores lead on text",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
