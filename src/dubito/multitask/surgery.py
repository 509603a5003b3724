"""Gradients of T tasks that are put together by an aggregator of torchjd."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from dubito.extras import require

if TYPE_CHECKING:
    from torchjd.aggregation import Aggregator


def surgery(
    losses: Tensor,
    shared: Iterable[Tensor],
    aggregator: "Aggregator",
    *,
    own: Iterable[Tensor] = (),
    present: Tensor | None = None,
    at_once: int | None = None,
) -> Tensor | None:
    """In place of `backward`: adds to every `grad`, and gives the weights of the tasks, [T].

    Shared parameters get what the aggregator makes of the gradients of the T losses, those of
    `own`, such as heads, the sum of them. Tasks that are absent take no part and weigh 0. None
    where the aggregator has no weights, and where no task is present, which leaves all as it was.

    Args:
        losses: [T], means over their own rows; a balancer's weights go on them before.
        at_once: how many losses to differentiate together, None all; 1 where vmap cannot.

    Raises:
        MissingExtra: torchjd is not installed.
    """
    autojac = require("torchjd.autojac", extra="train")
    shared, own = list(shared), list(own)
    chosen = losses if present is None else losses[present]
    if not len(chosen):
        return None
    if own:
        torch.autograd.backward(chosen.sum(), inputs=own, retain_graph=True)
    autojac.backward(chosen, inputs=shared, parallel_chunk_size=at_once)
    weights = autojac.jac_to_grad(shared, aggregator)
    if weights is None or present is None:
        return weights
    return weights.new_zeros(len(losses)).masked_scatter(present, weights)
