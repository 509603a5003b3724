"""One open choice in each of several sentences: entropy pooled by sentence finds false answers."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.paragraphs import keyed_sentence, paragraphs
from dubito.estimate.sentence_doubt import SentenceEntropy
from dubito.estimate.token_entropy import TokenEntropy

CLAIM = Claim(
    world=partial(paragraphs, sentence=keyed_sentence),
    tiny=partial(paragraphs, sentence=keyed_sentence, questions=40),
    ours=partial(errors_found, estimator=SentenceEntropy()),
    baselines={
        "max-token-entropy": partial(errors_found, estimator=TokenEntropy(pool=np.max)),
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.02,
    paper="huang2023",
    paper_figure="single-run scores are competitive on code, and cheap",
    size="500 answers of 1 to 6 sentences",
)
