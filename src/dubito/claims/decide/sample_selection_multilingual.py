"""Answers in a stronger language help to pick the best of a hedged pool, without being picked."""

from dataclasses import replace
from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.language_pools import LanguagePools, language_pools
from dubito.decide.sample_selection import MinimumBayesRisk, pool_quality
from dubito.estimate.similarity import Similarity
from dubito.evidence import Evidence, Floats, Plan

N = 5  # members of each pool


def nearness(evidence: Evidence) -> Floats:
    """Minus the distance of two answers."""
    points = np.asarray(evidence.embeddings)
    return -np.linalg.norm(points[:, None] - points, axis=-1)


RULE = MinimumBayesRisk(N - 1, similarity=Similarity(nearness, Plan(embeddings=True)))


def hedged(evidence: Evidence) -> Evidence:
    """The greedy answer and four samples."""
    return evidence.take(range(N - 1))


def unhedged(evidence: Evidence) -> Evidence:
    """Five samples, the first in the greedy answer's place."""
    first, *rest = evidence.samples
    points = np.asarray(evidence.embeddings)[1:]
    return replace(evidence, answer=first, samples=tuple(rest), embeddings=points)


def quality(world: LanguagePools, *, hedge: bool = True, pivot: bool = True) -> float:
    """Mean quality of what the rule picks, minus a distance."""
    pool, first = (hedged, 0) if hedge else (unhedged, 1)
    places = [
        first + RULE(pool(e), p if pivot else None).place
        for e, p in zip(world.evidence, world.pivot, strict=True)
    ]
    return float(world.quality[np.arange(len(places)), places].mean())


def one_sample(world: LanguagePools) -> float:
    """Mean quality of one drawn answer."""
    return float(world.quality[:, 1].mean())


def below_the_best(world: LanguagePools) -> float:
    """What the best members have above what is picked."""
    return float(pool_quality(world.quality[:, :N]).hope.mean()) - quality(world)


def above_the_mean(world: LanguagePools) -> float:
    """What the unhedged, unhelped pick has above its pool's mean."""
    mean = pool_quality(world.quality[:, 1:]).mean.mean()
    return quality(world, hedge=False, pivot=False) - float(mean)


CLAIM = Claim(
    world=language_pools,
    tiny=partial(language_pools, prompts=50),
    ours=quality,
    baselines={
        "without the pivot": partial(quality, pivot=False),
        "without the greedy answer": partial(quality, hedge=False),
        "one drawn answer": one_sample,
        "the greedy answer": lambda w: float(w.quality[:, 0].mean()),
    },
    metric="mean quality",
    margin=0.1,
    checks={
        "hedged beats unhedged without the pivot by 0.1": lambda w: (
            quality(w, pivot=False) - quality(w, hedge=False, pivot=False) - 0.1
        ),
        "the pivot helps the unhedged pool by 0.1": lambda w: (
            quality(w, hedge=False) - quality(w, hedge=False, pivot=False) - 0.1
        ),
        "below the best of the pool": below_the_best,
        "above the mean of the pool": above_the_mean,
    },
    paper="khairi2025",
    paper_figure="6.8 points of win rate above one sample, 8B models, m-ArenaHard-v2.0",
    seeds=5,
    size="3,000 prompts, pools of 5 answers and 5 pivot answers",
)
