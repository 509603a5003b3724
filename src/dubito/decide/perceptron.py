"""A small fitted network as plain numbers: applied and saved without scikit-learn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from dubito.evidence import Floats


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Layers with ReLU between them over standardised features: [N, F] -> [N].

    `logistic`: what comes out is a probability; else it is any number.
    """

    centre: Floats  # [F]
    scale: Floats  # [F] > 0
    weights: tuple[Floats, ...]  # [F, H], [H, H], ..., [H, 1]
    biases: tuple[Floats, ...]
    logistic: bool

    def __call__(self, features: ArrayLike) -> Floats:
        """The output of each row."""
        x = np.asarray(features, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.centre):
            raise ValueError(f"features [N, {len(self.centre)}] needed, got shape {x.shape}")
        h = (x - self.centre) / self.scale
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = np.maximum(h @ weight + bias, 0.0)  # [N, H]
        out = (h @ self.weights[-1] + self.biases[-1])[:, 0]
        return expit(out) if self.logistic else out

    def to_json(self) -> dict[str, Any]:
        """All of it as lists of numbers."""
        return {
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "weights": [w.tolist() for w in self.weights],
            "biases": [b.tolist() for b in self.biases],
            "logistic": self.logistic,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """The network that was saved."""
        layers = {k: tuple(map(np.array, saved[k])) for k in ("weights", "biases")}
        centre, scale = np.array(saved["centre"]), np.array(saved["scale"])
        return cls(centre, scale, **layers, logistic=bool(saved["logistic"]))
