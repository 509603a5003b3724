"""Tasks that help each other: by how alike they are, and some of them in general."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

SIZE, NOISE, VAGUENESS = 4, 0.3, 0.22  # of a task's vector; of transfers and of likenesses


@dataclass(frozen=True, eq=False)
class TaskTransfers:
    """S tasks: what each does for each other one, as measured before and as it will be."""

    table: Floats  # [S, S] row helps column; 0 on the diagonal
    similarity: Floats  # [S, S] of their texts, about 0.25 to 0.75
    truth: Floats  # [S, S] what is judged by; the table itself unless shuffled

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same table; in truth each source does for a target what another one did."""
        truth = self.truth.copy()
        for target in range(len(truth)):
            others = np.delete(np.arange(len(truth)), target)
            truth[others, target] = rng.permutation(truth[others, target])
        changes: dict[str, Any] = {"truth": truth}
        return replace(self, **changes)


def task_transfers(seed: int, *, tasks: int = 22, generality: float = 0.35) -> TaskTransfers:
    """Transfer is 0.1 (z_s . z_t + generality g_s + noise), z of length 1 in 4 dimensions.

    Texts are as alike as 0.5 + 0.25 z_s . z_t, and noise: the mean of two of 0.22, one each way.
    """
    rng = np.random.default_rng([seed, 91])
    z = rng.normal(size=(tasks, SIZE))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    helpful = generality * rng.normal(size=(tasks, 1))
    table = 0.1 * (z @ z.T + helpful + NOISE * rng.normal(size=(tasks, tasks)))
    np.fill_diagonal(table, 0.0)
    vague = VAGUENESS * rng.normal(size=(tasks, tasks))
    return TaskTransfers(table, 0.5 + 0.25 * z @ z.T + (vague + vague.T) / 2, table)
