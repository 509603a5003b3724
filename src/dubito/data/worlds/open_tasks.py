"""Tasks with one right output and tasks with many, and few examples of each."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import entr

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class OpenTasks:
    """C tasks: what may be said to each, how open it is, and 3 outputs that were seen."""

    truth: Floats  # [C, V] probabilities
    open: Flags  # [C] many outputs are right
    doubt: Floats  # [C] in [0, 1], the truth's entropy over log V, as a better model sees it
    task: Integers  # [N] of each example
    output: Integers  # [N] drawn from its task's truth

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same tasks and examples; each task gets another's doubt."""
        changes: dict[str, Any] = {"doubt": rng.permutation(self.doubt)}
        return replace(self, **changes)


def open_tasks(
    seed: int, *, tasks: int = 60, outputs: int = 40, many: int = 8, draws: int = 3
) -> OpenTasks:
    """Half of the tasks with one right output, half with `many` alike; 2% of the mass on all.

    Raises:
        ValueError: more right outputs than there are.
    """
    if not 1 <= many <= outputs:
        raise ValueError(f"many must be in 1 .. {outputs}, got {many}")
    rng = np.random.default_rng(seed)
    is_open = rng.permutation(tasks) % 2 == 0  # [C]
    order = rng.permuted(np.tile(np.arange(outputs), (tasks, 1)), axis=1)  # [C, V]
    right = order < np.where(is_open, many, 1)[:, None]  # [C, V]
    truth = 0.98 * right / right.sum(axis=1, keepdims=True) + 0.02 / outputs
    drawn = [rng.choice(outputs, size=draws, p=p) for p in truth]
    return OpenTasks(
        truth,
        is_open,
        doubt=entr(truth).sum(axis=1) / np.log(outputs),
        task=np.repeat(np.arange(tasks), draws),
        output=np.concatenate(drawn),
    )
