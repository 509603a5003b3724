"""Where one of many tokens decides, the least likely one finds errors that sums and means bury."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.choices import one_open_choice
from dubito.estimate.surprise import MinTokenProbability, Perplexity, SequenceProbability

CLAIM = Claim(
    world=one_open_choice,
    tiny=partial(one_open_choice, questions=40),
    ours=partial(errors_found, estimator=MinTokenProbability()),
    baselines={
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.05,
    paper="manakul2023",
    paper_figure="maximum of -log p above its mean at finding false sentences of GPT-3",
    size="500 answers of 5 to 40 tokens",
)
