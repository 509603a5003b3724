"""Kinds of prompts, from their embeddings: what rank-1 experts are told of a prompt."""

from typing import Self

import numpy as np

from dubito.maths.arrays import Floats
from dubito.maths.spherical_k_means import spherical_k_means


class PromptClusters:
    """How close a prompt is to each of K clusters of the training prompts, cosines in [-1, 1].

    Embed the instruction alone, with the same encoder at fitting and later.
    """

    centroids_: Floats  # [K, d] of unit length

    def __init__(self, clusters: int = 8, *, seed: int = 0) -> None:
        if clusters < 1:
            raise ValueError(f"clusters must be at least 1, got {clusters}")
        self.clusters, self.seed = clusters, seed

    def fit(self, embeddings: Floats) -> Self:
        """Of N training prompts, [N, d]."""
        self.centroids_ = spherical_k_means(embeddings, self.clusters, seed=self.seed)
        return self

    def predict(self, embeddings: Floats) -> Floats:
        """Cosines with the centroids, [B, d] -> [B, K]; 0 for an embedding of length 0."""
        length = np.linalg.norm(embeddings, axis=1, keepdims=True)
        return embeddings / np.where(length > 0, length, 1.0) @ self.centroids_.T
