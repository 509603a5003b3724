"""Likelihood that answers lend to their likes finds errors that their own likelihood hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.answers import wordings
from dubito.estimate.sar import SentenceSAR
from dubito.estimate.sequence_entropy import SequenceEntropy

CLAIM = Claim(
    world=partial(wordings, questions=400, forms=8),
    tiny=partial(wordings, questions=40),
    ours=partial(errors_found, estimator=SentenceSAR()),
    baselines={
        "sequence-entropy": partial(errors_found, estimator=SequenceEntropy()),
    },
    margin=0.03,
    first_seed=5000,
    paper="duan2024",
    paper_figure="sentence-level SAR above predictive entropy on most sets",
    size="400 questions, 8 meanings in 8 wordings, K = 10",
)
