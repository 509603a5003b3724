"""Asking what the prompt adds only where the model is unsure keeps repeated words out of it."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.priors import habits
from dubito.estimate.mutual_information import PMI, ConditionalPMI
from dubito.estimate.surprise import Perplexity

CLAIM = Claim(
    world=partial(habits, fillers=6),
    tiny=partial(habits, questions=40, fillers=6),
    ours=partial(errors_found, estimator=ConditionalPMI()),
    baselines={
        "pmi": partial(errors_found, estimator=PMI()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.05,
    paper="vanderpoel2022",
    paper_figure="hallucinated tokens become less likely at the same ROUGE and BERTScore",
    size="400 questions, 3 to 6 tokens and 6 that repeat the question",
)
