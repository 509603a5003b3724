"""Next-token distributions that are sharpened and cut before a token is drawn."""

import numpy as np
from numpy.typing import ArrayLike

from dubito.maths.arrays import Floats
from dubito.maths.entropy import log_normalise


def min_p(logprobs: ArrayLike, share: float, *, temperature: float = 1.0) -> Floats:
    """Log-probabilities at a temperature without the unlikely tokens [minh2024]: [..., V], nats.

    A token stays whose probability is at least `share` times that of the likeliest one, which
    itself always stays. Share 0 keeps all; share 1 is greedy at any temperature, but for ties.

    Differs: the cut is made after the temperature, as [khairi2025] has it, so that a high
    temperature cannot let in more than the share allows.

    Raises:
        ValueError: a share outside [0, 1], or a temperature that is not above 0 and finite.
    """
    if not 0 <= share <= 1 or not 0 < temperature < np.inf:
        raise ValueError(
            "share must lie in [0, 1] and temperature be above 0 and finite, got "
            f"{share} and {temperature}"
        )
    logs = np.asarray(logprobs, dtype=np.float64)
    tempered = (logs - logs.max(axis=-1, keepdims=True)) / temperature
    with np.errstate(divide="ignore"):
        kept = np.where(tempered >= np.log(share), tempered, -np.inf)
    return log_normalise(kept)
