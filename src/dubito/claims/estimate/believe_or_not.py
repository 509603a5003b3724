"""Being swayed by an earlier answer tells ignorance from a question with many right answers."""

from functools import lru_cache, partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.swayed import Ids, Swayed, swayed
from dubito.estimate.asked.believe_or_not import BelieveOrNot
from dubito.evidence import Evidence, Score
from dubito.maths.ranking import auroc

OURS = BelieveOrNot(samples=8)
Asked = tuple[tuple[Evidence, ...], ...]


@lru_cache(maxsize=2)
def scores(asked: Asked) -> tuple[Score, ...]:
    """Ours, once for a world and its null, which share the evidence."""
    return tuple(OURS(ways) for ways in asked)


def information(world: Swayed) -> float:
    """AUROC of the information that an earlier answer has."""
    return auroc([score.doubt for score in scores(world.asked)], world.wrong)


def entropy_alone(world: Swayed) -> float:
    """AUROC of the entropy of the first answer."""
    return auroc([score.parts["total"] for score in scores(world.asked)], world.wrong)


def unlikely(world: Swayed) -> float:
    """AUROC of 1 - the probability of the greedy answer."""
    first = [np.asarray(ways[0].answer.logprobs) for ways in world.asked]
    return auroc([1 - float(np.exp(logp.sum())) for logp in first], world.wrong)


def mean_information(world: Swayed, kind: int) -> float:
    """Mean doubt of the questions of one sort, nats."""
    doubts = np.array([score.doubt for score in scores(world.asked)])
    return float(doubts[world.kind == kind].mean())


CLAIM = Claim(
    world=swayed,
    tiny=partial(swayed, steps=5, batch=32, ids=Ids(8, 8, 100, 8)),
    ours=information,
    baselines={"entropy": entropy_alone, "1 - max p": unlikely},
    margin=0.05,
    seeds=5,
    first_seed=2000,
    checks={
        "below 0.15 where several answers are right": lambda w: 0.15 - mean_information(w, 1),
        "above 0.4 where nothing is known": lambda w: mean_information(w, 2) - 0.4,
    },
    paper="abbasi2024",
    paper_figure="beats semantic entropy where TriviaQA is mixed with many-answer questions",
    size="120 questions, 8 answers, 2-layer transformer, 500 steps",
    tried="300 steps, to save time, seeds 1000 to 1004: +0.081 [+0.028, +0.134] over entropy. The "
    "card has 500 or more. Since then 500, seeds 2000 to 2004.",
)
