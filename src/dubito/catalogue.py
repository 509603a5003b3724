"""Every method of every room, joined: find one, build estimators by name, filter by need."""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import import_module, resources
from typing import Any

from dubito.estimate import ASKED, ESTIMATORS, TRAINED
from dubito.evidence import Estimator, Plan
from dubito.method import Access, Method

ROOMS = ("estimate", "calibrate", "decide")


@dataclass(frozen=True, slots=True)
class Entry:
    """A method, the room it is in, and what it needs."""

    method: Method
    room: str
    needs: tuple[Access, ...]
    helpers: tuple[str, ...]  # further models: encoder, judge
    calls: str  # generations of the model, e.g. "1 + K"


@cache
def entries() -> dict[str, Entry]:
    """All methods by id."""
    found: dict[str, Entry] = {}
    for room in ROOMS:
        for method in import_module(f"dubito.{room}").METHODS:
            if method.id in found:
                raise ValueError(f"two methods are called {method.id!r}; ids are unique")
            found[method.id] = entry_of(method, room)
    return found


def entry_of(method: Method, room: str) -> Entry:
    """What a method needs: an estimator's plan says it, any other's row does."""
    if method not in ESTIMATORS:
        return Entry(method, room, method.needs, (), method.calls or "0")
    plan: Plan = method.make().plan
    helpers = tuple(
        name
        for name, wanted in (
            ("encoder", plan.embeddings or plan.relevance),
            ("judge", plan.entailment),
        )
        if wanted
    )
    extra = plan.p_true + plan.stated
    calls = " + ".join(["1", *(["K"] if plan.samples else []), *([str(extra)] if extra else [])])
    return Entry(method, room, access_of(plan), helpers, calls)


def access_of(plan: Plan) -> tuple[Access, ...]:
    """What a model must show for this plan: its text, token log-probs, full distributions."""
    shown: list[Access] = ["text"]
    if plan.logprobs or plan.top_k or plan.p_true:
        shown.append("logprobs")
    if plan.distribution:
        shown.append("logits")
    return tuple(shown)


def find(method_id: str) -> Entry:
    """The entry of this id.

    Raises:
        ValueError: there is none; offers the nearest names.
    """
    if method_id in entries():
        return entries()[method_id]
    near = difflib.get_close_matches(method_id.lower(), list(entries()), n=3, cutoff=0.4)
    told = f"did you mean {' or '.join(near)}?" if near else "see `dubito methods`"
    raise ValueError(f"no method {method_id!r}; {told}")


def estimators(
    names: Sequence[str] | None = None, *, samples: int | None = None
) -> dict[str, Estimator]:
    """Estimators by id: those named, or all; with K samples each instead of their default.

    Raises:
        ValueError: an unknown name, or one that is no estimator.
    """
    wanted = [m.id for m in ESTIMATORS] if names is None else list(dict.fromkeys(names))
    if not wanted:
        raise ValueError("no estimator named; give at least one, or leave the list away for all")
    return {name: with_samples(built(name), samples) for name in wanted}


def built(name: str) -> Estimator:
    """One estimator with its default options."""
    entry = find(name)
    if entry.room != "estimate":
        raise ValueError(f"{name!r} is in the room {entry.room!r}: it measures no doubt")
    if entry.method in TRAINED:
        raise ValueError(f"{name!r} has to be fitted first; see `dubito methods show {name}`")
    if entry.method in ASKED:
        raise ValueError(f"{name!r} reads several ways of asking; see `dubito methods show {name}`")
    return entry.method.make()


def with_samples(estimator: Any, samples: int | None) -> Estimator:
    """The same estimator over K samples, if it draws any."""
    if samples is None or "samples" not in {f.name for f in fields(estimator)}:
        return estimator
    return replace(estimator, samples=samples)


@cache
def bibliography() -> dict[str, dict[str, Any]]:
    """Papers by key."""
    return tomllib.loads((resources.files("dubito") / "bibliography.toml").read_text("utf-8"))


def cite(key: str) -> str:
    """Authors, title, place and year of a paper."""
    paper = bibliography()[key]
    return f"{paper['authors']}: {paper['title']}. {paper['where']}, {paper['year']}"


def having(access: Iterable[str], found: Iterable[Entry]) -> list[Entry]:
    """Entries that need no more than this access."""
    allowed = set(access) | {"text"}
    return [e for e in found if set(e.needs) <= allowed]
