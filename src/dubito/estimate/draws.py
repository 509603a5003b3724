"""What estimators over drawn answers share: enough of them, each text once, their likelihood."""

from collections.abc import Sequence as Many

import numpy as np

from dubito.estimate.tokens import surprises
from dubito.evidence import Evidence, Floats, Integers, Missing, Sequence, measured
from dubito.maths.entropy import log_normalise


def refuse_fewer(samples: int, least: int) -> None:
    """Raises ValueError for an estimator that would draw too few answers to compare."""
    if samples < least:
        raise ValueError(f"samples must be at least {least} to compare answers, got {samples}")


def refuse_outside(value: float, name: str) -> None:
    """Raises ValueError for an option that must be above 0 and finite."""
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be above 0 and finite, got {value}")


def drawn(evidence: Evidence, *, least: int = 2) -> tuple[Sequence, ...]:
    """The drawn answers; `Missing` where there are too few to compare."""
    if len(evidence.samples) < least:
        raise Missing(
            f"{len(evidence.samples)} samples for this prompt, at least {least} needed; "
            f"collect them with Plan(samples={max(least, 10)})"
        )
    return evidence.samples


def of_answers(evidence: Evidence, values: Floats | None, what: str) -> Floats:
    """What was measured of the greedy answer and K samples, in float64: 1 + K rows.

    Raises:
        Missing: it was not collected.
        ValueError: another number of rows, or a value that is not finite.
    """
    known = np.asarray(measured(values, what), dtype=np.float64)
    rows = 1 + len(evidence.samples)
    if len(known) != rows:
        raise ValueError(
            f"{what} has {len(known)} rows for {rows} answers; give one to the greedy answer "
            "and one to each sample"
        )
    if not np.isfinite(known).all():
        raise ValueError(f"{what} holds NaN or infinity; collect this prompt again")
    return known


def log_likelihoods(sequences: Many[Sequence], *, length_normalised: bool = False) -> Floats:
    """Log-probability of each whole answer, or of its mean token where normalised: [K] nats."""
    pool = np.mean if length_normalised else np.sum
    return np.array([-pool(surprises(s)) for s in sequences])


def log_shares(loglikelihoods: Floats) -> Floats:
    """Log-likelihoods [K], scaled to a sum of 1; `Missing` where no answer is possible."""
    if not (loglikelihoods > -np.inf).any():
        raise Missing("no shares of likelihood: every answer has probability 0")
    return log_normalise(loglikelihoods)


def likeliest_of_each_text(sequences: Many[Sequence], logp: Floats) -> Integers:
    """Rows of the different texts, each once, in order of first appearance: [K], [K] -> [U <= K].

    A text in several tokenisations stands for its likeliest one.
    """
    best: dict[str, int] = {}
    for row, sequence in enumerate(sequences):
        known = best.setdefault(sequence.text, row)
        if logp[row] > logp[known]:
            best[sequence.text] = row
    return np.array(list(best.values()))
