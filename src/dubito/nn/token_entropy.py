"""Entropies of next-token distributions, with gradients: over all tokens, or the likely ones."""

import torch
from torch import Tensor

ROUNDING = 1e-6  # mass that float32 cannot tell from none


def token_entropies(logits: Tensor) -> Tensor:
    """Shannon entropy in [0, log V], nats: [..., V] -> [...]; at the temperature of the logits.

    In float32 at least. Tokens of -inf are impossible: they add nothing and get no gradient.
    """
    exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
    logp = exact.log_softmax(dim=-1)  # [..., V]
    finite = logp.masked_fill(logp.isneginf(), 0.0)
    return -(logp.exp() * finite).sum(dim=-1).clamp(max=0)


def nucleus_entropies(logits: Tensor, mass: float = 0.8, *, most: int = 10_000) -> Tensor:
    """Entropy in nats among the likeliest tokens that together reach `mass`: [..., V] -> [...].

    They are renormalised, and the token with which the mass is reached is one of them. Which ones
    they are is constant, so all others get no gradient. Mass 1 is `token_entropies`.

    Args:
        most: never more tokens than these; the mass is then a little less.

    Raises:
        ValueError: a mass outside (0, 1], or most below 1.
    """
    if not 0 < mass <= 1 or most < 1:
        raise ValueError(f"mass must lie in (0, 1] and most be at least 1, got {mass} and {most}")
    if mass == 1:
        return token_entropies(logits)
    exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
    top = exact.topk(min(most, exact.shape[-1]), dim=-1).values  # [..., K] falling
    p = (top.detach() - exact.detach().logsumexp(dim=-1, keepdim=True)).exp()
    before = p.cumsum(dim=-1) - p  # [..., K] mass of the likelier ones
    before[..., 0] = -1  # the likeliest always stays
    return token_entropies(top.masked_fill(before >= mass - ROUNDING, -torch.inf))
