"""Tasks that mix a few hidden skills: some with many rows to learn from, new ones with few."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

INPUTS, SKILLS, INNER = 12, 4, 4


@dataclass(frozen=True, eq=False)
class Lessons:
    """What is shown of T base tasks and T new ones, each on rows of its own."""

    base_x: Floats  # [T, N, 12]
    base_y: Floats  # [T, N] with noise of 0.1
    few_x: Floats  # [T, n, 12] of the new tasks
    few_y: Floats  # [T, n] likewise
    judged: Floats  # [T, M, 12] of the new tasks


@dataclass(frozen=True, eq=False)
class SharedSkills:
    """Lessons, and what is true where they are judged."""

    lessons: Lessons
    truth: Floats  # [T, M] without noise

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Rows to judge get the truth of another row of their task."""
        changes: dict[str, Any] = {"truth": rng.permuted(self.truth, axis=1)}
        return replace(self, **changes)


def shared_skills(
    seed: int, *, tasks: int = 6, rows: int = 1500, few: int = 20, judged: int = 600
) -> SharedSkills:
    """Skill k is v_k . tanh(1.5 x S_k / sqrt 12); a task adds the four, with normal weights."""
    rng = np.random.default_rng([seed, 72])
    turn = 1.5 * rng.normal(size=(SKILLS, INPUTS, INNER)) / INPUTS**0.5
    along = rng.normal(size=(SKILLS, INNER))

    def drawn(weights: Floats, n: int) -> tuple[Floats, Floats]:
        x = rng.normal(size=(len(weights), n, INPUTS))
        inner = np.tanh(np.einsum("tni,kij->tnkj", x, turn))  # [T, n, 4, 4]
        return x, np.einsum("tnkj,kj,tk->tn", inner, along, weights)

    base, new = rng.normal(size=(2, tasks, SKILLS))
    base_x, base_y = drawn(base, rows)
    few_x, few_y = drawn(new, few)
    judged_x, truth = drawn(new, judged)
    base_noise, few_noise = (0.1 * rng.normal(size=y.shape) for y in (base_y, few_y))
    lessons = Lessons(base_x, base_y + base_noise, few_x, few_y + few_noise, judged_x)
    return SharedSkills(lessons, truth)
