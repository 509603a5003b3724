"""A scorer taught by rollouts picks right answers among latent ways of thought more than a vote."""

from dataclasses import dataclass
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from dubito.claims.lab import Claim
from dubito.data.worlds.latent_wells import (
    STEPS,
    Asked,
    Downhill,
    WellReader,
    Wells,
    learnt_downhill,
    nearest,
    wells,
)
from dubito.decide.latent_rewards import LatentRM, Picked
from dubito.decide.latent_scorer import StepScorer
from dubito.decide.latent_search import best_of_n, most_frequent, step_scores
from dubito.decide.latents import DropoutNoise, GaussianNoise, LatentReasoner, Noise, draw
from dubito.maths.passes import pass_at_k
from dubito.nn.seeded import seeded
from dubito.nn.tiny_training import Schedule

SAMPLES = 16  # at test
NOISE = GaussianNoise(0.25)
ROLLING = LatentReasoner(Downhill(), nearest, STEPS, 2)


def reader(_questions: Tensor, _reasoner: LatentReasoner, seed: int) -> nn.Module:
    """A fresh scorer that sees wells as the reasoner does."""
    with seeded(seed):
        return StepScorer(WellReader(width=32), 32)


@dataclass(frozen=True, eq=False)
class Tried:
    """Trajectories of the new questions, and answers of the best one and of a beam."""

    picked: Picked
    beam: Tensor
    gold: Tensor


def tried(world: Wells, reasoner: LatentReasoner, noise: Noise) -> Tried:
    """Taught on the known questions."""
    taught = Schedule(steps=2 * len(world.known.gold) // 5, rate=5e-3)  # 600 of 1500
    rewards = LatentRM(noise=noise, rollouts=4, fresh=reader, schedule=taught)
    rewards.fit(reasoner, world.known.questions, world.known.gold)
    new = world.new
    return Tried(
        rewards.pick(new.questions, samples=SAMPLES), rewards.search(new.questions), new.gold
    )


@lru_cache(maxsize=1)
def by_noise(world: Wells) -> Tried:
    """The exact reasoner with noise."""
    return tried(world, ROLLING, NOISE)


@lru_cache(maxsize=1)
def by_dropout(world: Wells) -> Tried:
    """A network that learnt the steps, with its dropout on."""
    return tried(world, dropping(4 * len(world.known.gold) // 5), DropoutNoise(0.2))


@lru_cache(maxsize=1)
def dropping(steps: int) -> LatentReasoner:
    """Learnt in so many steps, 1200 of 1500; the same for all seeds."""
    return LatentReasoner(learnt_downhill(0, steps=steps), nearest, STEPS, 2)


def right(answer: Tensor, gold: Tensor) -> float:
    """Share of right answers."""
    return float((answer == gold).double().mean())


def best(world: Wells) -> float:
    """Accuracy of the best of N by our scorer."""
    seen = by_noise(world)
    return right(seen.picked.answer, seen.gold)


def vote(world: Wells) -> float:
    """Accuracy of the majority of the same N."""
    seen = by_noise(world)
    return right(most_frequent(seen.picked.answers), seen.gold)


def still(world: Wells) -> float:
    """Accuracy without noise."""
    return right(one_way(world.new), world.new.gold)


def one_way(asked: Asked) -> Tensor:
    """Answers of the undisturbed reasoner."""
    ways = draw(
        ROLLING,
        asked.questions,
        samples=1,
        noise=GaussianNoise(0.0),
        generator=torch.Generator(),
    )
    return ROLLING.answers(asked.questions, ways)[:, 0]


def untaught(world: Wells) -> float:
    """Accuracy of the best of N by a scorer with random weights."""
    seen = by_noise(world)
    scorer = reader(world.new.questions, ROLLING, 0)
    scores = step_scores(scorer, world.new.questions, seen.picked.latents)
    return right(best_of_n(scores, seen.picked.answers), seen.gold)


def coverage(world: Wells, k: int) -> float:
    """The chance that one of k drawn answers is right."""
    seen = by_noise(world)
    count = (seen.picked.answers == seen.gold[:, None]).sum(dim=1).numpy()
    return float(pass_at_k(count, n=SAMPLES, k=k).mean())


def gain_with_dropout(world: Wells) -> float:
    """The best of N over the most_frequent, both of dropout's ways."""
    seen = by_dropout(world)
    return right(seen.picked.answer, seen.gold) - right(
        most_frequent(seen.picked.answers), seen.gold
    )


CLAIM = Claim(
    world=wells,
    tiny=partial(wells, known=60, new=40),
    ours=best,
    baselines={"majority vote": vote, "without noise": still},
    metric="accuracy",
    margin=0.15,
    checks={
        "an untaught scorer is below the vote": lambda w: vote(w) - untaught(w),
        "not above the coverage": lambda w: coverage(w, SAMPLES) - best(w),
        "coverage grows from 1 to 4": lambda w: coverage(w, 4) - coverage(w, 1),
        "coverage grows from 4 to 16": lambda w: coverage(w, 16) - coverage(w, 4),
        "a guided beam is above the vote": lambda w: right(by_noise(w).beam, w.new.gold) - vote(w),
        "dropout's ways: best of N above the vote": gain_with_dropout,
    },
    paper="you2025",
    paper_figure="GSM-Test with COCONUT: vote 33.6, best of N 35.4",
    seeds=4,
    size="1500 known and 1000 new questions, 6 steps in the plane, 8 ways to learn from with 4 "
    "rollouts, 16 at test, sigma 0.25, dropout 0.2",
)
