"""What S drawn models say together: their mean, and doubt that data or weights leave [houlsby2011].

Samples come first, [S, ...], from whatever can be sampled. Higher = less trustworthy.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.ensembles import ensemble_doubts, mixture


class Predictive(NamedTuple):
    """Of each input, [B, ...]; total doubt is the sum of the two parts."""

    mean: Floats  # log-probabilities of the mean distribution [B, ..., V], or values [B, ...]
    aleatoric: Floats  # what is left where the model is known, >= 0
    epistemic: Floats  # what the drawn models dispute, >= 0

    @property
    def total(self) -> Floats:
        """Entropy of the mean distribution in nats, or variance of the mixture."""
        return self.aleatoric + self.epistemic


def predictive_classes(logp: ArrayLike) -> Predictive:
    """Of log-probabilities [S, B, ..., V], nats: mean entropy, and mutual information <= log S.

    Raises:
        ValueError: NaN, or probabilities of a sample that do not sum to 1.
    """
    doubts = ensemble_doubts(logp)
    return Predictive(mixture(logp), doubts.data, doubts.knowledge)


def predictive_values(mean: ArrayLike, variance: ArrayLike | None = None) -> Predictive:
    """Of Gaussian predictions with these means and variances, [S, B, ...], squared units.

    The law of total variance: mean of the variances, and variance of the means over the S drawn
    (not S - 1: it is the mixture's own). Without variances the aleatoric part is NaN.

    Raises:
        ValueError: shapes that differ, a variance below 0, or NaN among the means.
    """
    centre = np.asarray(mean, dtype=np.float64)
    if centre.ndim < 1 or not len(centre) or np.isnan(centre).any():
        raise ValueError(f"means of at least one sample, none NaN, needed; got {centre.shape}")
    spread = np.full_like(centre, np.nan) if variance is None else np.asarray(variance, np.float64)
    if spread.shape != centre.shape or (spread < 0).any():
        raise ValueError(f"variances >= 0 of shape {centre.shape} needed, got {spread.shape}")
    return Predictive(centre.mean(axis=0), spread.mean(axis=0), centre.var(axis=0))
