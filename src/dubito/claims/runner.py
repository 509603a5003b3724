"""Run claims side by side; what is done stays done."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from dubito.claims.lab import Origin, run_claim
from dubito.claims.reached import forget
from dubito.claims.record import Result, read_result, write_result
from dubito.claims.shelf import claim_modules, fingerprint, load_claim, statement, tried
from dubito.spread import Engine, Processes, spread

# One thread a process: claims are what runs in parallel.
TWO_PROCESSES = Processes(workers=2, threads=1)


class ClaimsFailed(ExceptionGroup):
    """Some claims could not run; the others did, and their results are kept."""


def run_claims(
    ids: Iterable[str],
    *,
    folder: Path,
    engine: Engine = TWO_PROCESSES,
    smoke: bool = False,
    again: bool = False,
    on_done: Callable[[Result], None] | None = None,
) -> list[Result]:
    """The results of these claims, in their order, each also in `folder` as JSON.

    A claim whose result is there, from the same code and seeds, is not run again unless `again`
    says so; killed and started again, a run goes on where it was. A smoke run (2 seeds, tiny
    worlds, no verdict) is kept apart in `<id>.smoke.json`. `on_done` hears each result as it
    comes, kept ones first.

    Raises:
        ValueError: an id that no claim has.
        ClaimsFailed: after all others have run; holds what went wrong, each with its claim's id.
    """
    wanted = {claim_id: module_of(claim_id) for claim_id in ids}
    tell = on_done or ignore
    paths = {i: folder / f"{i}{'.smoke' if smoke else ''}.json" for i in wanted}
    done = {} if again else kept(wanted, paths)
    for result in done.values():
        tell(result)
    jobs = {i: (module, paths[i]) for i, module in wanted.items() if i not in done}
    done |= run_jobs(jobs, engine=engine, smoke=smoke, tell=tell)
    return [done[i] for i in wanted]


def module_of(claim_id: str) -> str:
    """The module of a claim."""
    modules = claim_modules()
    if claim_id not in modules:
        raise ValueError(f"no claim {claim_id!r}; there are: {', '.join(modules)}")
    return modules[claim_id]


def ignore(_result: Result) -> None:
    """Nobody wants to hear of results."""


def kept(wanted: Mapping[str, str], paths: Mapping[str, Path]) -> dict[str, Result]:
    """The results already there that the present code and seeds would give."""
    found: dict[str, Result] = {}
    forget()  # what was edited since
    for claim_id, module in wanted.items():
        if not paths[claim_id].exists():
            continue
        result = read_result(paths[claim_id])
        # the number of seeds stands in the claim's own source, hence in its fingerprint
        if result.fingerprint == fingerprint(module):
            found[claim_id] = told_now(result)
            if found[claim_id] != result:
                write_result(found[claim_id], paths[claim_id])
    return found


def told_now(result: Result) -> Result:
    """The record with the words of its claim as they are now."""
    module = claim_modules().get(result.id)
    if module is None:
        return result
    return replace(result, statement=statement(module), tried=tried(module))


def run_jobs(
    jobs: Mapping[str, tuple[str, Path]],
    *,
    engine: Engine,
    smoke: bool,
    tell: Callable[[Result], None],
) -> dict[str, Result]:
    """Results by id, each written as it comes."""
    if not jobs:
        return {}
    done: dict[str, Result] = {}
    errors: list[Exception] = []
    ids = list(jobs)
    work = partial(run_one, smoke=smoke)
    for outcome in spread(work, [(i, jobs[i][0]) for i in ids], engine):
        claim_id = ids[outcome.index]
        if outcome.error is not None:
            outcome.error.add_note(f"in claim {claim_id!r}")
            errors.append(outcome.error)
            continue
        done[claim_id] = outcome.result()
        write_result(done[claim_id], jobs[claim_id][1])
        tell(done[claim_id])
    if errors:
        raise ClaimsFailed("claims that could not run", errors)
    return done


def run_one(claim: tuple[str, str], *, smoke: bool) -> Result:
    """The record of the claim of this id and module."""
    claim_id, module = claim
    origin = Origin(claim_id, module.split(".")[-2], statement(module), fingerprint(module))
    return run_claim(load_claim(module), origin, smoke=smoke)
