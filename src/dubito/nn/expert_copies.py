"""Blocks of any network in several copies, mixed by weights that come from outside [ye2022]."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn


class ExpertCopies(nn.Module):
    """sum_e weights[:, e] * copy_e(h, ...), [B, ...] -> [B, ...]; weights [B, E] by `routed`.

    Without gradients a copy that no row of the batch uses is not run: of rows of one task on hard
    routes one copy is, at the cost of the block alone.
    """

    def __init__(
        self, block: nn.Module, copies: int, *, noise: float = 1e-8, seed: int = 0
    ) -> None:
        """Copies of the block, each with Gaussian noise of this deviation on its parameters."""
        super().__init__()
        if copies < 1 or noise < 0:
            raise ValueError(f"copies must be at least 1 and noise at least 0: {copies}, {noise}")
        self.copies = nn.ModuleList(deepcopy(block) for _ in range(copies))
        self.weights: Tensor | None = None
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.copies.parameters():
                drawn = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.add_((noise * drawn).to(parameter))

    def forward(self, h: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """The block's other arguments go to every copy.

        Raises:
            ValueError: no weights, not one row of them for each of h, or a cache for two copies.
        """
        weights = self.weights
        if weights is None or len(weights) != len(h):
            got = "none" if weights is None else f"those of {len(weights)} rows"
            raise ValueError(f"weights for {len(h)} rows needed, got {got}: use `routed`")
        used = [True] * len(self.copies)
        if not torch.is_grad_enabled():
            used = (weights != 0).any(dim=0).tolist()
        if sum(used) > 1 and kwargs.get("past_key_values") is not None:
            raise ValueError("copies would write into one cache; use_cache=False, or one task")
        each = weights.to(h.dtype).reshape(len(h), -1, *(1,) * (h.ndim - 1))  # [B, E, 1, ...]
        runs = enumerate(zip(self.copies, used, strict=True))
        outs = [each[:, e] * copy(h, *args, **kwargs) for e, (copy, used) in runs if used]
        return torch.stack(outs).sum(dim=0)


def split(
    model: nn.Module, names: Sequence[str], *, copies: int, noise: float = 1e-8, seed: int = 0
) -> None:
    """Replace these blocks of a model by copies of themselves, in place.

    Raises:
        ValueError: a name that the model does not have.
    """
    known = dict(model.named_modules())
    unknown = sorted(set(names) - set(known))
    if unknown or not names:
        raise ValueError(f"no block of the model is called {unknown or 'so: none given'}")
    for i, name in enumerate(names):
        block = ExpertCopies(known[name], copies, noise=noise, seed=seed + i)
        model.set_submodule(name, block)


def split_blocks(model: nn.Module) -> dict[str, ExpertCopies]:
    """The blocks that have copies, by name, in the model's order."""
    return {n: m for n, m in model.named_modules() if isinstance(m, ExpertCopies)}


@contextmanager
def routed(model: nn.Module, weights: Tensor) -> Iterator[None]:
    """Within it the split blocks, in the model's order, use weights [B, L, E]; then those before.

    Raises:
        ValueError: not L blocks of E copies.
    """
    blocks = list(split_blocks(model).values())
    shape = [len(blocks), len(blocks[0].copies) if blocks else 0]
    if weights.ndim != 3 or [*weights.shape[1:]] != shape:
        raise ValueError(f"weights [B, {shape[0]}, {shape[1]}] needed, got {[*weights.shape]}")
    before = [block.weights for block in blocks]
    try:
        for i, block in enumerate(blocks):
            block.weights = weights[:, i]
        yield
    finally:
        for block, old in zip(blocks, before, strict=True):
            block.weights = old


def one_route(model: nn.Module, route: Sequence[int]) -> nn.Module:
    """A copy of the model with one copy of each split block, by route [L]: ordinary again."""
    plain = deepcopy(model)
    blocks = split_blocks(plain)
    for (name, block), chosen in zip(blocks.items(), route, strict=True):
        plain.set_submodule(name, block.copies[chosen])
    return plain


def dispatched(experts: Sequence[Callable[[Tensor], Tensor]], x: Tensor, weights: Tensor) -> Tensor:
    """sum_e weights[:, e] * expert_e(x), each run on the rows that use it.

    [N, d], [N, E] -> [N, d']. Weights that are exactly 0, as behind a `TopK`, cost nothing. A row
    without an expert gets 0.
    """
    total: Tensor | None = None
    for e, expert in enumerate(experts):
        rows = weights[:, e].nonzero()[:, 0]
        if len(rows):
            out = weights[rows, e, None] * expert(x[rows])
            total = out.new_zeros(len(x), out.shape[-1]) if total is None else total
            total = total.index_add(0, rows, out)
    if total is None:
        raise ValueError("no row has an expert: all weights are 0")
    return total
