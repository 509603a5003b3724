"""A key-value cache whose heads hold different numbers of tokens [xiong2024].

Differs: heads of equal budget in a layer are one group, so no entry is kept only to fill up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers.cache_utils import Cache, CacheLayerMixin

from dubito.decide.cache_selection import gathered, kept_places, later_places


@dataclass(slots=True)
class HeadGroup:
    """Heads of one layer that hold equally many entries, and what is known of those."""

    heads: Tensor  # [n] of the cache
    keys: Tensor  # [B, n, m, D], rotated as at their place in the text
    values: Tensor  # [B, n, m, D]
    looks: Tensor  # [B, n, w, m] attention of the last w queries
    budget: int
    window: int
    kernel: int

    def append(self, keys: Tensor, values: Tensor) -> None:
        """New entries of all heads of the layer, [B, H, q, D]."""
        self.keys = torch.cat([self.keys, keys[:, self.heads]], dim=-2)
        self.values = torch.cat([self.values, values[:, self.heads]], dim=-2)
        self.looks = pad(self.looks, (0, keys.shape[-2]))

    def attend(self, query: Tensor, scaling: float) -> Tensor:
        """Outputs of queries [B, n, share, q, D], which stand at the last q entries; same shape."""
        logits = query @ self.keys[:, :, None].transpose(-1, -2) * scaling  # [B, n, share, q, m]
        later = later_places(logits.shape[-2], logits.shape[-1], query.device)
        weights = logits.masked_fill(later, -torch.inf).softmax(dim=-1, dtype=torch.float32)
        out = weights.to(query.dtype) @ self.values[:, :, None]
        self.looks = torch.cat([self.looks, weights.mean(dim=2)], dim=-2)[..., -self.window :, :]
        self.evict()
        return out

    def evict(self) -> None:
        """Down to the budget, by the attention of the last queries."""
        if self.keys.shape[-2] <= self.budget:
            return
        places = kept_places(self.looks, self.budget, window=self.window, kernel=self.kernel)
        self.keys = gathered(self.keys, places)
        self.values = gathered(self.values, places)
        self.looks = gathered(self.looks.transpose(-1, -2), places).transpose(-1, -2)


class GroupedLayer(CacheLayerMixin):
    """One layer in groups; `seen` counts the tokens that it was shown, kept or not."""

    is_sliding = False
    is_croppable = False

    def __init__(self, groups: Sequence[HeadGroup], sources: Tensor, seen: int) -> None:
        super().__init__()
        self.groups = list(groups)
        self.sources = sources  # [H] whose output each head gives: its own but for deleted heads
        self.seen = seen
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing: it is made from a filled cache."""

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Take in new entries [B, H, q, D]; the layer itself stands for all keys and values."""
        for group in self.groups:
            group.append(key_states, value_states)
        self.seen += key_states.shape[-2]
        return self, self  # type: ignore[return-value]

    def attend(self, query: Tensor, scaling: float) -> Tensor:
        """Outputs of queries [B, heads, q, D] at the last q entries; then surplus is evicted."""
        share = query.shape[1] // len(self.sources)
        split = query.unflatten(1, (len(self.sources), share))  # [B, H, share, q, D]
        width = self.groups[0].values.shape[-1]
        out = query.new_zeros((*split.shape[:-1], width))
        for group in self.groups:
            out[:, group.heads] = group.attend(split[:, group.heads], scaling)
        return out[:, self.sources].flatten(1, 2)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what a mask would cover; heads differ, so none is used."""
        return self.seen + query_length, 0

    def get_seq_length(self) -> int:
        """Tokens seen: the place of the next one."""
        return self.seen

    def get_max_length(self) -> int:
        """No limit."""
        return -1

    @property
    def nbytes(self) -> int:
        """Bytes of keys, values and the attention by which they are judged."""
        return sum(t.nbytes for g in self.groups for t in (g.keys, g.values, g.looks))


class GroupedCache(Cache):
    """A compressed cache to decode with, inside `grouped_attention(model)`."""

    def __init__(self, layers: Sequence[GroupedLayer]) -> None:
        super().__init__(layers=list(layers))
        self.grouped: list[GroupedLayer] = list(layers)

    @property
    def nbytes(self) -> int:
        """Bytes that it holds now."""
        return sum(layer.nbytes for layer in self.grouped)

    @property
    def entries(self) -> list[list[int]]:
        """Entries that each head of each layer holds now; 0 of a deleted one."""
        counts = []
        for layer in self.grouped:
            row = np.zeros(len(layer.sources), dtype=int)
            for group in layer.groups:
                row[group.heads.cpu().numpy()] = group.keys.shape[-2]
            counts.append(row.tolist())
        return counts
