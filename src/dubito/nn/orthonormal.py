"""Orthonormal vectors by the Gram-Schmidt process, for each item of a batch, differentiable."""

import torch
from torch import Tensor
from torch.nn.functional import normalize

FLOOR = 1e-8  # what is left of a vector of length 1, where it is less, is not made longer
NOTHING = 1e-20  # a vector shorter than that has no direction


def gram_schmidt(vectors: Tensor) -> Tensor:
    """An orthonormal basis of what K vectors span, [..., K, d] -> [..., K, d], in their order.

    The first keeps its direction; each other loses what lies along those before it. Lengths do
    not count. Gradients flow through all of it, and grow where a vector almost lies in the span
    of those before. One that lies in it entirely gives what rounding makes of it, or 0.

    Raises:
        ValueError: more vectors than dimensions.
    """
    count, d = vectors.shape[-2:]
    if count > d:
        raise ValueError(f"{count} vectors in {d} dimensions cannot be orthonormal; at most {d}")
    first, *others = vectors.unbind(dim=-2)
    basis = normalize(first, dim=-1, eps=NOTHING)[..., None, :]  # [..., 1, d]
    for vector in others:
        left = normalize(vector, dim=-1, eps=NOTHING)[..., None, :]  # [..., 1, d]
        for _ in range(2):  # the second time takes away what rounding left the first time
            left = normalize(left - (left @ basis.mT) @ basis, dim=-1, eps=FLOOR)
        basis = torch.cat([basis, left], dim=-2)
    return basis


def mean_cosine(vectors: Tensor) -> Tensor:
    """Mean |cosine| between two of K vectors, [..., K, d] -> [...], in [0, 1]; 0 is orthogonal."""
    unit = normalize(vectors, dim=-1, eps=NOTHING)
    count = vectors.shape[-2]
    both = (unit @ unit.mT).abs()  # [..., K, K]
    off = both.sum(dim=(-2, -1)) - both.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    return off / max(count * (count - 1), 1)
