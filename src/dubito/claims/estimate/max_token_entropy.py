"""Where one of many choices is open, its entropy finds errors that the mean buries."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.choices import one_open_choice
from dubito.estimate.surprise import Perplexity
from dubito.estimate.token_entropy import TokenEntropy

CLAIM = Claim(
    world=one_open_choice,
    tiny=partial(one_open_choice, questions=40),
    ours=partial(errors_found, estimator=TokenEntropy(pool=np.max)),
    baselines={
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.05,
    paper="manakul2023",
    paper_figure="maximum of the entropy above its mean at finding false sentences of GPT-3",
    size="500 answers of 5 to 40 tokens",
)
