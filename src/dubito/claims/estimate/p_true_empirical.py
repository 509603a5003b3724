"""Ten drawn verdicts find errors above likelihood, and lose little against P(True) that is read."""

from functools import partial

from dubito.claims.lab import Claim
from dubito.claims.measures import errors_found
from dubito.data.worlds.judging import Judged, judging
from dubito.estimate.asked.judged import drawn_verdicts
from dubito.estimate.asked.p_true import PTrueEmpirical
from dubito.estimate.self_report import PTrue
from dubito.estimate.surprise import Perplexity
from dubito.estimate.token_entropy import TokenEntropy
from dubito.evidence import Evidence, Sequence
from dubito.maths.ranking import auroc


def errors_found_by_verdicts(world: Judged) -> float:
    """AUROC of the share of drawn verdicts that say false."""
    method = PTrueEmpirical()
    doubts = []
    for e, said in zip(world.evidence, world.verdicts, strict=True):
        replies = tuple(Sequence("True" if true else "False") for true in said)
        doubts.append(method([e, *drawn_verdicts(Evidence("judge", replies[0], replies))]).doubt)
    return auroc(doubts, world.wrong)


def near_reading(world: Judged) -> float:
    """0.05 less what is lost against P(True) read from the model."""
    read = errors_found(world, estimator=PTrue())
    return 0.05 - (read - errors_found_by_verdicts(world))


CLAIM = Claim(
    world=judging,
    tiny=partial(judging, names=10, steps=20, tuning=4),
    ours=errors_found_by_verdicts,
    baselines={
        "perplexity": partial(errors_found, estimator=Perplexity()),
        "mean-token-entropy": partial(errors_found, estimator=TokenEntropy()),
    },
    margin=0.03,
    checks={"within 0.05 of P(True) that is read": near_reading},
    seeds=6,
    first_seed=2000,
    tried="Three seeds, 1000 to 1002: +0.118 [-0.146, +0.383] over perplexity, a gain on each but "
    "too few to tell. Since then six fresh ones, all else as it was.",
    paper="kadavath2022",
    paper_figure="P(True) of large untuned models is calibrated on choices and short answers",
    size="240 facts of 480, answers of one token, 10 verdicts, 2-layer transformer, tuned for "
    "200 steps",
)
