"""A small transformer over attention and likely tokens finds wrong steps that 1 - p misses."""

from functools import lru_cache, partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.running_sums import DEPTHS, STEPS, RunningSums, running_sums
from dubito.estimate.trained.uhead import UHead
from dubito.evidence import measured
from dubito.maths.ranking import auroc

HEAD = partial(UHead, depths=DEPTHS, width=32, rate=3e-3, epochs=15)


@lru_cache(maxsize=2)  # the checks ask for the same fit as the gain
def by_head(world: RunningSums) -> float:
    """AUROC over all new steps of a head fitted to the known ones."""
    return steps_found(world, HEAD())


def steps_found(world: RunningSums, head: UHead) -> float:
    """AUROC over all new steps of this head, once fitted."""
    steps = [np.arange(STEPS)] * len(world.known)
    head.fit_steps(world.known, list(world.known_wrong), steps)
    doubts = head.of_steps(world.new, [np.arange(STEPS)] * len(world.new))
    return auroc(np.concatenate(doubts), world.new_wrong.ravel())


def by_probability(world: RunningSums) -> float:
    """AUROC of a step's 1 - p."""
    logp = [measured(e.answer.logprobs, "logprobs") for e in world.new]
    return auroc(-np.expm1(np.concatenate(logp)), world.new_wrong.ravel())


def by_entropy(world: RunningSums) -> float:
    """AUROC of the entropy of a step's distribution."""
    entropies = [measured(e.answer.entropies, "entropies") for e in world.new]
    return auroc(np.concatenate(entropies), world.new_wrong.ravel())


def above_entropy(world: RunningSums) -> float:
    """The head's AUROC above that of the entropy."""
    return by_head(world) - by_entropy(world)


def states_help(world: RunningSums) -> float:
    """AUROC with the last hidden states above that without."""
    return steps_found(world, HEAD(states=(1.0,))) - by_head(world)


CLAIM = Claim(
    world=running_sums,
    tiny=partial(running_sums, problems=16, training=10),
    ours=by_head,
    baselines={"1 - p": by_probability},
    margin=0.02,
    checks={
        "not below the entropy": above_entropy,
        "hidden states do not harm": states_help,
    },
    seeds=8,
    first_seed=2000,
    paper="ni2025",
    paper_figure="PR-AUC at or above that of reward models up to 810 times larger, 3 domains",
    size="450 chains of 4 steps to learn from and 450 to judge, a transformer of 2 layers",
    tried=(
        "With 600 chains and 4 seeds from 1000 the gain was large but uneven, +0.095 "
        "[-0.029, +0.218], since tiny models differ in how far 1 - p serves them (AUROC 0.75 to "
        "0.97, the head 0.93 to 0.97); so more and smaller worlds, from new seeds."
    ),
)
