"""Uncertainty-aware learning [wang2024ual]: each sample's labels as soft as its task is open."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from dubito.evidence import Floats


def smoothing_of(doubt: ArrayLike, *, mean: float = 0.1, highest: float = 0.5) -> Floats:
    """How much to smooth the labels of each of N samples, in [0, highest], more with more doubt.

    The doubts, of any unit, tell how open a sample's task is, as a better model sees it: not how
    unsure the pupil is. The least open one is not smoothed; the mean is `mean`, and less where
    `highest` cuts. Are all equally open, all get the mean.

    Differs: the paper's map is not known to us.

    Raises:
        ValueError: not 0 <= mean <= highest <= 1, no doubts, or one that is not finite.
    """
    values = np.asarray(doubt, dtype=np.float64)  # [N]
    if not 0 <= mean <= highest <= 1:
        raise ValueError(f"0 <= mean <= highest <= 1 is needed, got {mean} and {highest}")
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise ValueError(f"doubts must be a row of finite numbers, got {values.tolist()}")
    above = values - values.min()  # [N]
    if not above.any():
        return np.full(len(values), mean)
    return np.clip(mean * (above / above.mean()), 0, highest)


def ual(
    logits: Tensor,
    labels: Tensor,
    *,
    smoothing: Tensor | float = 0.0,
    vocabulary: int | None = None,
) -> Tensor:
    """-(1 - s) log p(label) - s mean log p of each of N tokens: [N, V], [N] -> [N], nats.

    The mean is over the whole vocabulary, the label included. s = 0 is cross-entropy, one s for
    all is label smoothing as torch has it. No slope runs into s.

    Args:
        smoothing: s in [0, 1], of all or of each, [N].
        vocabulary: how many of the V rows are tokens, where the rest pad the matrix.

    Raises:
        ValueError: a smoothing outside of [0, 1], or a vocabulary that is not in 1 .. V.
    """
    share = torch.as_tensor(smoothing, dtype=logits.dtype, device=logits.device).detach()
    if not bool(((share >= 0) & (share <= 1)).all()):
        raise ValueError(f"smoothing must lie in [0, 1], got {share.min()} to {share.max()}")
    size = logits.shape[-1] if vocabulary is None else vocabulary
    if not 1 <= size <= logits.shape[-1]:
        raise ValueError(f"vocabulary must be in 1 .. {logits.shape[-1]}, got {size}")
    target = logits.gather(-1, labels[:, None])[:, 0]  # [N]
    uniform = logits[:, :size].mean(dim=-1)  # [N]
    return logits.logsumexp(dim=-1) - (1 - share) * target - share * uniform
