"""Where a short sentence counts like a long one, mean surprise by sentence beats that by token."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.paragraphs import paragraphs, steady_sentence
from dubito.estimate.sentence_doubt import SentenceSurprise
from dubito.estimate.surprise import Perplexity, SequenceProbability

CLAIM = Claim(
    world=partial(paragraphs, sentence=steady_sentence),
    tiny=partial(paragraphs, sentence=steady_sentence, questions=40),
    ours=partial(errors_found, estimator=SentenceSurprise(pool=np.mean)),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
    },
    margin=0.02,
    paper="huang2023",
    paper_figure="single-run scores are competitive on code, and cheap",
    size="500 answers of 1 to 6 sentences",
)
