"""The likeliest tokens at each place of an answer, and which of them was written."""

import numpy as np
from numpy.typing import NDArray

from dubito.estimate.tokens import of_tokens, surprises
from dubito.evidence import Floats, Integers, Missing, Sequence, measured
from dubito.maths.entropy import log_normalise

SAME = 1e-6  # nats within which a candidate's log-probability is the written token's own


def candidates(answer: Sequence) -> tuple[Integers, Floats]:
    """Ids and log-probabilities of the k >= 2 likeliest tokens, [T, k] each, nats.

    Raises:
        Missing: not collected, or one a place, which leaves no choice.
    """
    top = measured(answer.top, "top")
    logp = of_tokens(top.logprobs, "top")
    if logp.shape[1] < 2:
        raise Missing("only one likely token at each place; collect with Plan(top_k=2 or more)")
    return np.asarray(top.ids), logp


def written(logp: Floats, chosen: Floats) -> NDArray[np.bool_]:
    """Which candidate was written, by its log-probability: [T, k], [T] -> bool [T, k].

    At most one a place, the first of equal ones; none where the written token is not among them.
    """
    same = (logp >= chosen[:, None] - SAME) & (logp <= chosen[:, None] + SAME)
    return same & (np.cumsum(same, axis=1) == 1)


def likely_choices(answer: Sequence, *, least: float) -> tuple[Integers, Floats, Integers]:
    """What could have been written: ids [T, k + 1], log-probabilities of sum 1, and the choice [T].

    The candidates of p >= `least`, of which at least the likeliest is kept, and the written
    token, in the last column with id -1 where it is not among the k; the others have -inf.
    """
    ids, logp = candidates(answer)
    chosen = -surprises(answer)  # [T]
    mine = written(logp, chosen)  # [T, k]
    kept = mine | (np.exp(logp) >= least)
    kept[:, 0] = True
    outside = ~mine.any(axis=1)  # [T]
    weight = np.column_stack([np.where(kept, logp, -np.inf), np.where(outside, chosen, -np.inf)])
    ids = np.column_stack([ids, np.full(len(ids), -1)])
    return ids, log_normalise(weight), np.column_stack([mine, outside]).argmax(axis=1)
