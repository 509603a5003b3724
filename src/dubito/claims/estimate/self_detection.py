"""An answer that changes with the wording gives itself away where repetition shows nothing."""

from functools import partial

from dubito.claims.asked_measures import errors_found_asked, errors_found_once
from dubito.claims.lab import Claim
from dubito.data.worlds.rewordings import rewordings
from dubito.estimate.asked.self_detection import SelfDetection
from dubito.estimate.semantic_entropy import DiscreteSemanticEntropy

CLAIM = Claim(
    world=rewordings,
    tiny=partial(rewordings, questions=20),
    ours=partial(errors_found_asked, estimator=SelfDetection()),
    baselines={
        "semantic entropy of repetitions": partial(
            errors_found_once, estimator=DiscreteSemanticEntropy(samples=5)
        )
    },
    margin=0.15,
    paper="zhao2023",
    paper_figure="finds what a model does not know better than sampling the same question again",
    size="300 questions, 10 wordings, greedy answers, 16 dimensions",
)
