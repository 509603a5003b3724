"""The labelled sets of scikit-learn as worlds: real rows, some to learn from, some to judge on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.evidence import Floats, Integers
from dubito.extras import require

Loader = Callable[[Any], Any]  # sklearn.datasets -> a loaded set with `data` and `target`


def tumours(datasets: Any) -> Any:
    """569 tumours, 30 measures, malignant or benign."""
    return datasets.load_breast_cancer()


def wines(datasets: Any) -> Any:
    """178 wines, 13 measures, 3 growers."""
    return datasets.load_wine()


@dataclass(frozen=True, eq=False)
class Table:
    """Rows with labels, standardised by the rows to learn from."""

    known: Floats  # [N, d] to learn from
    labels: Integers  # [N]
    fresh: Floats  # [M, d] to judge on
    truth: Integers  # [M]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same rows; every one gets another's label, learnt and judged alike."""
        changes: dict[str, Any] = {
            "labels": rng.permutation(self.labels),
            "truth": rng.permutation(self.truth),
        }
        return replace(self, **changes)


def table(seed: int, *, source: Loader = tumours, share: float = 0.5) -> Table:
    """A share of the rows to learn from and the rest to judge on, drawn by the seed.

    Raises:
        ValueError: a share that leaves nothing on one side.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, got {share}")
    loaded = source(require("sklearn.datasets", extra="calibrate"))
    order = np.random.default_rng(seed).permutation(len(loaded.target))
    x, y = loaded.data[order], loaded.target[order]
    cut = round(share * len(y))
    centre, scale = x[:cut].mean(axis=0), x[:cut].std(axis=0) + 1e-12
    scaled = (x - centre) / scale
    return Table(scaled[:cut], y[:cut], scaled[cut:], y[cut:])
