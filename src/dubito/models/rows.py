"""A key-value cache whose rows come and go while the others decode on."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers.cache_utils import Cache, CacheLayerMixin

SPARE = 64  # columns kept free at the right, so that a step writes in place instead of copying


class RowLayer(CacheLayerMixin):
    """One layer's keys and values, [R, H, C, D]; columns low..high are in use."""

    is_sliding = False

    def __init__(self) -> None:
        super().__init__()
        self.low = 0
        self.high = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Room for the first columns, in the dtype and on the device of the model."""
        rows, heads, columns, _ = key_states.shape
        size = (rows, heads, columns + SPARE)
        self.keys = key_states.new_zeros((*size, key_states.shape[-1]))
        self.values = value_states.new_zeros((*size, value_states.shape[-1]))
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """Write the new columns in place and return all columns in use."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        new = key_states.shape[-2]
        if self.high + new > self.buffers()[0].shape[-2]:
            self.move(new)
        keys, values = self.buffers()
        keys[:, :, self.high : self.high + new] = key_states
        values[:, :, self.high : self.high + new] = value_states
        self.high += new
        return self.used()

    def buffers(self) -> tuple[Tensor, Tensor]:
        """Keys and values with their spare columns."""
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def used(self) -> tuple[Tensor, Tensor]:
        """Views of the columns in use, [R, H, high - low, D]."""
        keys, values = self.buffers()
        return keys[:, :, self.low : self.high], values[:, :, self.low : self.high]

    def move(self, new: int, rows: Tensor | None = None) -> None:
        """Copy the columns in use (of some rows) to the left of a fresh buffer."""
        keys, values = self.used()
        if rows is not None:
            keys, values = keys[rows], values[rows]
        self.keys = pad(keys, (0, 0, 0, new + SPARE))
        self.values = pad(values, (0, 0, 0, new + SPARE))
        self.low, self.high = 0, keys.shape[-2]

    def widen(self, columns: int) -> None:
        """At least so many columns in use, the new ones empty and at the left."""
        lacking = columns - (self.high - self.low)
        if lacking <= 0:
            return
        if self.low >= lacking:
            self.low -= lacking
            return
        keys, values = self.used()
        self.keys = pad(keys, (0, 0, lacking, SPARE))
        self.values = pad(values, (0, 0, lacking, SPARE))
        self.low, self.high = 0, columns

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what the next query will see."""
        return self.get_seq_length() + query_length, 0

    def get_seq_length(self) -> int:
        """Columns in use."""
        return self.high - self.low

    def get_max_length(self) -> int:
        """No limit."""
        return -1


class Rows(Cache):
    """Right-aligned rows; `seen` [R, columns] marks the columns that hold a row's tokens.

    Sliding-window layers are kept whole; the model's own mask limits what they see.
    """

    def __init__(self, rows: int, layers: int, device: torch.device) -> None:
        super().__init__(layers=[RowLayer() for _ in range(layers)])
        self.seen = torch.zeros(rows, 0, dtype=torch.bool, device=device)

    @property
    def row_layers(self) -> list[RowLayer]:
        """The layers, typed."""
        return self.layers  # type: ignore[return-value]

    @property
    def lengths(self) -> Tensor:
        """Tokens of each row, [R]."""
        return self.seen.sum(dim=1)

    def append(self, mask: Tensor) -> Tensor:
        """Note the new columns' tokens, [R, new]; returns their positions, [R, new]."""
        positions = self.lengths[:, None] + mask.cumsum(dim=1) - 1
        self.seen = torch.cat([self.seen, mask], dim=1)
        return positions.clamp_(min=0)

    def place(self, slots: Tensor, other: "Rows", source: Tensor) -> None:
        """Overwrite the rows `slots` with the rows `source` of another cache."""
        lacking = max(0, other.seen.shape[1] - self.seen.shape[1])
        self.seen = pad(self.seen, (lacking, 0))
        width, theirs = self.seen.shape[1], other.seen.shape[1]
        for mine, layer in zip(self.row_layers, other.row_layers, strict=True):
            mine.widen(width)
            keys, values = layer.used()
            buffer_keys, buffer_values = mine.buffers()
            buffer_keys[slots, :, mine.high - theirs : mine.high] = keys[source]
            buffer_values[slots, :, mine.high - theirs : mine.high] = values[source]
        self.seen[slots] = pad(other.seen[source], (width - theirs, 0))
        self.trim()

    def keep(self, rows: Tensor) -> None:
        """Only these rows, in this order."""
        for layer in self.row_layers:
            layer.move(0, rows)
        self.seen = self.seen[rows]
        self.trim()

    def select(self, rows: Tensor) -> "Rows":
        """A cache of its own with copies of these rows."""
        copy = Rows(0, 0, self.seen.device)
        copy.seen = self.seen[rows]
        for layer in self.row_layers:
            twin = RowLayer()
            keys, values = layer.used()
            twin.update(keys[rows], values[rows])
            copy.layers.append(twin)
        copy.trim()
        return copy

    def first(self, columns: int) -> "Rows":
        """The first columns alone, in the same memory: to be read or copied, not appended to."""
        part = Rows(0, 0, self.seen.device)
        part.seen = self.seen[:, :columns]
        for layer in self.row_layers:
            twin = RowLayer()
            twin.keys, twin.values = layer.buffers()
            twin.low, twin.high = layer.low, layer.low + columns
            twin.is_initialized = True
            part.layers.append(twin)
        return part

    def trim(self) -> None:
        """Give up the columns at the left that no row uses any more."""
        used = self.seen.any(dim=0)
        unused = int(used.int().argmax()) if bool(used.any()) else 0
        self.seen = self.seen[:, unused:]
        for layer in self.row_layers:
            layer.low += unused


def joined(pasts: Sequence[Rows]) -> Rows:
    """One cache with the first row of each."""
    first = pasts[0]
    cache = Rows(len(pasts), 0, first.seen.device)
    width = max(p.seen.shape[1] for p in pasts)
    cache.seen = first.seen.new_zeros(len(pasts), width)
    for layer in first.row_layers:
        keys, values = layer.used()
        twin = type(layer)()
        twin.update(
            keys.new_zeros((len(pasts), keys.shape[1], width, keys.shape[3])),
            values.new_zeros((len(pasts), values.shape[1], width, values.shape[3])),
        )
        cache.layers.append(twin)
    for row, past in enumerate(pasts):
        cache.place(torch.tensor([row]), past, torch.tensor([0]))
    return cache
