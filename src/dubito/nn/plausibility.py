"""K binary plausibilities combined over all sets of classes: confusion and ignorance [fan2023].

Logits of pl_i, "class i cannot be ruled out", [..., K]; a set of classes A has the mass
prod_{i in A} pl_i prod_{j not in A} (1 - pl_j), and the masses of all 2^K sets add up to 1.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from dubito.nn.dirichlet import expected_surprise, misleading, of_target, uniform_kl

LEAST = 1e-6  # uncommitted mass; a Dirichlet of none would be infinitely sure


class Masses(NamedTuple):
    """Beliefs, ignorance and confusion, each in [0, 1], of sum 1."""

    belief: Tensor  # [..., K] of the sets of one class
    ignorance: Tensor  # [...] of the empty set: every class is ruled out
    confusion: Tensor  # [...] of all sets of two classes or more, the full one included


def masses(logits: Tensor) -> Masses:
    """What is believed, ruled out, and left open: [..., K] -> [..., K], [...], [...].

    All classes ruled out weighs less the more classes there are: compare at equal K.
    """
    empty = logsigmoid(-logits).sum(dim=-1)  # [...] log
    belief = (logits + empty[..., None]).exp()  # pl / (1 - pl) is the exponential of the logit
    ignorance = empty.exp()
    confusion = (1 - belief.sum(dim=-1) - ignorance).clamp(min=0)
    return Masses(belief, ignorance, confusion)


def pair_confusion(logits: Tensor) -> Tensor:
    """Mass in [0, 1] of exactly {i, j}: [..., K] -> [..., K, K], symmetric, diagonal 0."""
    empty = logsigmoid(-logits).sum(dim=-1)[..., None, None]
    both = (logits[..., :, None] + logits[..., None, :] + empty).exp()
    return without_diagonal(both)


def joint_plausibility(logits: Tensor) -> Tensor:
    """Mass in [0, 1] of all sets that hold i and j, pl_i pl_j: [..., K] -> [..., K, K], as above.

    The paper leaves open which of the two it means; this one forgets whether a third class fits.
    """
    plausible = logits.sigmoid()
    return without_diagonal(plausible[..., :, None] * plausible[..., None, :])


def without_diagonal(square: Tensor) -> Tensor:
    """The same matrices with 0 on the diagonal."""
    own = torch.eye(square.shape[-1], dtype=torch.bool, device=square.device)
    return square.masked_fill(own, 0.0)


def set_mass(logits: Tensor, members: Tensor) -> Tensor:
    """Mass in [0, 1] of one set of classes: [..., K], bool [..., K] -> [...]."""
    return logsigmoid(torch.where(members, logits, -logits)).sum(dim=-1).exp()


def concentrations(logits: Tensor) -> Tensor:
    """alpha = 1 + K b / (1 - sum of b), >= 1, for a Dirichlet: [..., K] -> [..., K].

    Its mean is b + U / K with the uncommitted mass U = confusion + ignorance, held at 1e-6.
    """
    return dirichlet_of(masses(logits).belief)


def dirichlet_of(belief: Tensor) -> Tensor:
    """The same of beliefs: [..., K] -> [..., K]."""
    uncommitted = (1 - belief.sum(dim=-1, keepdim=True)).clamp(min=LEAST)
    return 1 + belief.shape[-1] * belief / uncommitted


def flexible_loss(
    logits: Tensor, target: Tensor, *, regulariser: float = 1.0, kl: float = 0.05
) -> Tensor:
    """Evidential loss of each row, >= 0: [N, K], int64 [N] -> [N].

    Expected surprise of the true class, its plausibility short of all that is not ignorance
    (squared, times `regulariser`: evidence that classes share becomes confusion instead of being
    held down; ignorance itself is not moved by it), and misleading evidence (times `kl`).
    Differs: the paper leaves open which evidential loss; here the digamma form.
    """
    seen = masses(logits)
    alpha = dirichlet_of(seen.belief)
    short = of_target(logits.sigmoid(), target) - (1 - seen.ignorance.detach())
    loss = expected_surprise(alpha, target) + regulariser * short**2
    return loss + kl * uniform_kl(misleading(alpha, target))
