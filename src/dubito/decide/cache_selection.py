"""Which entries of a key-value cache stay: those that the last queries looked at [xiong2024]."""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, max_pool1d


def kept_places(looks: Tensor, budget: int, *, window: int = 8, kernel: int = 7) -> Tensor:
    """Places to keep, rising: attention [..., w, T] of the last w queries -> [..., budget].

    The last `window` places stay in any case; of the others those of the greatest attention,
    summed over the queries and then raised to the greatest within `kernel` places, so that what
    stands next to something important stays too. All T where the budget is enough for them.

    Raises:
        ValueError: a budget below the window, or an even kernel.
    """
    if budget < window or kernel < 1 or kernel % 2 == 0:
        raise ValueError(
            f"a budget of at least the window and an odd kernel are needed, got {budget} entries, "
            f"window {window}, kernel {kernel}"
        )
    *shape, size = looks.shape[:-2] + looks.shape[-1:]
    if size <= budget:
        return torch.arange(size, device=looks.device).expand(*shape, size)
    score = looks.sum(dim=-2)[..., : size - window]  # [..., T - window]
    flat = score.reshape(-1, 1, size - window)
    pooled = max_pool1d(flat, kernel, stride=1, padding=kernel // 2).reshape(score.shape)
    best = pooled.topk(budget - window, dim=-1).indices.sort(dim=-1).values
    last = torch.arange(size - window, size, device=looks.device).expand(*shape, window)
    return torch.cat([best, last], dim=-1)


def later_places(new: int, held: int, device: torch.device) -> Tensor:
    """True where one of the last `new` of `held` tokens must not look, [new, held]."""
    return torch.ones(new, held, dtype=torch.bool, device=device).triu(held - new + 1)


def gathered(states: Tensor, places: Tensor) -> Tensor:
    """States [..., T, D] at places [..., m]: [..., m, D]."""
    return states.gather(-2, places[..., None].expand(*places.shape, states.shape[-1]))


def stand_ins(outputs: Tensor, kept: Tensor) -> Tensor:
    """For each head the kept one whose outputs are most alike, itself where it is kept; [H].

    Outputs [B, H, w, D] of the last queries are compared by their cosine; `kept` is [H] bool.

    Raises:
        ValueError: no head is kept.
    """
    if not kept.any():
        raise ValueError("no head of a layer is kept; leave at least one a budget above 0")
    heads = outputs.transpose(0, 1).flatten(1, 2).float()  # [H, B * w, D]
    alike = cosine_similarity(heads[:, None], heads, dim=-1).mean(dim=-1)  # [H, H]
    best = alike.masked_fill(~kept, -2.0).argmax(dim=-1)
    return torch.where(kept, torch.arange(len(kept), device=kept.device), best)
