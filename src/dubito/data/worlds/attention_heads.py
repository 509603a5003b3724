"""Attention heads whose queries are narrow or broad, so that they need more or less memory."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats

NORM = 6.0  # of a query
SHARPNESS = 2.0  # factor of the logits
NARROW, BROAD = 2, 24  # directions


@dataclass(frozen=True, eq=False)
class Heads:
    """H heads of one layer, with the same keys and values for all that is asked of them."""

    calibration: Floats  # [P, H, T, d] queries of other prompts
    queries: Floats  # [H, T, d] of the prompt
    future: Floats  # [H, F, d] after the prompt
    keys: Floats  # [H, T, d]
    values: Floats  # [H, T, d]
    broad: Flags  # [H]

    def attention(self, queries: Floats) -> Floats:
        """Weights of queries [H, q, d] on all places: [H, q, T]."""
        logits = queries @ self.keys.swapaxes(1, 2) * SHARPNESS / math.sqrt(queries.shape[-1])
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """What other prompts show of each head is another head's."""
        changes: dict[str, Any] = {
            "calibration": self.calibration[:, rng.permutation(len(self.broad))]
        }
        return replace(self, **changes)


def attention_heads(
    seed: int, *, heads: int = 8, width: int = 32, length: int = 512, prompts: int = 2
) -> Heads:
    """Half of the heads are narrow, the other half broad, in random order.

    Queries have norm 6. A narrow head's are angles N(c, 0.3^2) in a plane of its own, so that all
    look at the same places; a broad one's are normal in 24 dimensions of its own. Keys and values
    are normal. 64 future queries follow the same law.
    """
    rng = np.random.default_rng(seed)
    broad = np.isin(np.arange(heads), rng.permutation(heads)[: heads // 2])
    axes = [
        np.linalg.qr(rng.normal(size=(width, BROAD if wide else NARROW)))[0].T for wide in broad
    ]
    centres = rng.uniform(0, 2 * math.pi, heads)

    def drawn(count: int) -> Floats:
        return np.stack(
            [
                (directions(count, wide, centre, rng) @ own) * NORM
                for wide, centre, own in zip(broad, centres, axes, strict=True)
            ]
        )

    keys, values = rng.normal(size=(2, heads, length, width))
    calibration = np.stack([drawn(length) for _ in range(prompts)])
    return Heads(calibration, drawn(length), drawn(64), keys, values, broad)


def directions(count: int, wide: bool, centre: float, rng: np.random.Generator) -> Floats:
    """Unit vectors in a head's own dimensions, [count, 24 or 2]."""
    if not wide:
        angles = rng.normal(centre, 0.3, count)
        return np.column_stack([np.cos(angles), np.sin(angles)])
    free = rng.normal(size=(count, BROAD))
    return free / np.linalg.norm(free, axis=1, keepdims=True)
