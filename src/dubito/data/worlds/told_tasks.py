"""Tasks that only their prompts tell apart: each adds its own change to one frozen linear map."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from dubito.evidence import Floats, Integers

SIZE, ATOMS, TASKS, EMBEDDING = 32, 6, 8, 16


class Rows(NamedTuple):
    """N rows of mixed tasks."""

    x: Floats  # [N, 32], of the same law for every task
    prompt: Floats  # [N, 16] embeddings of unit length
    added: Floats  # [N, 32] what the task adds to the frozen map's output


@dataclass(frozen=True, eq=False)
class Tasks:
    """The frozen map, what each task adds to it, and how its prompts look."""

    frozen: Floats  # [32, 32]
    changes: Floats  # [8, 32, 32] each a signed sum of two of six rank-1 atoms
    looks: Floats  # [8, 16]
    told: bool = True  # off: a prompt is of a random task

    def draw(self, rng: np.random.Generator, n: int) -> Rows:
        """So many rows."""
        task = rng.integers(TASKS, size=n)
        x = rng.normal(size=(n, SIZE))
        shown: Integers = task if self.told else rng.integers(TASKS, size=n)
        noise = 0.3 * rng.normal(size=(n, EMBEDDING)) / EMBEDDING**0.5
        prompt = self.looks[shown] + noise
        prompt /= np.linalg.norm(prompt, axis=1, keepdims=True)
        return Rows(x, prompt, np.einsum("nij,nj->ni", self.changes[task], x))


@dataclass(frozen=True, eq=False)
class ToldTasks:
    """Tasks to draw from, and what is true of rows to judge."""

    tasks: Tasks
    judged: Rows
    truth: Floats  # [M, 32] what is added to them

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Rows to judge get another's truth."""
        changes: dict[str, Any] = {"truth": rng.permutation(self.truth)}
        return replace(self, **changes)

    def untold(self) -> Self:
        """The same tasks with prompts that say nothing of them."""
        tasks = replace(self.tasks, told=False)
        judged = tasks.draw(np.random.default_rng(0), len(self.truth))
        changes: dict[str, Any] = {"tasks": tasks, "judged": judged, "truth": judged.added}
        return replace(self, **changes)


def told_tasks(seed: int, *, judged: int = 2000) -> ToldTasks:
    """Eight tasks over six atoms of about unit size in each output."""
    rng = np.random.default_rng([seed, 73])
    left, right = rng.normal(size=(2, ATOMS, SIZE))
    atoms = left[:, :, None] * right[:, None, :] / SIZE**0.5  # [6, 32, 32]
    pairs = np.stack([rng.choice(ATOMS, size=2, replace=False) for _ in range(TASKS)])
    signs = rng.choice([-1.0, 1.0], size=(TASKS, 2))
    looks = rng.normal(size=(TASKS, EMBEDDING))
    tasks = Tasks(
        frozen=rng.normal(size=(SIZE, SIZE)) / SIZE**0.5,
        changes=np.einsum("tp,tpij->tij", signs, atoms[pairs]),
        looks=looks / np.linalg.norm(looks, axis=1, keepdims=True),
    )
    rows = tasks.draw(rng, judged)
    return ToldTasks(tasks, rows, rows.added)
