"""Answers of many prompts at once: shared prefill, seeded draws, rows that come and go."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from dubito.evidence import TopK
from dubito.models.rows import Rows
from dubito.models.statistics import Step, step

PREFILL = 8  # prompts read in one forward pass
IDLE = 4  # rows are compacted once a quarter of them is idle


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One prompt and the draws that make its rows; draw -1 is greedy."""

    ids: list[int]  # tokens to read (after those in `past`)
    draws: NDArray[np.float32]  # [rows, max_tokens]
    past: Rows | None = None  # one row of cache with the tokens already read


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One decoded row of T tokens, the end token included."""

    ids: NDArray[np.int64]  # [T]
    logprobs: NDArray[np.float32]  # [T]
    entropies: NDArray[np.float32] | None
    uniform_kl: NDArray[np.float32] | None
    uniform_renyi: NDArray[np.float32] | None
    top: TopK | None  # of greedy rows
    past: Rows | None  # of greedy rows where asked for


@dataclass(slots=True, eq=False)
class Running:
    """A row on its way: what it was asked and what it has shown so far."""

    job: int
    row: int
    draws: NDArray[np.float32]  # [max_tokens]
    numbers: list[tuple[float, ...]] = field(default_factory=list)
    top: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    @property
    def greedy(self) -> bool:
        """The answer itself, not a sample."""
        return self.draws[0] < 0


@dataclass(frozen=True, slots=True, eq=False)
class Decoder:
    """A causal language model that decodes up to `rows` rows side by side.

    No token is altered: no forced length, no penalty, no replaced logits.
    """

    model: PreTrainedModel
    stop: frozenset[int]
    rows: int = 96
    temperature: float = 1.0
    distribution: bool = False
    top_k: int = 0
    keep_past: bool = False

    @torch.inference_mode()
    def prefill(self, ids: Sequence[list[int]], past: Rows | None = None) -> tuple[Rows, Tensor]:
        """Read [q] token lists, each after its row of `past`; cache and next logits [q, V].

        Raises:
            ValueError: lists of unequal length after a past: a gap between old and new tokens
                would shift what a sliding window sees.
        """
        if past is not None and len({len(i) for i in ids}) > 1:
            raise ValueError("token lists that follow a past must be equally long")
        device = self.model.device
        width = max(len(i) for i in ids)
        layers = self.model.config.get_text_config().num_hidden_layers
        cache = past if past is not None else Rows(len(ids), layers, device)
        padded = torch.tensor([[0] * (width - len(i)) + i for i in ids], device=device)
        lengths = torch.tensor([len(i) for i in ids], device=device)
        fresh = torch.arange(width, 0, -1, device=device) <= lengths[:, None]
        return cache, self.forward(padded, cache, fresh)

    def forward(self, ids: Tensor, cache: Rows, fresh: Tensor) -> Tensor:
        """Logits [R, V] after the last of [R, W] tokens, of which `fresh` are real."""
        positions = cache.append(fresh)
        out = self.model(
            input_ids=ids,
            attention_mask=cache.seen.long(),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[:, -1]

    @torch.inference_mode()
    def decode(self, jobs: Sequence[Job]) -> Iterator[tuple[int, int, Trace]]:
        """(job, row, what was decoded) as each row ends."""
        yield from Batch(self, jobs).run()


class Batch:
    """The state of one run of the decoder over a list of jobs."""

    def __init__(self, decoder: Decoder, jobs: Sequence[Job]) -> None:
        self.decoder = decoder
        self.jobs = jobs
        self.queue = deque(sorted(range(len(jobs)), key=lambda j: len(jobs[j].ids)))
        self.waiting: deque[tuple[Running, int]] = deque()  # read, not yet placed; row of `read`
        self.read: tuple[Rows, Tensor] | None = None  # cache and logits of the prompts last read
        self.slots: list[Running | None] = []
        self.cache: Rows | None = None
        self.tokens = torch.zeros(0, dtype=torch.long)

    def run(self) -> Iterator[tuple[int, int, Trace]]:
        """Fill free slots, take one step, hand out what has ended; until nothing is left."""
        limit = min(self.decoder.rows, sum(len(j.draws) for j in self.jobs))
        self.slots = [None] * limit
        device = self.decoder.model.device
        self.tokens = torch.zeros(limit, dtype=torch.long, device=device)
        while self.queue or self.waiting or any(self.slots):
            yield from self.fill()
            if any(self.slots):
                self.compact()
                yield from self.advance()

    def fill(self) -> Iterator[tuple[int, int, Trace]]:
        """Give free slots to waiting rows; a row whose first token ends it needs none."""
        free = [s for s, r in enumerate(self.slots) if r is None]
        while free and (self.waiting or self.queue):
            if not self.waiting:
                self.read_next()
            assert self.read is not None
            cache, logits = self.read
            batch = [self.waiting.popleft() for _ in range(min(len(free), len(self.waiting)))]
            source = torch.tensor([at for _, at in batch], device=logits.device)
            rows = [r for r, _ in batch]
            chosen = self.record(rows, logits[source])
            living = [i for i, row in enumerate(rows) if not self.ended(row)]
            self.occupy(free[: len(living)], [rows[i] for i in living], cache, source[living])
            self.tokens[free[: len(living)]] = chosen[living]
            del free[: len(living)]
            for i, row in enumerate(rows):
                if i not in living:
                    past = cache.select(source[i : i + 1]) if self.keeps(row) else None
                    yield self.finish(row, past)

    def read_next(self) -> None:
        """Prefill the next few prompts; all rows of a prompt share what is read here."""
        group = [self.queue.popleft()]
        while self.queue and len(group) < PREFILL and self.alike(group[0], self.queue[0]):
            group.append(self.queue.popleft())
        pasts = [p for j in group if (p := self.jobs[j].past) is not None]
        self.read = self.decoder.prefill(
            [self.jobs[j].ids for j in group], joined(pasts) if pasts else None
        )
        for at, j in enumerate(group):
            draws = self.jobs[j].draws
            self.waiting.extend((Running(j, k, draws[k]), at) for k in range(len(draws)))

    def alike(self, one: int, other: int) -> bool:
        """May these jobs be read together? After a past, only with equally many tokens."""
        a, b = self.jobs[one], self.jobs[other]
        return a.past is None or len(a.ids) == len(b.ids)

    def occupy(self, slots: list[int], rows: list[Running], cache: Rows, source: Tensor) -> None:
        """Place rows of the read cache into the running one."""
        if not slots:
            return
        if self.cache is None:
            self.cache = Rows(len(self.slots), len(cache.layers), source.device)
            for mine, theirs in zip(self.cache.row_layers, cache.row_layers, strict=True):
                keys, values = theirs.used()
                shape = (len(self.slots), *keys.shape[1:])
                mine.update(
                    keys.new_zeros(shape), values.new_zeros((*shape[:-1], values.shape[-1]))
                )
            self.cache.seen = cache.seen.new_zeros(len(self.slots), cache.seen.shape[1])
        self.cache.place(torch.tensor(slots, device=source.device), cache, source)
        for slot, row in zip(slots, rows, strict=True):
            self.slots[slot] = row

    def compact(self) -> None:
        """Once nothing waits, drop idle rows so that steps get cheaper."""
        busy = [s for s, r in enumerate(self.slots) if r is not None]
        idle = len(self.slots) - len(busy)
        if self.waiting or self.queue or idle * IDLE < len(self.slots) or self.cache is None:
            return
        rows = torch.tensor(busy, device=self.tokens.device)
        self.cache.keep(rows)
        self.tokens = self.tokens[rows]
        self.slots = [self.slots[s] for s in busy]

    def advance(self) -> Iterator[tuple[int, int, Trace]]:
        """One token for every row."""
        assert self.cache is not None
        busy = [s for s, r in enumerate(self.slots) if r is not None]
        rows = [r for r in self.slots if r is not None]
        # Idle rows decode on unseen: a fully masked row would leave NaN in the cache.
        fresh = torch.ones(len(self.slots), 1, dtype=torch.bool, device=self.tokens.device)
        logits = self.decoder.forward(self.tokens[:, None], self.cache, fresh)
        self.tokens[busy] = self.record(rows, logits if len(busy) == len(logits) else logits[busy])
        for slot, row in zip(busy, rows, strict=True):
            if self.ended(row):
                self.slots[slot] = None
                here = torch.tensor([slot], device=logits.device)
                yield self.finish(row, self.cache.select(here) if self.keeps(row) else None)
        self.cache.seen[[s for s, r in enumerate(self.slots) if r is None]] = False

    def record(self, rows: list[Running], logits: Tensor) -> Tensor:
        """Choose each row's next token from [R, V] logits and note what was seen; ids [R]."""
        decoder = self.decoder
        draws = torch.tensor([r.draws[len(r.numbers)] for r in rows], device=logits.device)
        seen = step(
            logits, draws, temperature=decoder.temperature, distribution=decoder.distribution
        )
        for row, numbers in zip(rows, columns(seen), strict=True):
            row.numbers.append(numbers)
        greedy = [i for i, r in enumerate(rows) if r.greedy]
        if decoder.top_k and greedy:
            values, ids = logits[greedy].float().log_softmax(dim=-1).topk(decoder.top_k)
            for i, *top in zip(greedy, ids.cpu(), values.cpu(), strict=True):
                rows[i].top.append((top[0], top[1]))
        return seen.chosen

    def ended(self, row: Running) -> bool:
        """At its end token or at the token limit."""
        return row.numbers[-1][0] in self.decoder.stop or len(row.numbers) == len(row.draws)

    def keeps(self, row: Running) -> bool:
        """Is its cache wanted afterwards?"""
        return self.decoder.keep_past and row.greedy

    def finish(self, row: Running, past: Rows | None) -> tuple[int, int, Trace]:
        """What the row has shown."""
        numbers = np.array(row.numbers, dtype=np.float64).T  # [2 or 5, T]
        shown = [n.astype(np.float32) for n in numbers[1:]]
        full = shown[1:] if self.decoder.distribution else (None, None, None)
        top = None
        if row.top:
            ids, values = (torch.stack(t).numpy() for t in zip(*row.top, strict=True))
            top = TopK(ids, values)
        trace = Trace(numbers[0].astype(np.int64), shown[0], *full, top=top, past=past)
        return row.job, row.row, trace


def columns(seen: Step) -> list[tuple[float, ...]]:
    """The numbers of a step, row by row, the chosen token first."""
    kept = [seen.chosen.double(), seen.logprobs]
    if seen.entropies is not None and seen.uniform_kl is not None:
        kept += [seen.entropies, seen.uniform_kl, seen.uniform_renyi]
    return [tuple(r) for r in torch.stack([k.double() for k in kept], dim=1).tolist()]


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
