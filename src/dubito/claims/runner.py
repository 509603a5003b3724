"""Run claims side by side over processes; what is done stays done."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from dubito.claims.lab import Origin, run_claim
from dubito.claims.record import Result, read_result, write_result
from dubito.claims.shelf import claim_modules, fingerprint, load_claim, statement

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class ClaimsFailed(ExceptionGroup):
    """Some claims could not run; the others did, and their results are kept."""


def run_claims(
    ids: Iterable[str],
    *,
    folder: Path,
    workers: int = 2,
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
        ValueError: an id that no claim has, or fewer workers than 1.
        ClaimsFailed: after all others have run; holds what went wrong, each with its claim's id.
    """
    wanted = {claim_id: module_of(claim_id) for claim_id in ids}
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    tell = on_done or ignore
    paths = {i: folder / f"{i}{'.smoke' if smoke else ''}.json" for i in wanted}
    done = {} if again else kept(wanted, paths)
    for result in done.values():
        tell(result)
    jobs = {i: (module, paths[i]) for i, module in wanted.items() if i not in done}
    done |= run_jobs(jobs, workers=workers, smoke=smoke, tell=tell)
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
    for claim_id, module in wanted.items():
        if not paths[claim_id].exists():
            continue
        result = read_result(paths[claim_id])
        # the number of seeds stands in the claim's own source, hence in its fingerprint
        if result.fingerprint == fingerprint(module):
            found[claim_id] = result
    return found


def run_jobs(
    jobs: Mapping[str, tuple[str, Path]],
    *,
    workers: int,
    smoke: bool,
    tell: Callable[[Result], None],
) -> dict[str, Result]:
    """Results by id; each is written by the process that made it."""
    if not jobs:
        return {}
    done: dict[str, Result] = {}
    errors: list[Exception] = []
    # spawned, since a fork of a process that has used torch may hang
    context = get_context("spawn")
    with ProcessPoolExecutor(
        min(workers, len(jobs)), mp_context=context, initializer=one_thread
    ) as pool:
        futures: dict[Future[Result], str] = {
            pool.submit(run_one, i, module, path, smoke): i for i, (module, path) in jobs.items()
        }
        try:
            for future in as_completed(futures):
                claim_id, error = futures[future], future.exception()
                if error is None:
                    done[claim_id] = future.result()
                    tell(done[claim_id])
                elif isinstance(error, Exception):
                    error.add_note(f"in claim {claim_id!r}")
                    errors.append(error)
                else:
                    raise error
        finally:
            pool.shutdown(cancel_futures=True)
    if errors:
        raise ClaimsFailed("claims that could not run", errors)
    return done


def one_thread() -> None:
    """One thread a process, read when torch is imported: claims are what runs in parallel."""
    os.environ.update(dict.fromkeys(THREADS, "1"))


def run_one(claim_id: str, module: str, path: Path, smoke: bool) -> Result:
    """Run a claim, write its record, return it."""
    origin = Origin(claim_id, module.split(".")[-2], statement(module), fingerprint(module))
    result = run_claim(load_claim(module), origin, smoke=smoke)
    write_result(result, path)
    return result
