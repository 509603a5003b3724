"""A log of what users did: six actions in two categories, common and rare; unscaled features."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers

INPUTS, FEATURES = 24, 6
CATEGORIES = (0, 1, 0, 1, 0, 1)  # of each task
RATES = (0.4, 0.4, 0.2, 0.2, 0.03, 0.03)  # positives of each task
RARE = (4, 5)


@dataclass(frozen=True, eq=False)
class ActionLog:
    """Rows with a label for every task."""

    x: Floats  # [N, 24] of scales from 1 to 30
    y: Integers  # [N, 6]
    fresh: Floats  # [M, 24] to judge
    truth: Integers  # [M, 6]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same rows; each gets another's labels, learnt and judged alike."""
        changes: dict[str, Any] = {
            "y": rng.permutation(self.y),
            "truth": rng.permutation(self.truth),
        }
        return replace(self, **changes)


def action_log(seed: int, *, learn: int = 4000, judge: int = 4000) -> ActionLog:
    """Each category has six bent features of the standardised input; a task weighs them.

    A row is positive where that plus noise of half its deviation is among the task's highest.
    """
    rng = np.random.default_rng(seed)
    scale = np.geomspace(1, 30, INPUTS)[rng.permutation(INPUTS)]
    weight = rng.normal(size=(2, INPUTS, FEATURES)) / np.sqrt(INPUTS)
    mix = rng.normal(size=(len(RATES), FEATURES))
    z = rng.normal(size=(learn + judge, INPUTS))
    labels: list[np.ndarray] = []
    for task, rate in enumerate(RATES):
        score = np.tanh(2 * z @ weight[CATEGORIES[task]]) @ mix[task]
        score = score + 0.5 * score.std() * rng.normal(size=len(score))
        labels.append(score > np.quantile(score, 1 - rate))
    x, y = z * scale, np.stack(labels, axis=1).astype(np.int64)
    return ActionLog(x[:learn], y[:learn], x[learn:], y[learn:])
