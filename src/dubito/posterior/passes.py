"""Log-probabilities of S drawn members of an adapted model."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from dubito.maths.arrays import Floats
from dubito.nn.evaluating import evaluating
from dubito.nn.low_rank_laws import Law, point
from dubito.nn.low_rank_sampling import sampled

Logits = Callable[[Tensor], Tensor]  # inputs [B, ...] -> logits [B, ..., V], by the model


@torch.no_grad()
def member_logp(
    model: nn.Module,
    logits: Logits,
    x: Tensor,
    law: Law = point,
    *,
    members: int | None = None,
    seed: int = 0,
    adapters: Sequence[str] = (),
) -> Floats:
    """Log-probabilities of S members drawn by `law`, nats: [S, B, ..., V], in one pass.

    `logits` calls the model, so that it may pick positions or tokens; it is in evaluation
    meanwhile. The same seed draws the same members for every batch.
    """
    draws = sampled(model, law, members=members, seed=seed, adapters=adapters)
    with evaluating(model), draws as count:
        found = logits(x).double().log_softmax(dim=-1)  # [S B, ..., V]
    return found.unflatten(0, (count, -1)).cpu().numpy()
