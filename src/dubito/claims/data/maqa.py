"""With several right answers doubt read off the first one fails, disagreement of lists keeps."""

from collections.abc import Callable
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.answer_lists import AnswerLists, answer_lists
from dubito.evidence import Floats
from dubito.maths.entropy import entropy
from dubito.maths.peaks import margin_doubt, peak_doubt
from dubito.maths.ranking import auroc
from dubito.maths.ranks import spearman
from dubito.maths.sets import disagreement

Doubt = Callable[[AnswerLists], Floats]


def peak(world: AnswerLists) -> Floats:
    """1 less the greatest probability of a first answer, [N]."""
    return peak_doubt(world.first)


def margin(world: AnswerLists) -> Floats:
    """1 less the lead of the likeliest first answer, [N]."""
    return margin_doubt(world.first)


def spread(world: AnswerLists) -> Floats:
    """Entropy of the first answer, nats, [N]."""
    with np.errstate(divide="ignore"):
        return entropy(np.log(world.first))


def lists(world: AnswerLists) -> Floats:
    """Disagreement of the drawn lists, [N]."""
    return np.array([disagreement(drawn) for drawn in world.lists])


def single(world: AnswerLists, doubt: Doubt) -> float:
    """AUROC where one answer is right."""
    rows = world.rows(world.size == 1)
    return auroc(doubt(rows), rows.wrong)


def several(world: AnswerLists, doubt: Doubt) -> float:
    """AUROC where four or eight are."""
    rows = world.rows(world.size >= 4)
    return auroc(doubt(rows), rows.wrong)


def loss(world: AnswerLists, doubt: Doubt) -> float:
    """What several right answers cost a doubt."""
    return single(world, doubt) - several(world, doubt)


def taken_for_doubt(world: AnswerLists) -> float:
    """Rank correlation of entropy and the number of right answers among well-known questions."""
    rows = world.rows(world.knowledge > 0.7)
    return spearman(spread(rows), rows.size)


CLAIM = Claim(
    world=answer_lists,
    tiny=partial(answer_lists, questions=120),
    ours=partial(several, doubt=lists),
    baselines={
        "1 - max p": partial(several, doubt=peak),
        "margin": partial(several, doubt=margin),
    },
    metric="AUROC where four or eight answers are right",
    margin=0.1,
    checks={
        "1 - max p loses 0.15": lambda w: loss(w, peak) - 0.15,
        "margin loses 0.15": lambda w: loss(w, margin) - 0.15,
        "lists lose at most 0.10": lambda w: 0.10 - loss(w, lists),
        "lists keep 0.65": lambda w: several(w, lists) - 0.65,
        "entropy counts right answers: correlation 0.9": lambda w: taken_for_doubt(w) - 0.9,
    },
    paper="yang2024m",
    paper_figure="none relied on: scores lose AUROC with several answers, consistency the least",
    size="400 questions with 1, 2, 4 or 8 right answers of 40, K = 10 lists",
)
