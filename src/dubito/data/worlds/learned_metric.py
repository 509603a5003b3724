"""Segments that a learned metric scores in many passes, unsure where it has learnt little."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from dubito.evidence import Floats
from dubito.nn.mc_dropout import dropout_passes
from dubito.nn.seeded import seeded

FEATURES = 8
EDGE = 0.4  # of the first feature; beyond it the metric has learnt little


@dataclass(frozen=True, eq=False)
class ScoredSegments:
    """n segments, the first `fitted` for development: passes of the metric and human scores."""

    passes: Floats  # [n, N]
    human: Floats  # [n]
    fitted: int

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same passes; each segment gets another's error, so that no spread knows of it."""
        mean = self.passes.mean(axis=1)
        changes: dict[str, Any] = {"human": mean + rng.permutation(self.human - mean)}
        return replace(self, **changes)


def quality(x: Floats) -> Floats:
    """The true quality of segments with features [n, 8]; it bends anew beyond the edge."""
    beyond = np.maximum(x[:, 0] - EDGE, 0)
    return np.sin(2 * x[:, 1]) + x[:, 2] * x[:, 3] + 0.5 * x[:, 4] + 4 * beyond * x[:, 5]


def segments(n: int, *, beyond: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Features [n, 8], uniform, a share of them beyond the edge, and human scores [n]."""
    x = rng.uniform(-1, 1, (n, FEATURES))
    far = rng.uniform(size=n) < beyond
    x[:, 0] = np.where(far, rng.uniform(EDGE, 1, n), rng.uniform(-1, EDGE, n))
    return x, quality(x) + rng.normal(0, 0.2, n)


def learned_metric(
    seed: int, *, learnt: int = 400, fitted: int = 600, judged: int = 600, passes: int = 100
) -> ScoredSegments:
    """A network of 64 and 64 units learns 400 scores, 5% of them beyond the edge.

    Of the segments to score 30% lie beyond it. Dropout is 0.1.
    """
    rng = np.random.default_rng(seed)
    x, human = segments(learnt, beyond=0.05, rng=rng)
    model = trained(x, human, seed=seed)
    new, said = segments(fitted + judged, beyond=0.3, rng=rng)
    inputs = torch.from_numpy(new).float()
    scores = dropout_passes(model, lambda: model(inputs)[:, 0], passes=passes, seed=seed)
    return ScoredSegments(scores.T.double().numpy(), said, fitted)


def trained(x: Floats, human: Floats, *, seed: int, steps: int = 400) -> nn.Sequential:
    """A network with dropout, fitted to human scores by squared error."""
    inputs, target = torch.from_numpy(x).float(), torch.from_numpy(human).float()
    with seeded(seed):  # the weights and the dropout
        model = nn.Sequential(
            nn.Linear(FEATURES, 64), nn.ReLU(), nn.Dropout(0.1),
            nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 1),
        )  # fmt: skip
        optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
        for _ in range(steps):
            loss = ((model(inputs)[:, 0] - target) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()
