"""A taught transformer's own answers to all facts of a topic world, graded."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.self_report import said_tokens
from dubito.data.worlds.taught import answers, taught
from dubito.data.worlds.topics import TopicWorld, topic_world
from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers
from dubito.nn.tiny_transformer import TinyTransformer


@dataclass(frozen=True, eq=False)
class GradedAnswers:
    """F facts; those for tuning may be learnt from, the others are to judge by."""

    topics: TopicWorld
    model: TinyTransformer  # leave it as it is, tune a copy
    said: Integers  # [F, 6] question and greedy answer
    probability: Floats  # [F] of the answer
    right: Flags  # [F]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same answers; each gets another's grade, among those for tuning and the others."""
        right = self.right.copy()
        for half in (self.topics.tuning, ~self.topics.tuning):
            right[half] = rng.permutation(right[half])
        changes: dict[str, Any] = {"right": right}
        return replace(self, **changes)


def graded_answers(seed: int, *, steps: int = 500, topics: int = 12) -> GradedAnswers:
    """1,440 facts at 12 topics, of which a third is known and a third is not, by topic."""
    world = topic_world(seed, topics=topics)
    model = taught(world, seed=seed, steps=steps)
    rows = np.arange(len(world))
    found = answers(model, world, rows)
    said = said_tokens(model, world, rows)
    return GradedAnswers(world, model, said, found.probability, found.right)
