"""Fine-grained odds [wang2025odds]: a probability taught and read over K level tokens."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import ndtr
from torch import Tensor
from torch.nn.functional import margin_ranking_loss

from dubito.evidence import Floats
from dubito.nn.divergences import kl

PER_MISSING = 0.1  # mass, spread over all levels, that stands for a score that is not there


class Odds(NamedTuple):
    """How likely a proposition is, as a model says."""

    probability: Tensor  # [B] in (0, 1), the mean over the levels
    deviation: Tensor  # [B] in [0, 0.5), standard deviation over the levels


def centres(levels: int) -> Floats:
    """What each of K levels stands for, the middle of its bin of [0, 1], rising, [K].

    Raises:
        ValueError: fewer than two levels.
    """
    if levels < 2:
        raise ValueError(f"at least two levels are needed, got {levels}")
    return (np.arange(levels) + 0.5) / levels


def level_mass(
    scores: ArrayLike, *, levels: int = 10, width: float | None = None, open_missing: bool = False
) -> Floats:
    """What the levels are to weigh, rows that sum to 1: [N] or [N, M] scores in [0, 1] -> [N, K].

    A score is the mean of a Gaussian, of which a level gets what lies in its bin; the outer bins
    get the tails. So neighbours share, and where a score stands within its bin is not lost; 0 and
    1 are pulled inwards, to 0.052 and 0.948 as they stand. M scores of one proposition are
    averaged; NaN is one that is missing.

    Args:
        width: standard deviation of the Gaussian; None is half a bin, which is ours. Far below
            it, as 0.005 at 10 levels, all goes to one level.
        open_missing: each missing score adds 0.1, spread over all levels, before rows are scaled
            to 1; else missing ones do not count.

    Raises:
        ValueError: a score outside of [0, 1], a row without a score, a width that is not above 0.
    """
    values = np.asarray(scores, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values  # [N, M]
    known = ~np.isnan(values)  # [N, M]
    if values.ndim != 2 or not known.any(axis=1).all():
        raise ValueError(f"each row needs a score, got {np.asarray(scores).tolist()}")
    if not ((values[known] >= 0) & (values[known] <= 1)).all():
        raise ValueError(
            f"scores must lie in [0, 1], got {np.nanmin(values)} to {np.nanmax(values)}"
        )
    spread = 0.5 / levels if width is None else width
    if not spread > 0:
        raise ValueError(f"width must be above 0, got {spread}")
    middle = centres(levels)
    edges = (middle[1:] + middle[:-1]) / 2  # [K - 1]
    below = ndtr((edges - np.where(known, values, 0)[..., None]) / spread)  # [N, M, K - 1]
    each = np.diff(below, axis=-1, prepend=0, append=1) * known[..., None]  # [N, M, K]
    total = each.sum(axis=1)  # [N, K]
    if open_missing:
        total += PER_MISSING / levels * (~known).sum(axis=1, keepdims=True)
    return total / total.sum(axis=1, keepdims=True)


def odds_loss(
    logits: Tensor,
    mass: Tensor,
    *,
    levels: Tensor,
    smoothing: float = 0.0,
    temperature: float = 1.0,
) -> Tensor:
    """KL(mass || what the model says) >= 0 of each of N: [N, V], [N, K] -> [N], nats.

    `logits` are those that predict the level, one position before it. The whole vocabulary
    counts, so probability off the K level tokens is punished.

    Differs: of the paper's two directions of KL the one that covers the mass.

    Args:
        mass: what each level is to weigh, from `level_mass`.
        levels: the level tokens from the lowest on, [K].
        smoothing: share of the target that is spread over the whole vocabulary.
        temperature: divides the logits.

    Raises:
        ValueError: another number of levels than of columns of mass, a smoothing outside of
            [0, 1], or a temperature that is not above 0.
    """
    if mass.shape != (len(logits), len(levels)):
        raise ValueError(
            f"mass must be {[len(logits), len(levels)]}, a row for each of the logits and a column "
            f"for each level, got {list(mass.shape)}"
        )
    if not 0 <= smoothing <= 1 or not temperature > 0:
        raise ValueError(
            "smoothing must lie in [0, 1] and temperature above 0, "
            f"got {smoothing} and {temperature}"
        )
    target = torch.full_like(logits, smoothing / logits.shape[-1])  # [N, V]
    target[:, levels] += (1 - smoothing) * mass.to(target)
    return kl(target.log(), (logits / temperature).log_softmax(dim=-1))


def order_loss(first: Tensor, second: Tensor, order: Tensor, *, margin: float = 0.1) -> Tensor:
    """relu(margin - sign(order) (first - second)) of each of P pairs: three [P] -> [P].

    For two contexts of one proposition of which only the order is known: `first` and `second` are
    its probabilities, as `odds` reads them, and `order` is above 0 where the first one is to be
    higher. A pair that is equal costs the margin and teaches nothing: leave it out.

    Raises:
        ValueError: a margin below 0, or pairs of several lengths.
    """
    if not margin >= 0 or not first.shape == second.shape == order.shape:
        raise ValueError(
            f"margin must be at least 0 and pairs of one length, got {margin} and "
            f"{[list(x.shape) for x in (first, second, order)]}"
        )
    sign = order.to(first).sign()
    return margin_ranking_loss(first, second, sign, margin=margin, reduction="none")


def odds(logits: Tensor, levels: Tensor) -> Odds:
    """The probability that a model states after the prompt, read over K tokens: [B, V] -> [B].

    It can be no closer to 0 or 1 than half a bin, 1 / 2K.
    """
    values = torch.from_numpy(centres(len(levels))).to(logits)  # [K]
    p = logits[:, levels].softmax(dim=-1)  # [B, K]
    probability = p @ values  # [B]
    variance = (p * (values - probability[:, None]).square()).sum(dim=-1)  # [B]
    return Odds(probability, variance.sqrt())
