"""A confidence in words, taught by how often a topic was right, errs less than the likelihood."""

from copy import deepcopy
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from dubito.bench.metrics.deviation import mean_deviation
from dubito.bench.metrics.probability import brier
from dubito.claims.lab import Claim
from dubito.data.worlds.graded_answers import GradedAnswers, graded_answers
from dubito.data.worlds.topics import special
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.learn.judgement import judged_right, judgement_loss
from dubito.learn.stated_confidence import followed_by, level, share_right, stated
from dubito.nn.descent import descend
from dubito.nn.tiny_training import Schedule, token_loss
from dubito.nn.tiny_transformer import TinyTransformer

NO, YES, TENTHS = special("NO"), special("YES"), 10
SCHEDULE, BATCH = Schedule(steps=100, rate=3e-4), 128


def familiar(world: GradedAnswers) -> Flags:
    """Facts of the relations that are tuned on, [F]: all but the last one."""
    return world.topics.relation < world.topics.relations - 1


def learnt(world: GradedAnswers) -> Integers:
    """The facts to tune on."""
    return np.flatnonzero(world.topics.tuning & familiar(world))


def after(model: TinyTransformer, world: GradedAnswers, query: str) -> Tensor:
    """Logits of what follows a query after each answer, [F, V]."""
    said = torch.from_numpy(world.said)
    asked = torch.cat([said, said.new_full((len(said), 1), special(query))], dim=1)
    with torch.no_grad():
        return model(asked)[:, -1].double()


@cache
def verbal(world: GradedAnswers) -> Floats:
    """The likeliest of eleven confidences, after tuning on the share of right answers, [F]."""
    rows, pupil = learnt(world), deepcopy(world.model)
    share = share_right(world.topics.topic[rows], world.right[rows])
    nearest = level(np.minimum(share + 0.5 / TENTHS, 1), highest=TENTHS)
    said = torch.from_numpy(world.said[rows])
    told = followed_by(said, special("SURE"), torch.from_numpy(special("C0") + nearest))
    descend(pupil, lambda x, k: token_loss(pupil(x), x, k), told, SCHEDULE, batch=BATCH, seed=0)
    words = special("C0") + torch.arange(TENTHS + 1)
    read = stated(after(pupil, world, "SURE"), words, torch.linspace(0, 1, TENTHS + 1))
    return read.likeliest.numpy()


@cache
def indirect(world: GradedAnswers) -> Floats:
    """P(right), after tuning on the grade of each answer, [F]."""
    rows, pupil = learnt(world), deepcopy(world.model)
    said = torch.from_numpy(world.said[rows])
    asked = torch.cat([said, said.new_full((len(said), 1), special("ASK"))], dim=1)

    def loss(x: Tensor, right: Tensor) -> Tensor:
        return judgement_loss(pupil(x)[:, -1], right, no=NO, yes=YES).mean()

    rows_of = [asked, torch.from_numpy(world.right[rows])]
    descend(pupil, loss, rows_of, SCHEDULE, batch=BATCH, seed=0)
    return judged_right(after(pupil, world, "ASK"), no=NO, yes=YES).numpy()


def likelihood(world: GradedAnswers) -> Floats:
    """Probability of each answer, [F]."""
    return np.minimum(world.probability, 1.0)


def judged(world: GradedAnswers, *, shift: bool = False) -> Flags:
    """Facts to judge by: other things, of the familiar relations or of the one never tuned on."""
    return ~world.topics.tuning & (familiar(world) != shift)


def error(world: GradedAnswers, *, by: str, shift: bool = False) -> float:
    """Mean squared error of a confidence."""
    rows = judged(world, shift=shift)
    return brier(SCORES[by](world)[rows], world.right[rows])


SCORES = {"verbal": verbal, "answer's probability": likelihood, "P(right) of each": indirect}


def fifth_less(world: GradedAnswers, *, shift: bool) -> float:
    """0.8 times the error of the answer's probability above that of the words."""
    theirs = error(world, by="answer's probability", shift=shift)
    return 0.8 * theirs - error(world, by="verbal", shift=shift)


def deviates_less(world: GradedAnswers, *, than: str) -> float:
    """Mean deviation of another confidence above that of the words."""
    rows = judged(world)
    ours, theirs = (
        mean_deviation(SCORES[s](world)[rows], world.right[rows]) for s in ("verbal", than)
    )
    return theirs - ours


CLAIM = Claim(
    world=graded_answers,
    tiny=partial(graded_answers, steps=40, topics=3),
    ours=partial(error, by="verbal"),
    baselines={name: partial(error, by=name) for name in SCORES if name != "verbal"},
    metric="mean squared error",
    higher_is_better=False,
    margin=0.02,
    checks={
        "a fifth below the answer's probability": partial(fifth_less, shift=False),
        "so on a relation not tuned on": partial(fifth_less, shift=True),
        "deviates less than the answer's probability": partial(
            deviates_less, than="answer's probability"
        ),
        "deviates less than P(right)": partial(deviates_less, than="P(right) of each"),
    },
    seeds=3,
    paper="lin2022",
    paper_figure="several right answers: MSE 22.0 in numbers, 37.4 answer's logit, 33.7 indirect",
    size="1,440 facts, half of the things to tune on, 3 of 4 relations; 100 steps of 128",
)
