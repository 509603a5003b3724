"""Token doubt and departing samples find the wrong sums of a small trained transformer."""

from functools import partial

import numpy as np

from dubito.bench.metrics.ranking import auroc
from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.sums import Sums, sums
from dubito.estimate.sentence_doubt import SentenceEntropy, SentenceSurprise
from dubito.estimate.variation_ratio import SampleDeparture
from dubito.evidence import Estimator

SCORES: dict[str, Estimator] = {
    "average-prob": SentenceSurprise(pool=np.mean),
    "average-entropy": SentenceEntropy(pool=np.mean),
    "sample VRO": SampleDeparture(),
}


def mean_of_scores(world: Sums) -> float:
    """Mean AUROC of the single-run and sampling scores that the card asks for."""
    return float(np.mean([errors_found(world, estimator=e) for e in SCORES.values()]))


def size_of_result(world: Sums) -> float:
    """AUROC of the result itself: larger sums are harder, which needs no doubt."""
    digits = ["".join(c for c in e.answer.text if c.isdigit()) for e in world.evidence]
    return auroc([float(d or 0) for d in digits], world.wrong)


def novelty(world: Sums) -> float:
    """AUROC of knowing which sums were not in the training data."""
    return auroc(~world.heard, world.wrong)


def above(world: Sums, *, estimator: Estimator) -> float:
    """AUROC less the 0.75 that the card expects."""
    return errors_found(world, estimator=estimator) - 0.75


CLAIM = Claim(
    world=sums,
    tiny=partial(sums, questions=60, samples=5, steps=20),
    ours=mean_of_scores,
    baselines={"size of the result": size_of_result, "not in the training data": novelty},
    margin=0.1,
    checks={f"{name} above 0.75": partial(above, estimator=e) for name, e in SCORES.items()},
    seeds=5,
    paper="huang2023",
    paper_figure="sampling VRO leads on text, single-run scores are competitive and cheap",
    size="400 sums, half of them heard in training, 2-layer transformer, K = 5",
)
