"""Questions that come at any time, decoded beside those that are on their way."""

import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from threading import Condition, Event, Thread

from dubito.evidence import Evidence, Plan
from dubito.models.base import Generation
from dubito.models.decoding import Follow
from dubito.models.jobs import REPLY, Job, Running, Trace
from dubito.models.local import LocalModel
from dubito.models.stopping import all_clipped, near_end, shortened, stop_at, tokens_before
from dubito.models.told import Told

Kind = tuple[Plan, float, float]  # what all rows that are decoded together have in common


@dataclass(frozen=True, eq=False)
class Wanted:
    """One prompt put to a running engine."""

    prompt: str  # as the evidence names it
    ids: list[int]  # as the model reads it
    plan: Plan
    generation: Generation
    written: Callable[[str], object] | None = None  # hears the answer so far after each token
    stop: tuple[str, ...] = ()  # strings before which the answer and its samples end
    done: "Future[Evidence]" = field(default_factory=Future)
    left: Event = field(default_factory=Event)  # set it once nobody wants the answer any more

    @property
    def kind(self) -> Kind:
        """Prompts of one kind can be decoded side by side, whatever their number of samples."""
        generation = self.generation
        return replace(self.plan, samples=0), generation.temperature, generation.min_p

    @property
    def rows(self) -> int:
        """Rows that end before it is answered."""
        return 1 + self.plan.samples + self.plan.stated


class Continuous:
    """A local model in a thread of its own; close it after use.

    A prompt joins the batch that is being decoded at its next step, if it is of the same kind:
    the same plan but for the number of samples, temperature and min_p. One of another kind waits
    until that batch has ended, which nobody else joins once it waits.
    """

    def __init__(self, local: LocalModel) -> None:
        self.local = local
        self.waiting: deque[Wanted] = deque()
        self.changed = Condition()
        self.closed = False
        self.thread = Thread(target=self.work, name="dubito-engine", daemon=True)
        self.thread.start()

    def ask(self, wanted: Wanted) -> "Future[Evidence]":
        """The evidence, once it is there; cancel it while it waits to leave it unasked.

        Raises:
            ValueError: an empty prompt, or one that does not fit the context.
            RuntimeError: the engine is closed.
        """
        room = wanted.generation.max_tokens + self.local.room_for_questions(wanted.plan)
        self.local.check_fit(wanted.prompt, len(wanted.ids), room)
        with self.changed:
            if self.closed:
                raise RuntimeError("the engine is closed and answers nothing any more")
            self.waiting.append(wanted)
            self.changed.notify()
        return wanted.done

    def close(self) -> None:
        """Answer what was asked, then stop."""
        with self.changed:
            self.closed = True
            self.changed.notify()
        self.thread.join()

    def work(self) -> None:
        """Batch after batch, until closed."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or self.closed)
                if not self.waiting:
                    return
            on_the_way: dict[int, Wanted] = {}
            try:
                self.batch(on_the_way)
            except Exception as error:  # whoever asked is told; the next are served
                for wanted in on_the_way.values():
                    wanted.done.set_exception(error)

    def batch(self, on_the_way: dict[int, Wanted]) -> None:
        """Decode the first kind that waits, and all that join; answer each when it is whole."""
        first, numbers = self.waiting[0], itertools.count()
        found: dict[int, dict[int, Trace]] = {}

        def joined() -> list[tuple[int, Wanted]]:
            new = list(zip(numbers, self.take(first.kind), strict=False))
            on_the_way.update(new)
            return new

        fresh = joined()  # at once, so that whatever fails from here on is told to somebody

        def feed() -> list[tuple[int, Job]]:
            nonlocal fresh
            new, fresh = fresh or joined(), []
            return [(n, self.job(wanted)) for n, wanted in new]

        decoder = self.local.decoder(first.plan, first.generation)
        runs = decoder.decode(
            [],
            self.follow(first.plan, on_the_way),
            feed=feed,
            watch=lambda row: self.tell(on_the_way[row.job], row),
            drop=lambda job: on_the_way[job].left.is_set(),
        )
        for number, row, trace in runs:
            traces = found.setdefault(number, {})
            traces[row] = trace
            if len(traces) == on_the_way[number].rows:
                self.answer(on_the_way.pop(number), found.pop(number))

    def take(self, kind: Kind) -> list[Wanted]:
        """Those of this kind that wait at the front; what was cancelled is dropped."""
        taken: list[Wanted] = []
        with self.changed:
            while self.waiting and self.waiting[0].kind == kind:
                wanted = self.waiting.popleft()
                if wanted.done.set_running_or_notify_cancel():
                    taken.append(wanted)
        return taken

    def job(self, wanted: Wanted) -> Job:
        """What the decoder is given."""
        asked = wanted.generation.ask(wanted.prompt)
        return self.local.job(wanted.ids, asked, wanted.plan, wanted.generation)

    def follow(self, plan: Plan, on_the_way: Mapping[int, Wanted]) -> Follow | None:
        """How answers are gone on with: those that a stop has ended, without it."""
        usual = self.local.follow(plan)
        if usual is None:
            return None
        return lambda job, answer: usual(job, self.until_stop(on_the_way[job], answer)[0])

    def tell(self, wanted: Wanted, row: Running) -> None:
        """End a row that has written a stop; the answer so far goes to whoever listens."""
        heard = wanted.written if row.row == 0 else None
        stops = wanted.stop if row.row != REPLY else ()
        # What the last tokens alone write can differ at its beginning: the whole text decides.
        near = stops and self.stopped(ids_of(near_end(row.numbers, stops)), stops)
        if near and self.stopped(ids_of(row.numbers), stops):
            row.last |= set(ids_of(row.numbers[-1:]))
        if heard is not None:
            heard(self.text(ids_of(row.numbers)))

    def stopped(self, ids: Sequence[int], stops: Sequence[str]) -> bool:
        """Does the text of these tokens hold a stop?"""
        return stop_at(self.text(ids), stops) is not None

    def text(self, ids: Sequence[int]) -> str:
        """What these tokens write."""
        return self.local.tokenizer.decode(ids, skip_special_tokens=True)

    def until_stop(self, wanted: Wanted, trace: Trace) -> tuple[Trace, int | None]:
        """A row without the tokens that wrote a stop, and the character where that begins."""
        # Only rows that hold a stop are spelt, token by token.
        if not wanted.stop or not self.stopped([*map(int, trace.ids)], wanted.stop):
            return trace, None
        said = self.local.sequence(trace)
        at = stop_at(said.text, wanted.stop)
        return (trace, None) if at is None else (shortened(trace, tokens_before(said, at)), at)

    def answer(self, wanted: Wanted, traces: dict[int, Trace]) -> None:
        """Measure what further passes show, and hand the evidence out."""
        if wanted.left.is_set():
            wanted.done.set_exception(CancelledError())
            return
        asked = wanted.generation.ask(wanted.prompt)
        try:
            ends = [self.until_stop(wanted, traces[k]) for k in range(1 + wanted.plan.samples)]
            first, *samples = [trace for trace, _ in ends]
            told = [Told(asked, wanted.ids, first, samples, traces.get(REPLY))]
            answer = self.local.measured(told, wanted.plan)[0]
            facts = self.local.asked_about(told, wanted.plan)[0]
            evidence = self.local.evidence(wanted.prompt, told[0], answer, facts)
            wanted.done.set_result(all_clipped(evidence, [at for _, at in ends]))
        except Exception as error:  # one answer that fails leaves the others be
            wanted.done.set_exception(error)


def ids_of(numbers: Sequence[tuple[float, ...]]) -> list[int]:
    """The tokens of some steps of a row."""
    return [int(step[0]) for step in numbers]
