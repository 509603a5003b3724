"""Semantic volume [li2025]: the log-volume that the embeddings of drawn answers span."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.estimate.draws import drawn, of_answers, refuse_fewer, refuse_outside
from dubito.evidence import Evidence, Floats, Plan, Score
from dubito.maths.kernels import log_volume


@dataclass(frozen=True, eq=False)
class Projection:
    """Principal axes that all prompts share: [..., d] -> [..., d']."""

    mean: Floats  # [d]
    components: Floats  # [d, d'] orthonormal columns, most variance first

    def __call__(self, embeddings: Floats) -> Floats:
        """Coordinates along the axes."""
        return (np.asarray(embeddings, dtype=np.float64) - self.mean) @ self.components


def fit_projection(embeddings: Floats, dimensions: int) -> Projection:
    """The d' principal axes of embeddings pooled over many prompts, [N, d].

    Never fit it on one prompt alone: that removes the very spread to be measured.
    """
    pooled = np.asarray(embeddings, dtype=np.float64)
    most = min(len(pooled) - 1, pooled.shape[1])
    if not 1 <= dimensions <= most:
        raise ValueError(
            f"dimensions must be from 1 to {most} for embeddings of shape {pooled.shape}, "
            f"got {dimensions}"
        )
    mean = pooled.mean(axis=0)
    axes = np.linalg.svd(pooled - mean, full_matrices=False)[2]  # [min(N, d), d]
    return Projection(mean, axes[:dimensions].T)


@dataclass(frozen=True)
class SemanticVolume:
    """Doubt, any real number: log det of the Gram matrix + eps I of K answers' embeddings.

    At least K log eps. A repeated text costs about log(1 / eps), so compare only prompts with
    the same K, eps and projection.
    Differs: eps and the number of samples are ours, the projection is optional and removes
    the pooled mean. Here the answers are perturbed (internal uncertainty), not the question.
    """

    samples: int = 10
    _: KW_ONLY
    eps: float = 1e-10
    projection: Projection | None = None

    def __post_init__(self) -> None:
        """Refuse fewer answers than a pair, and a determinant that may be 0."""
        refuse_fewer(self.samples, 2)
        refuse_outside(self.eps, "eps")

    @property
    def plan(self) -> Plan:
        """Samples and their embeddings."""
        return Plan(samples=self.samples, embeddings=True)

    def __call__(self, evidence: Evidence) -> Score:
        """The doubt."""
        drawn(evidence)
        vectors = of_answers(evidence, evidence.embeddings, "embeddings")[1:]  # [K, d]
        if self.projection is not None:
            vectors = self.projection(vectors)  # [K, d']
        return Score(log_volume(vectors, eps=self.eps))
