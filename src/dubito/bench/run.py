"""One run on disk: what was asked, the evidence in parts, and going on where it was cut off."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from dubito.data.files import load_questions, save_questions
from dubito.data.question import Question
from dubito.evidence import Evidence, Plan
from dubito.models.base import Generation, shards
from dubito.models.collect import Collector, Cost
from dubito.spread import Engine, spread
from dubito.store import VERSION, read_evidence, write_evidence, written_aside


class RunError(ValueError):
    """A run folder that cannot be used for what is asked."""


@dataclass(frozen=True)
class Run:
    """A folder with `run.json`, `questions.jsonl` and one part of evidence for each shard."""

    folder: Path
    settings: dict[str, Any]
    questions: list[Question]

    def part(self, shard: range) -> Path:
        """Where the evidence of these questions stands."""
        return self.folder / "evidence" / f"part-{shard.start:06d}.parquet"

    def prompts(self, shard: range) -> list[str]:
        """What these questions ask."""
        return [self.questions[i].text for i in shard]

    def lacking(self) -> list[range]:
        """Shards that have no part yet."""
        return [s for s in shards(len(self.questions)) if not self.part(s).exists()]

    def evidence(self) -> list[Evidence]:
        """All that was collected, in the order of the questions."""
        return read_evidence(self.folder / "evidence")

    def cost(self) -> Cost:
        """What the parts have cost together, also over several sittings."""
        total = Cost()
        for file in sorted((self.folder / "evidence").glob("*.cost.json")):
            total.join(Cost({k: (v[0], v[1]) for k, v in json.loads(file.read_text()).items()}))
        return total


def open_run(
    folder: Path,
    questions: Sequence[Question],
    *,
    model: str,
    plan: Plan,
    generation: Generation,
    judge: str = "words",
) -> Run:
    """A new run, or the one that stands in this folder if it asked for the same.

    Raises:
        RunError: the folder holds another run; says in what it differs.
    """
    asked = {
        "model": model,
        "plan": json.loads(json.dumps(asdict(plan))),  # as it is read back: tuples are lists
        "generation": asdict(generation),
        "judge": judge,
        "questions": digest(questions),
        "schema": VERSION,
    }
    file = folder / "run.json"
    if file.exists():
        before = json.loads(file.read_text())
        differs = [k for k in asked if before.get(k) != asked[k]]
        if differs:
            told = ", ".join(f"{k} was {before.get(k)}, is {asked[k]}" for k in differs)
            raise RunError(f"{folder} holds another run ({told}); give another --out or remove it")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        save_questions(folder / "questions.jsonl", questions)
        with written_aside(file) as new:
            new.write_text(json.dumps(asked, indent=1))
    return Run(folder, asked, list(questions))


def digest(questions: Sequence[Question]) -> str:
    """A hash of all questions and their answers."""
    text = json.dumps([[q.id, q.text, q.answers, q.all_of] for q in questions])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def collect_run(
    run: Run,
    collector: Callable[[], Collector],
    plan: Plan,
    generation: Generation,
    *,
    engine: Engine | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Collect the shards that are lacking; each is written as soon as it is whole.

    Shards are cut by the list of all questions and decoded by themselves, so a run that was
    interrupted, or spread over the workers of an engine, ends with the same evidence as one that
    was not. An engine's workers each make a collector once: `collector` is then pickled, and
    equal ones are the same. After an error no further shard is begun; what was under way is kept.
    """
    lacking = run.lacking()
    tell = progress or (lambda _: None)
    tell(len(run.questions) - sum(map(len, lacking)))
    if not lacking:
        return
    if engine is None:
        collect = collector()
        for shard in lacking:
            part = collect_part(collect, run.prompts(shard), plan, generation, progress)
            write_part(run, shard, *part)
        return
    errors: list[Exception] = []
    work = partial(collect_there, collector=collector, plan=plan, generation=generation)
    wanted = takewhile(lambda _: not errors, map(run.prompts, lacking))
    for outcome in spread(work, wanted, engine):
        if outcome.error is not None:
            errors.append(outcome.error)
            continue
        write_part(run, lacking[outcome.index], *outcome.result())
        tell(len(lacking[outcome.index]))
    if errors:
        raise errors[0]


def collect_part(
    collect: Collector,
    prompts: Sequence[str],
    plan: Plan,
    generation: Generation,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Evidence], Cost]:
    """The evidence of one shard and what it cost."""
    collect.cost = Cost()
    return collect(prompts, plan, generation, progress=progress), collect.cost


def collect_there(
    prompts: Sequence[str],
    *,
    collector: Callable[[], Collector],
    plan: Plan,
    generation: Generation,
) -> tuple[list[Evidence], Cost]:
    """The same in an engine's worker."""
    return collect_part(ready(collector), prompts, plan, generation)


@cache
def ready(collector: Callable[[], Collector]) -> Collector:
    """This process's collector: its model is loaded once, not for every shard."""
    return collector()


def write_part(run: Run, shard: range, evidence: Sequence[Evidence], cost: Cost) -> None:
    """One part and its cost, each whole or not at all; the part last, since it says `done`."""
    asked = [run.questions[i] for i in shard]
    named = [replace(e, id=q.id) for e, q in zip(evidence, asked, strict=True)]
    part = run.part(shard)
    part.parent.mkdir(exist_ok=True)
    with written_aside(part.with_suffix(".cost.json")) as new:
        new.write_text(json.dumps(cost.stages))
    write_evidence(part, named)


def saved_run(folder: Path) -> Run:
    """A run that stands on disk.

    Raises:
        RunError: there is none.
    """
    if not (folder / "run.json").exists():
        raise RunError(f"no run in {folder}; make one with `dubito bench --out {folder}`")
    settings = json.loads((folder / "run.json").read_text())
    return Run(folder, settings, load_questions(folder / "questions.jsonl"))
