"""Answers of many prompts at once: shared prefill, seeded draws, rows that come and go."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from dubito.models.jobs import REPLY, Job, Running, Trace, columns
from dubito.models.rows import Rows, joined
from dubito.models.statistics import step

PREFILL = 320  # tokens read in one forward pass, at least one prompt
IDLE = 4  # rows are compacted once a quarter of them is idle

Follow = Callable[[int, Trace], Job]  # (job, its answer) -> a reply of one row to go on with
Feed = Callable[[], Sequence[tuple[int, Job]]]  # jobs that have come since, with their numbers
Watch = Callable[[Running], None]  # a row that has got one more token
Drop = Callable[[int], bool]  # job -> need its rows not be decoded any more?


@dataclass(frozen=True, slots=True, eq=False)
class Decoder:
    """A causal language model that decodes up to `rows` rows side by side.

    No logit is altered: no forced length, no penalty. `min_p` keeps drawn rows from unlikely
    tokens, and their measures are those of the whole distribution all the same.
    """

    model: PreTrainedModel
    stop: frozenset[int]
    rows: int = 96
    temperature: float = 1.0
    min_p: float = 0.0
    distribution: bool = False  # of greedy rows
    sample_distributions: bool = False
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
        return cache, self.forward(padded, cache, fresh)[:, -1]

    def forward(self, ids: Tensor, cache: Rows, fresh: Tensor, *, keep: int = 1) -> Tensor:
        """Logits [R, keep, V] after the last of [R, W] tokens, of which `fresh` are real.

        With `keep` 0 after each of them.
        """
        positions = cache.append(fresh)
        out = self.model(
            input_ids=ids,
            attention_mask=cache.seen.long(),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=keep,
        )
        return out.logits

    @torch.inference_mode()
    def decode(
        self,
        jobs: Sequence[Job],
        follow: Follow | None = None,
        *,
        feed: Feed | None = None,
        watch: Watch | None = None,
        drop: Drop | None = None,
    ) -> Iterator[tuple[int, int, Trace]]:
        """(job, row, what was decoded) as each row ends.

        With `follow` each answer is gone on with, beside the samples that are still decoded; the
        reply comes as row -1 of its job. It needs `keep_past`. `feed` is asked before every step
        for jobs that join those on their way, until nothing is left; `watch` sees each row after
        each of its tokens, and ends it by putting that token among its `last`; rows of a job
        that `drop` names end where they are.
        """
        yield from Batch(self, jobs, follow, feed=feed, watch=watch, drop=drop).run()


class Batch:
    """The state of one run of the decoder over a list of jobs."""

    def __init__(
        self,
        decoder: Decoder,
        jobs: Sequence[Job],
        follow: Follow | None = None,
        *,
        feed: Feed | None = None,
        watch: Watch | None = None,
        drop: Drop | None = None,
    ) -> None:
        self.decoder = decoder
        self.follow = follow
        self.feed = feed
        self.watch = watch
        self.drop = drop
        self.rows = max(1, min(decoder.rows, sum(len(j.draws) for j in jobs)))
        ordered = sorted(range(len(jobs)), key=lambda j: len(jobs[j].ids))
        self.queue = deque((j, 0, jobs[j]) for j in ordered)  # job, its first row
        self.replies: list[tuple[int, int, Job]] = []  # held until they can be read together
        self.waiting: deque[tuple[Running, int]] = deque()  # read, not yet placed; row of `read`
        self.read: tuple[Rows, Tensor] | None = None  # cache and logits of the prompts last read
        self.slots: list[Running | None] = [None] * self.rows
        self.cache: Rows | None = None
        self.tokens = torch.zeros(self.rows, dtype=torch.long, device=decoder.model.device)

    def run(self) -> Iterator[tuple[int, int, Trace]]:
        """Fill free slots, take one step, hand out what has ended; until nothing is left."""
        self.admit()
        while self.queue or self.waiting or self.replies or any(self.slots):
            self.release()
            yield from self.fill()
            if any(self.slots):
                self.compact()
                yield from self.advance()
            self.admit()

    def admit(self) -> None:
        """Let in the jobs that have come since."""
        new = self.feed() if self.feed else ()
        if new:
            self.queue.extend((number, 0, job) for number, job in new)
            self.make_room()

    def make_room(self) -> None:
        """Slots for all that waits, as far as the decoder has rows."""
        busy = sum(r is not None for r in self.slots)
        wanted = busy + len(self.waiting) + sum(len(job.draws) for _, _, job in self.queue)
        self.rows = min(self.decoder.rows, max(wanted, len(self.slots)))
        self.resize(self.rows)

    def release(self) -> None:
        """Once every answer is there, read the replies: together, beside the last samples.

        With a feed at once, since there may always be another answer on its way.
        """
        answering = any(r is not None and r.row == 0 for r in self.slots)
        held = self.queue or self.waiting or answering
        if not self.replies or (held and not self.feed):
            return
        self.queue.extendleft(sorted(self.replies, key=lambda one: -len(one[2].ids)))
        self.replies.clear()
        self.make_room()

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
        while self.queue and self.alike(group[0][2], self.queue[0][2]):
            if (len(group) + 1) * len(self.queue[0][2].ids) > PREFILL:
                break
            group.append(self.queue.popleft())
        pasts = [job.past for _, _, job in group if job.past is not None]
        self.read = self.decoder.prefill(
            [job.ids for _, _, job in group], joined(pasts) if pasts else None
        )
        for at, (j, first, job) in enumerate(group):
            self.waiting.extend(
                (Running(j, first + k, draws, job.last), at) for k, draws in enumerate(job.draws)
            )

    def alike(self, one: Job, other: Job) -> bool:
        """May these jobs be read together? After a past, only with equally many tokens."""
        if one.past is None or other.past is None:
            return one.past is other.past
        return len(one.ids) == len(other.ids)

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
        busy = sum(r is not None for r in self.slots)
        idle = len(self.slots) - busy
        if not (self.waiting or self.queue) and idle * IDLE >= len(self.slots):
            self.resize(busy)

    def resize(self, rows: int) -> None:
        """Busy rows first, then idle ones up to so many in all."""
        busy = [s for s, r in enumerate(self.slots) if r is not None]
        kept = torch.tensor((busy or [0]) * rows, device=self.tokens.device)[:rows]
        self.tokens = self.tokens[kept]
        if self.cache is not None:
            self.cache.keep(kept)
            self.cache.seen[len(busy) :] = False
        self.slots = [self.slots[s] for s in busy] + [None] * (rows - len(busy))

    def advance(self) -> Iterator[tuple[int, int, Trace]]:
        """One token for every row."""
        assert self.cache is not None
        busy = [s for s, r in enumerate(self.slots) if r is not None]
        rows = [r for r in self.slots if r is not None]
        # Idle rows decode on unseen: a fully masked row would leave NaN in the cache.
        fresh = torch.ones(len(self.slots), 1, dtype=torch.bool, device=self.tokens.device)
        logits = self.decoder.forward(self.tokens[:, None], self.cache, fresh)[:, -1]
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
        full = [i for i, r in enumerate(rows) if self.measures(r)]
        seen = step(logits, draws, temperature=decoder.temperature, min_p=decoder.min_p, full=full)
        for row, numbers in zip(rows, columns(seen), strict=True):
            row.numbers.append(numbers)
            if self.watch:
                self.watch(row)
        answers = [i for i, r in enumerate(rows) if r.row == 0]
        if decoder.top_k and answers:
            values, ids = logits[answers].float().log_softmax(dim=-1).topk(decoder.top_k)
            for i, *top in zip(answers, ids.cpu(), values.cpu(), strict=True):
                rows[i].top.append((top[0], top[1]))
        return seen.chosen

    def ended(self, row: Running) -> bool:
        """At its end token or at the token limit."""
        last = row.numbers[-1][0]
        stopped = last in self.decoder.stop or last in row.last
        dropped = self.drop is not None and self.drop(row.job)
        return stopped or dropped or len(row.numbers) == len(row.draws)

    def measures(self, row: Running) -> bool:
        """Are its full distributions wanted?"""
        decoder = self.decoder
        return decoder.distribution if row.row <= 0 else decoder.sample_distributions

    def keeps(self, row: Running) -> bool:
        """Is its cache wanted afterwards?"""
        return self.decoder.keep_past and row.row == 0

    def finish(self, row: Running, past: Rows | None) -> tuple[int, int, Trace]:
        """What the row has shown; an answer may have to be gone on with."""
        trace = row.trace(full=self.measures(row), past=past)
        if self.follow and row.row == 0:
            self.replies.append((row.job, REPLY, self.follow(row.job, trace)))
        return row.job, row.row, trace
