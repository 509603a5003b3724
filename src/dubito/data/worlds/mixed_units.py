"""Three tasks on one latent: a precise one, a noisy one in hundredths of its unit, and classes."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats

INPUTS, WIDTH = 10, 16


@dataclass(frozen=True, eq=False)
class MixedUnits:
    """Rows to learn from and rows to judge, without noise; tasks in columns."""

    x: Floats  # [N, 10]
    clean: Floats  # [N, 3] what each task is about, deviation about 1
    drawn: Floats  # [N, 3] standard normal
    judged: Floats  # [M, 10]
    truth: Floats  # [M, 3]
    unit: tuple[float, ...] = (1.0, 100.0, 1.0)  # that labels are told in
    deviation: tuple[float, ...] = (0.1, 50.0, 0.3)  # of their noise, in that unit
    classes: bool = True  # of the third task only the sign is seen

    @property
    def labels(self) -> Floats:
        """What is seen of each task, [N, 3]; of the third, with `classes`, 0 or 1."""
        seen = self.clean * self.unit + self.drawn * self.deviation
        if self.classes:
            seen[:, 2] = seen[:, 2] > 0
        return seen

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Rows to judge get another's truth."""
        changes: dict[str, Any] = {"truth": rng.permutation(self.truth)}
        return replace(self, **changes)

    def alike(self) -> Self:
        """All three told as the first is, so that there is nothing to balance."""
        changes: dict[str, Any] = {
            "unit": (1.0,) * 3,
            "deviation": (self.deviation[0],) * 3,
            "classes": False,
        }
        return replace(self, **changes)


def mixed_units(seed: int, *, rows: int = 1500, judged: int = 4000) -> MixedUnits:
    """Each task a direction of its own in one latent, tanh of a random linear map."""
    rng = np.random.default_rng([seed, 71])
    turn = 1.5 * rng.normal(size=(INPUTS, WIDTH)) / INPUTS**0.5
    tasks = rng.normal(size=(WIDTH, 3))
    tasks /= np.linalg.norm(tasks, axis=0)
    x = rng.normal(size=(rows + judged, INPUTS))
    clean = np.tanh(x @ turn) @ tasks  # [rows + judged, 3]
    return MixedUnits(
        x=x[:rows],
        clean=clean[:rows],
        drawn=rng.normal(size=(rows, 3)),
        judged=x[rows:],
        truth=clean[rows:],
    )
