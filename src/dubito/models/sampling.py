"""The random numbers of a prompt's answers: they depend on seed, prompt and sample alone."""

import hashlib

import numpy as np
from numpy.typing import NDArray

GREEDY = -1.0


def draws_for(
    prompt: str, *, samples: int, length: int, seed: int, first: int = 0
) -> NDArray[np.float32]:
    """[1 + samples, length] draws in [0, 1); row 0 is all -1, which means greedy.

    Sample k of a prompt gets the same draws whatever else runs beside it, and a longer
    answer begins with the draws of a shorter one. `first` is the number of the first sample.
    """
    digest = hashlib.blake2b(prompt.encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    rows = [np.full(length, GREEDY, dtype=np.float32)]
    rows += [
        np.random.default_rng([seed, k, *words]).random(length, dtype=np.float32)
        for k in range(first, first + samples)
    ]
    return np.stack(rows)
