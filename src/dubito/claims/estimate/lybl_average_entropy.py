"""Where a short sentence counts like a long one, mean entropy by sentence beats that by token."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.paragraphs import paragraphs, steady_sentence
from dubito.estimate.sentence_doubt import SentenceEntropy
from dubito.estimate.token_entropy import TokenEntropy

CLAIM = Claim(
    world=partial(paragraphs, sentence=steady_sentence),
    tiny=partial(paragraphs, sentence=steady_sentence, questions=40),
    ours=partial(errors_found, estimator=SentenceEntropy(pool=np.mean)),
    baselines={
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
        "max-token-entropy": partial(errors_found, estimator=TokenEntropy(pool=np.max)),
    },
    margin=0.02,
    paper="huang2023",
    paper_figure="single-run scores are competitive on code, and cheap",
    size="500 answers of 1 to 6 sentences",
)
