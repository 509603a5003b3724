"""What a verifier of answers reads of the language model: two of its hidden states."""

from collections.abc import Sequence

import numpy as np

from dubito.estimate.trained.states import last_state, mean_state, stacked
from dubito.evidence import Evidence, Floats


def answer_features(evidence: Sequence[Evidence], *, depth: float = 1.0) -> Floats:
    """Mean and last hidden state of N answers side by side, [N, 2d]; plan hidden=(depth,).

    Raises:
        Missing: the states at this depth have not been collected.
        ValueError: no answer, or states of several widths.
    """
    return np.hstack([stacked(evidence, depth, read) for read in (mean_state, last_state)])
