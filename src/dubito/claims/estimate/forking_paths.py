"""The forking score finds the token that decided the outcome, which token entropy does not."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.forks import ForkedTexts, forked_texts
from dubito.data.worlds.world import Arms
from dubito.estimate.asked.change_points import PiecewiseModel
from dubito.estimate.asked.forking import (
    Fork,
    drift,
    forking_scores,
    hazards,
    outcomes_along,
    survival,
)

EXACT = 0.4 * 2 * 0.9  # forking score of the planted token: .4 times the L1 distance 1.8
LASTING = 0.6  # exact survival of a text at least distance .5

World = Arms[ForkedTexts, ForkedTexts]  # texts with a fork, and without


def world(seed: int, *, texts: int = 100) -> World:
    """Texts with a planted fork, and as many without."""
    return Arms(
        forked_texts(seed, texts=texts), forked_texts(seed + 10**6, texts=texts, forked=False)
    )


def texts_of(side: ForkedTexts) -> list[list[Fork]]:
    """The forks of each text."""
    return [
        [Fork(p, o) for p, o in zip(*text, strict=True)]
        for text in zip(side.probability, side.outcomes, strict=True)
    ]


def by_score(world: World) -> float:
    """Share of texts whose largest forking score stands at the fork."""
    found = [int(forking_scores(forks).argmax()) for forks in texts_of(world.main)]
    return float((np.array(found) == world.main.place).mean())


def by_entropy(world: World) -> float:
    """Share of texts whose most open token stands at the fork."""
    return float((world.main.token_entropy().argmax(axis=1) == world.main.place).mean())


def score_is_exact(world: World) -> float:
    """0.05 less the distance of the fork's mean score from its exact value."""
    pairs = zip(texts_of(world.main), world.main.place, strict=True)
    return 0.05 - abs(float(np.mean([forking_scores(f)[t] for f, t in pairs])) - EXACT)


def survival_is_near(world: World) -> float:
    """0.15 less the distance of the mean survival from its exact value; sampling adds hazards."""
    last = [survival(hazards(forks, least=0.5))[-1] for forks in texts_of(world.main)]
    return 0.15 - abs(float(np.mean(last)) - LASTING)


def change_is_found(world: World) -> float:
    """Mean posterior of a change at the fork or right behind it, less 0.8."""
    model = PiecewiseModel()
    mass = [
        model(drift(outcomes_along(forks))).place[t : t + 2].sum()
        for forks, t in zip(texts_of(world.main), world.main.place, strict=True)
    ]
    return float(np.mean(mass)) - 0.8


def no_change_is_invented(world: World) -> float:
    """Share of texts without a fork whose Bayes factor is below 1, less 0.9."""
    model = PiecewiseModel()
    factors = [model(drift(outcomes_along(f))).log_bayes_factor for f in texts_of(world.other)]
    return float((np.array(factors) < 0).mean()) - 0.9


CLAIM = Claim(
    world=world,
    tiny=partial(world, texts=5),
    ours=by_score,
    baselines={"token entropy": by_entropy},
    margin=0.5,
    metric="share of forks found",
    checks={
        "mean score of the fork within 0.05 of 0.72": score_is_exact,
        "mean survival within 0.15 of 0.6": survival_is_near,
        "0.8 of the posterior at the fork": change_is_found,
        "no change invented in 90% of the controls": no_change_is_invented,
    },
    seeds=5,
    paper="bigelow2024",
    paper_figure="forking tokens are common on all seven tasks; static estimates often miss them",
    size="100 texts of 20 tokens with a fork and 100 without, 30 continuations a token",
)
