"""Jobs and skills as bags of words: a concept has several synonyms, and much is filler."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Integers

CONCEPTS, SYNONYMS, FILLERS = 40, 3, 30
VOCABULARY = CONCEPTS * SYNONYMS + FILLERS
PER_JOB = 3


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is learnt from."""

    jobs: Integers  # [N, 8] words: 3 concepts and 5 fillers, in random order
    edges: Flags  # [N, 40] which concepts each job names
    skills: Integers  # [40, R, 3] words of R wordings of each skill: its concept and 2 fillers


@dataclass(frozen=True, eq=False)
class SynonymJobs:
    """A job names 3 of 40 concepts, a skill one of them; each by one of its 3 words at random."""

    lessons: Lessons
    fresh: Integers  # [M, 8] words of jobs to judge
    asked: Integers  # [40, 3] one wording of each skill, to be ranked
    relevant: Flags  # [M, 40]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same texts; each job to judge gets another's concepts."""
        changes: dict[str, Any] = {"relevant": rng.permutation(self.relevant)}
        return replace(self, **changes)


def synonym_jobs(
    seed: int, *, learnt: int = 200, fresh: int = 100, wordings: int = 60
) -> SynonymJobs:
    """Concepts of a job differ and are equally likely, as are synonyms and fillers."""
    rng = np.random.default_rng(seed)
    known, edges = jobs(learnt, rng)
    judged, relevant = jobs(fresh, rng)
    lessons = Lessons(known, edges, skills(wordings, rng))
    return SynonymJobs(lessons, judged, skills(1, rng)[:, 0], relevant)


def jobs(count: int, rng: np.random.Generator) -> tuple[Integers, Flags]:
    """Words [N, 8] and concepts bool [N, 40] of so many jobs."""
    named = rng.permuted(np.tile(np.arange(CONCEPTS), (count, 1)), axis=1)[:, :PER_JOB]
    words = np.concatenate([worded(named, rng), fillers((count, 5), rng)], axis=1)
    return rng.permuted(words, axis=1), (named[:, :, None] == np.arange(CONCEPTS)).any(axis=1)


def skills(wordings: int, rng: np.random.Generator) -> Integers:
    """Words of each skill in so many wordings, [40, R, 3]."""
    concept = np.tile(np.arange(CONCEPTS)[:, None, None], (1, wordings, 1))
    words = np.concatenate([worded(concept, rng), fillers((CONCEPTS, wordings, 2), rng)], axis=-1)
    return rng.permuted(words, axis=-1)


def worded(concept: Integers, rng: np.random.Generator) -> Integers:
    """One of the synonyms of each concept."""
    return SYNONYMS * concept + rng.integers(SYNONYMS, size=concept.shape)


def fillers(shape: tuple[int, ...], rng: np.random.Generator) -> Integers:
    """Words that mean nothing."""
    return CONCEPTS * SYNONYMS + rng.integers(FILLERS, size=shape)
