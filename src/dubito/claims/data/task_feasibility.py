"""Refusals in place of wrong answers, not at random, teach to refuse what was never tuned on."""

from collections.abc import Sequence
from functools import lru_cache, partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from dubito.bench.metrics.refusals import Refusals, refusal_skill, refusals
from dubito.claims.lab import Claim
from dubito.data.feasibility import FEASIBLE
from dubito.data.refusal import declines
from dubito.data.refusal_tuning import Taught, augmented, randomised, selected
from dubito.data.worlds.tuning_requests import (
    ABLE,
    INSIDE,
    OUTSIDE,
    TuningRequests,
    tuning_requests,
)
from dubito.data.worlds.world import Flags
from dubito.maths.strings import plain_words
from dubito.nn.seeded import seeded

STEPS, WIDTH = 100, 64
ANSWERS = (*FEASIBLE, "refuse")


@lru_cache(maxsize=8)
def refused(examples: tuple[Taught, ...], asked: tuple[str, ...]) -> Flags:
    """Tune a perceptron on bags of words and say which of the asked ones it declines, [M]."""
    words = sorted({word for e in examples for word in plain_words(e.request)})
    place = {word: i for i, word in enumerate(words)}
    target = torch.tensor([kind(e.answer) for e in examples])
    seen = bags([e.request for e in examples], place)
    with seeded(0):
        model = nn.Sequential(
            nn.Linear(len(words), WIDTH), nn.ReLU(), nn.Linear(WIDTH, len(ANSWERS))
        )
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(STEPS):
        loss = cross_entropy(model(seen), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        said = model(bags(asked, place)).argmax(dim=-1)
    return (said == len(FEASIBLE)).numpy()


def kind(answer: str) -> int:
    """The class of an answer: a sort of task, or a refusal."""
    return len(FEASIBLE) if declines(answer) else ANSWERS.index(answer)


def bags(texts: Sequence[str], place: dict[str, int]) -> Tensor:
    """Which known words each text has, [N, V]."""
    found = torch.zeros(len(texts), len(place))
    for row, text in enumerate(texts):
        found[row, [place[word] for word in plain_words(text) if word in place]] = 1.0
    return found


def original(world: TuningRequests) -> Flags:
    """Tuned on the set as it is."""
    return refused(world.examples, world.asked)


def select(world: TuningRequests) -> Flags:
    """Tuned on refusals where the scorer doubts."""
    return refused(tuple(selected(world.examples, world.stated.tolist())), world.asked)


def augment(world: TuningRequests) -> Flags:
    """Tuned on the set and on further infeasible requests with refusals."""
    return refused(tuple(augmented(world.examples, world.further)), world.asked)


def at_random(world: TuningRequests) -> Flags:
    """Tuned on as many refusals as there are infeasible requests, anywhere."""
    return refused(tuple(randomised(world.examples, world.infeasible)), world.asked)


def counted(world: TuningRequests, said: Flags, part: int) -> Refusals:
    """Refusals among the feasible requests and this part of the infeasible ones."""
    rows = (world.part == ABLE) | (world.part == part)
    return refusals(said[rows], world.part[rows] == part)


def skill(world: TuningRequests, said: Flags) -> float:
    """Refusals of the held-out category, less those of feasible requests."""
    rows = world.part != INSIDE
    return refusal_skill(said[rows], world.part[rows] == OUTSIDE)


CLAIM = Claim(
    world=tuning_requests,
    tiny=partial(tuning_requests, examples=200),
    ours=lambda w: skill(w, select(w)),
    baselines={
        "original": lambda w: skill(w, original(w)),
        "random": lambda w: skill(w, at_random(w)),
    },
    metric="recall of refusals in the held-out category less false refusals",
    margin=0.2,
    checks={
        "in the tuned categories select refuses 0.8": lambda w: (
            counted(w, select(w), INSIDE).recall - 0.8
        ),
        "in the tuned categories augment refuses 0.6": lambda w: (
            counted(w, augment(w), INSIDE).recall - 0.6
        ),
        "select refuses less than 0.1 of the feasible": lambda w: (
            0.1 - counted(w, select(w), INSIDE).false_refusals
        ),
        "original refuses nothing": lambda w: 1e-9 - float(original(w).mean()),
        "random refuses feasible ones within 0.05 of its rate": lambda w: (
            0.05
            - abs(counted(w, at_random(w), INSIDE).false_refusals - w.infeasible / len(w.examples))
        ),
        "select above augment in the held-out category": lambda w: (
            skill(w, select(w)) - skill(w, augment(w))
        ),
    },
    paper="zhang2024f",
    paper_figure="selection refuses 66% and 73.5% of infeasible requests out of distribution",
    size="1000 requests to tune on, 75 of them infeasible; 300 of a held-out category",
    tried="augment's 0.6 is our card's guess, no figure of the paper; it refuses 0.54 in the tuned "
    "categories, since as many wrong answers to such requests stay in the set. Before judging, on "
    "seeds 0 to 3, half as many further requests refused 0.29 to 0.39; since then as many as there "
    "are, the paper's ratio. Seeds 1000 to 1009 were looked at once.",
)
