"""How much the prompt adds to an answer finds habits of speech that its likelihood hides."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.priors import habits
from dubito.estimate.mutual_information import PMI
from dubito.estimate.surprise import Perplexity, SequenceProbability

CLAIM = Claim(
    world=habits,
    tiny=partial(habits, questions=40),
    ours=partial(errors_found, estimator=PMI()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "g-nll": partial(errors_found, estimator=SequenceProbability()),
    },
    margin=0.1,
    paper="takayama2019",
    paper_figure="responses chosen by mutual information are more relevant and less dull",
    size="400 questions, 3 to 6 tokens, the prompt adds up to 4 nats a token",
)
