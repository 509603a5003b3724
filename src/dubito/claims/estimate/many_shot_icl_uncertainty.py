"""With many demonstrations total doubt is what the task leaves open; copies of one do not help."""

from functools import partial

import numpy as np

from dubito.claims.lab import Claim
from dubito.data.worlds.concepts import ConceptTasks, concept_tasks
from dubito.estimate.asked.demonstrations import Decomposition, shot_curve
from dubito.evidence import Floats
from dubito.maths.ranks import spearman


def total(world: ConceptTasks, shots: int, *, copies: bool = False) -> Floats:
    """Total doubt of each query after so many demonstrations, [N] nats."""
    row = int(np.flatnonzero(world.shots == shots)[0])
    predictions = world.copies if copies else world.distinct
    return shot_curve(world.shots, predictions).doubt.total[row]


def tracks_truth(world: ConceptTasks, *, shots: int, copies: bool = False) -> float:
    """Rank correlation of total doubt with the true concept's entropy."""
    return spearman(total(world, shots, copies=copies), world.irreducible)


def means(world: ConceptTasks) -> Decomposition:
    """The curves over shots."""
    return shot_curve(world.shots, world.distinct).means()


def reaches_the_irreducible(world: ConceptTasks) -> float:
    """0.05 nats less the distance of the means at 64 shots."""
    return 0.05 - abs(float(means(world).total[-1] - world.irreducible.mean()))


def between_vanishes(world: ConceptTasks) -> float:
    """0.01 nats less the largest mean mutual information from 32 shots on."""
    return 0.01 - float(means(world).between[world.shots >= 32].max())


def between_peaks_early(world: ConceptTasks) -> float:
    """1/2 where the mutual information is largest at 2 to 8 shots, else -1/2."""
    peak = int(world.shots[means(world).between.argmax()])
    return 0.5 if 2 <= peak <= 8 else -0.5


def copies_stay_above(world: ConceptTasks) -> float:
    """Least mean total of copies above that of as many distinct ones, from 2 shots on, nats."""
    copied = shot_curve(world.shots, world.copies).means().total
    return float((copied - means(world).total)[world.shots >= 2].min())


CLAIM = Claim(
    world=concept_tasks,
    tiny=partial(concept_tasks, tasks=20),
    ours=partial(tracks_truth, shots=64),
    baselines={
        "4 shots": partial(tracks_truth, shots=4),
        "64 copies": partial(tracks_truth, shots=64, copies=True),
    },
    margin=0.2,
    metric="rank correlation with the irreducible entropy",
    checks={
        "mean total within 0.05 of the irreducible at 64 shots": reaches_the_irreducible,
        "mutual information below 0.01 from 32 shots on": between_vanishes,
        "mutual information peaks at 2 to 8 shots": between_peaks_early,
        "copies stay above": copies_stay_above,
    },
    seeds=5,
    paper="wang2025",
    paper_figure="128 against 4 shots: uncertainty falls for 81 to 92% of queries; copies do not",
    size="200 tasks, 8 concepts, 6 sets of 0 to 64 demonstrations, closed-form Bayesian",
)
