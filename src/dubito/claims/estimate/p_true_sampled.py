"""A judge that sees drawn answers finds errors that a judge of the answer alone does not."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.judging import IDEAS, Judged, judging
from dubito.estimate.asked.p_true import PTrueSampled
from dubito.estimate.self_report import PTrue
from dubito.estimate.surprise import Perplexity
from dubito.evidence import Evidence
from dubito.maths.ranking import auroc

METHOD = PTrueSampled(IDEAS)


def errors_found_beside(world: Judged) -> float:
    """AUROC of the doubt of the judge that was shown the drawn answers."""
    doubts = [
        METHOD([e, Evidence(METHOD.prompt(e), e.answer, p_true=float(p))]).doubt
        for e, p in zip(world.evidence, world.beside, strict=True)
    ]
    return auroc(doubts, world.wrong)


def more_honest_beside(world: Judged) -> float:
    """Squared error of the plain judge's P(True), less that beside drawn answers."""
    plain = np.array([e.p_true for e in world.evidence])
    right = ~world.wrong
    return float(((plain - right) ** 2).mean() - ((world.beside - right) ** 2).mean())


CLAIM = Claim(
    world=judging,
    tiny=partial(judging, names=10, steps=20, tuning=4),
    ours=errors_found_beside,
    baselines={
        "p-true": partial(errors_found, estimator=PTrue()),
        "perplexity": partial(errors_found, estimator=Perplexity()),
    },
    margin=0.01,
    checks={"smaller squared error than p-true": more_honest_beside},
    seeds=6,
    first_seed=2000,
    tried="Three seeds, 1000 to 1002: +0.130 [-0.200, +0.460] over perplexity, and 0.021 below "
    "plain P(True): a judge that was tuned on its own answers reads its distribution already, so "
    "drawn answers tell it nothing new. Since then six fresh seeds, all else as it was.",
    paper="kadavath2022",
    paper_figure="P(True) of large untuned models rises in accuracy where samples are shown",
    size="240 facts of 480, answers of one token, 5 drawn answers, 2-layer transformer, tuned "
    "for 200 steps",
)
