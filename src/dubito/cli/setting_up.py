"""What commands that generate do alike: questions, a collector, a progress bar."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from dubito.bench.run import Run, collect_run, open_run
from dubito.data import ambiguous, arithmetic, facts, load_questions, unanswerable
from dubito.data.question import DataError, Question
from dubito.evidence import Plan
from dubito.models import load
from dubito.models.base import Generation
from dubito.models.collect import Collector
from dubito.spread import Engine

MADE = {
    "facts": facts,
    "arithmetic": arithmetic,
    "unanswerable": unanswerable,
    "ambiguous": ambiguous,
}
DEFAULT_COUNT = 100


def questions_from(source: str, n: int | None, seed: int) -> list[Question]:
    """Questions by the name of a built-in set, or from a file."""
    if source in MADE:
        return MADE[source](n or DEFAULT_COUNT, seed=seed)
    path = Path(source)
    if not path.exists():
        raise DataError(f"no questions {source!r}: give a file or one of {', '.join(MADE)}")
    return load_questions(path)[:n]


@dataclass(frozen=True)
class Loading:
    """How a worker gets its collector: by the names of the model and of an NLI judge, if any."""

    model: str
    nli: str | None = None

    def __call__(self) -> Collector:
        """Both loaded."""
        quieten()
        judge = None
        if self.nli:
            from dubito.models.judge import load_nli

            judge = load_nli(self.nli)
        return Collector(load(self.model), judge=judge)


def collector_for(model: str, nli: str | None, console: Console) -> Collector:
    """The model and, if asked for, an NLI judge; says what is being loaded."""
    with console.status(f"loading {model} (the first time it is fetched, about a minute)"):
        return Loading(model, nli)()


def quieten() -> None:
    """No bars and hints of transformers between ours."""
    if find_spec("transformers"):
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()


@contextmanager
def progress_bar(total: int, what: str, console: Console) -> Iterator[Callable[[int], None]]:
    """A bar with the time to go; yields what advances it."""
    shown = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    with shown:
        task = shown.add_task(what, total=total)
        yield lambda n: shown.advance(task, n)


def collected(
    out: Path,
    questions: Sequence[Question],
    *,
    model: str,
    plan: Plan,
    generation: Generation,
    nli: str | None,
    engine: Engine | None = None,
) -> Run:
    """A run in a folder with the evidence of all questions: begun, gone on with, or found whole."""
    console = Console(stderr=True)
    run = open_run(
        out, questions, model=model, plan=plan, generation=generation, judge=nli or "words"
    )
    # What an engine prints of its own shall not stand before our JSON.
    with progress_bar(len(questions), "asking", console) as advance, redirect_stdout(sys.stderr):
        here = partial(collector_for, model, nli, console)
        make = here if engine is None else Loading(model, nli)
        collect_run(run, make, plan, generation, engine=engine, progress=advance)
    return run
