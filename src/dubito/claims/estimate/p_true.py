"""A model tuned to judge its answers finds errors that it makes with a probability near one."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.claims.self_report_measures import more_honest
from dubito.data.worlds.self_report import confessing
from dubito.estimate.self_report import PTrue
from dubito.estimate.surprise import Perplexity
from dubito.estimate.token_entropy import TokenEntropy

CLAIM = Claim(
    world=confessing,
    tiny=partial(confessing, steps=30, tuning=5),
    ours=partial(errors_found, estimator=PTrue()),
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.03,
    checks={
        "squared error below 0.8 of that of the answer's probability": partial(
            more_honest, estimator=PTrue()
        )
    },
    seeds=4,
    first_seed=2000,
    paper="kadavath2022",
    paper_figure="P(True) of large untuned models is calibrated on choices and short answers",
    size="720 facts of 1,440, answers of one token, 2-layer transformer, 200 steps of tuning",
    tried="150 steps of tuning at step size 3e-4, which also taught the model its own answers; "
    "+0.015 [-0.029, +0.059] over perplexity on seeds 1000 to 1003. The tuning had not ended (loss "
    "1.2 where 0.2 is reached) and sharpened the answers. Since then a tuned copy judges what the "
    "model itself says, 200 steps at 1e-3, tried out on seeds 0 to 2; judged on 2000 to 2003.",
)
