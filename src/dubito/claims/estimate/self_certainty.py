"""Self-certainty picks the best of N answers better than likelihood, majority or chance."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.claims.measures import doubts
from dubito.data.worlds.best_of_n import Candidates, candidates
from dubito.estimate.self_certainty import SelfCertainty
from dubito.estimate.surprise import Perplexity
from dubito.evidence import Estimator, Floats, Integers
from dubito.maths.ranking import auroc


def doubt(world: Candidates, estimator: Estimator) -> Floats:
    """Of each candidate, [Q, N]."""
    return np.stack([doubts(row, estimator) for row in world.evidence])


def picked(world: Candidates, choice: Integers) -> float:
    """Share of questions whose chosen candidate [Q] is right."""
    return float(world.right[np.arange(len(choice)), choice].mean())


def least_doubt(world: Candidates, *, estimator: Estimator) -> float:
    """Accuracy of picking the candidate with the least doubt."""
    return picked(world, doubt(world, estimator).argmin(axis=1))


def most_doubt(world: Candidates) -> float:
    """Accuracy of picking by self-certainty turned round."""
    return picked(world, doubt(world, SelfCertainty()).argmax(axis=1))


def majority(world: Candidates) -> float:
    """Accuracy of the first candidate with the most frequent value."""
    most = [np.bincount(v).argmax() for v in world.value]
    return picked(
        world, np.array([(v == m).argmax() for v, m in zip(world.value, most, strict=True)])
    )


def chance(world: Candidates) -> float:
    """Accuracy of a random pick."""
    return float(world.right.mean())


def errors_above(world: Candidates) -> float:
    """AUROC over single answers that self-certainty has above the drawn tokens' likelihood."""
    wrong = ~world.right.ravel()
    by_certainty = auroc(doubt(world, SelfCertainty()).ravel(), wrong)
    return by_certainty - auroc(doubt(world, Perplexity()).ravel(), wrong)


likelihood = partial(least_doubt, estimator=Perplexity())

CLAIM = Claim(
    world=candidates,
    tiny=partial(candidates, questions=20),
    ours=partial(least_doubt, estimator=SelfCertainty()),
    baselines={
        "likelihood of the drawn tokens": likelihood,
        "majority": majority,
        "random pick": chance,
    },
    metric="accuracy",
    margin=0.05,
    checks={
        "likelihood beats the majority": lambda w: likelihood(w) - majority(w),
        "turned round, below chance": lambda w: chance(w) - most_doubt(w),
        "finds wrong answers better than likelihood": errors_above,
    },
    paper="kang2025",
    paper_figure="accuracy grows with N; above self-consistency with Borda votes on reasoning sets",
    size="300 questions, N = 16 answers of 8 steps over 50 tokens",
)
