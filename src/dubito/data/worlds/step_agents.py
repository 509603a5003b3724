"""Agents of many steps, of which few decide and the rest are noise; only the end is graded."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

ACTIONS = 8
# Steps: so many begin sure and right, sure and wrong; the rest has no opinion.
SURE, MISTAKEN, NOISE, UNDECIDED = 3, 2, 5, 2
HIGH, LESS, SPREAD = 4.0, 2.5, 0.1  # logits


@dataclass(frozen=True, eq=False)
class StepAgents:
    """N tasks of T steps with A actions each."""

    logits: Floats  # [N, T, A] of the policy that one begins with
    right: Integers  # [N, T] the right action of each step
    decides: np.ndarray  # bool [N, T]; the reward is 1 where all of these steps are right
    shown: bool = True  # off in a null: how sure a step was is not looked at

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same policy; each task gets another's right actions."""
        changes: dict[str, Any] = {"right": rng.permutation(self.right)}
        return replace(self, **changes)

    def unseen(self) -> Self:
        """The same tasks, where nobody looks how sure a step was."""
        changes: dict[str, Any] = {"shown": False}
        return replace(self, **changes)


def step_agents(seed: int, *, tasks: int = 24) -> StepAgents:
    """Three deciding steps that begin sure and right, two sure and wrong, five of pure noise.

    A wrong action begins with logit 4 and the right one with 2.5; steps stand in any order.
    """
    return drawn(seed, tasks, (SURE, MISTAKEN, NOISE, 0))


def undecided_agents(seed: int, *, tasks: int = 24) -> StepAgents:
    """Three deciding steps that begin sure and right, two deciding ones of no opinion; no noise."""
    return drawn(seed, tasks, (SURE, 0, 0, UNDECIDED))


def drawn(seed: int, tasks: int, counts: tuple[int, int, int, int]) -> StepAgents:
    """So many steps that are sure and right, sure and wrong, noise, undecided."""
    rng = np.random.default_rng(seed)
    kind = rng.permuted(np.tile(np.repeat(range(4), counts), (tasks, 1)), axis=1)  # [N, T]
    right = rng.integers(ACTIONS, size=kind.shape)
    wrong = (right + rng.integers(1, ACTIONS, size=kind.shape)) % ACTIONS
    logits = SPREAD * rng.normal(size=(*kind.shape, ACTIONS))
    at = np.indices(kind.shape)
    logits[*at, right] += np.array([HIGH, LESS, 0.0, 0.0])[kind]
    logits[*at, wrong] += np.array([0.0, HIGH, 0.0, 0.0])[kind]
    return StepAgents(logits, right, kind != 2)
