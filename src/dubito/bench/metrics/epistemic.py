"""How far a model is from the TRUE answer distribution, and which doubts know it [tomov2025]."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dubito.evidence import Floats
from dubito.maths.entropy import entropy, kl


class Uncertainty(NamedTuple):
    """The cross-entropy of truth and model and its two parts, nats, >= 0."""

    total: Floats  # -sum p* log p
    aleatoric: Floats  # H(p*), which no model can undercut
    epistemic: Floats  # KL(p* || p), the model's own error


def uncertainty(true: ArrayLike, model: ArrayLike) -> Uncertainty:
    """Of true [..., C] and model [..., C] probabilities; total = aleatoric + epistemic.

    A model may have classes behind the true ones (everything that is not right): there the truth
    is 0. Infinite where the model excludes what is true; smooth what was sampled.
    """
    p = np.asarray(model, dtype=np.float64)
    t = np.asarray(true, dtype=np.float64)
    more = p.shape[-1] - t.shape[-1]
    if more < 0:
        raise ValueError(f"{t.shape[-1]} true classes, but the model has only {p.shape[-1]}")
    t = np.concatenate([t, np.zeros((*t.shape[:-1], more))], axis=-1)
    with np.errstate(divide="ignore"):
        log_t, log_p = np.log(t), np.log(p)
    aleatoric, epistemic = entropy(log_t), kl(log_t, log_p)
    return Uncertainty(aleatoric + epistemic, aleatoric, epistemic)


class Range(NamedTuple):
    """What is possible."""

    low: Floats
    high: Floats


def epistemic_range(model: ArrayLike) -> Range:
    """The least and the greatest epistemic error that a model's [..., C] can have, nats.

    0, where the truth is just what it says, and -log min p, where only its least likely answer is
    right: one distribution fits every error between, so none of its functions can rank the error.
    """
    p = np.asarray(model, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return Range(np.zeros(p.shape[:-1]), -np.log(p.min(axis=-1)))


def concordance(doubt: ArrayLike, error: ArrayLike) -> float:
    """Chance that of two questions the one with more error has more doubt, in [0, 1].

    Higher is better, 0.5 is chance. Equal doubts count one half and pairs of equal error are left
    out; NaN where no two errors differ. With an error of two values this is the AUROC.
    """
    d, e = np.asarray(doubt, dtype=np.float64), np.asarray(error, dtype=np.float64)
    if d.ndim != 1 or d.shape != e.shape:
        raise ValueError(f"one error for each doubt needed, got {e.shape} for {d.shape}")
    if np.isnan(d).any() or np.isnan(e).any():
        raise ValueError("NaN among doubts or errors; leave these questions out and count them")
    agree, pairs = 0.0, 0
    for i in range(len(d)):  # row by row: N^2 pairs at once would not fit for a large N
        less = e < e[i]
        pairs += int(less.sum())
        agree += (d[less] < d[i]).sum() + 0.5 * (d[less] == d[i]).sum()
    return float(agree / pairs) if pairs else math.nan


class Step(NamedTuple):
    """One part of a curve of concordance against ambiguity."""

    ambiguity: float  # mean H(p*) of its questions, nats
    concordance: float
    questions: int


def concordance_curve(
    doubt: ArrayLike, error: ArrayLike, ambiguity: ArrayLike, *, parts: int = 5
) -> list[Step]:
    """Concordance among questions of like ambiguity, the clearest first; up to `parts` steps.

    Parts hold about N / parts questions each; equal ambiguities share one.
    """
    d, e, h = (np.asarray(values, dtype=np.float64) for values in (doubt, error, ambiguity))
    if parts < 1 or h.shape != d.shape:
        raise ValueError(
            f"at least one part and one ambiguity for each doubt needed, got {parts} and "
            f"{h.shape} for {d.shape}"
        )
    edges = np.quantile(h, np.arange(1, parts) / parts) if len(h) else np.empty(0)
    part = np.searchsorted(edges, h, side="left")  # [N]
    rows = [part == k for k in np.unique(part)]
    return [Step(float(h[r].mean()), concordance(d[r], e[r]), int(r.sum())) for r in rows]
