"""Weights learnt for words and their probabilities find errors that fixed scorings miss."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.mannered import mannered
from dubito.data.worlds.world import Answered, Arms
from dubito.estimate.surprise import MinTokenProbability, Perplexity
from dubito.estimate.trained.lars import Lars

World = Arms[Answered, Answered]


def learnt(world: World, *, words: int = 64) -> float:
    """AUROC of the scoring learnt on the other arm."""
    fitted = Lars(words=words).fit(world.other.evidence, world.other.wrong)
    return errors_found(world.main, estimator=fitted)


def fixed(world: World, *, estimator: Perplexity | MinTokenProbability) -> float:
    """AUROC of a fixed scoring."""
    return errors_found(world.main, estimator=estimator)


CLAIM = Claim(
    world=mannered,
    tiny=partial(mannered, taught=80, judged=60),
    ours=learnt,
    baselines={
        "perplexity": partial(fixed, estimator=Perplexity()),
        "min-token-probability": partial(fixed, estimator=MinTokenProbability()),
    },
    margin=0.03,
    checks={"words add 0.02 to bins": lambda w: learnt(w) - learnt(w, words=0) - 0.02},
    paper="yaldiz2024",
    paper_figure="up to 16% higher AUROC than fixed scoring functions",
    size="600 taught and 600 judged answers of 6 to 12 tokens, 30 words",
)
