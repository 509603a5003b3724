"""Every method of every room, joined: find one, build estimators by name, filter by need."""

import difflib
import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import import_module, resources
from typing import Any, get_args

from dubito.estimate import ASKED, ESTIMATORS, TRAINED, UNITS
from dubito.evidence import Estimator, Plan
from dubito.method import Access, Family, Level, Method, Output
from dubito.taxonomy import FAMILIES, Labels, Traits, calls_of, traits_of

ROOMS = (
    "data",
    "estimate",
    "calibrate",
    "decide",
    "embed",
    "acquire",
    "learn",
    "posterior",
    "align",
    "multitask",
    "merge",
)
ACCESS: tuple[Access, ...] = get_args(Access)


@dataclass(frozen=True, slots=True)
class Entry:
    """A method, the room it is in, and its labels."""

    method: Method
    room: str
    traits: Traits
    calls: str  # generations of the model, in words, e.g. "1 + K"

    @property
    def needs(self) -> tuple[Access, ...]:
        """What the model must show, and labels where it is fitted on some."""
        wanted = self.traits.access | ({"labels"} if self.traits.labels != "none" else set())
        return tuple(a for a in ACCESS if a in wanted)

    @property
    def helpers(self) -> tuple[str, ...]:
        """Further models: encoder, judge."""
        return self.traits.helpers


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
    """A row with its labels: an estimator's plan says most of them, any other's row does."""
    if room != "estimate":
        return Entry(method, room, traits_of(method, room, None), method.calls or "0")
    plan: Plan = method.make().plan
    traits = traits_of(method, room, plan, several=method in ASKED)
    return Entry(method, room, traits, method.calls or calls_of(plan))


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
    """Estimators by id: those named; with K samples each instead of their default.

    Without names all that do without the model's layers, whose attention takes some 400 kB a
    question; the name "all" stands for these too.

    Raises:
        ValueError: an unknown name, or one that is no estimator.
    """
    every = [m.id for m in ESTIMATORS]
    if names is None:
        return {n: e for n, e in estimators(every, samples=samples).items() if light(e.plan)}
    wanted = dict.fromkeys(n for name in names for n in (every if name == "all" else [name]))
    if not wanted:
        raise ValueError("no estimator named; give at least one, or leave the list away")
    return {name: with_samples(built(name), samples) for name in wanted}


def light(plan: Plan) -> bool:
    """Does it do without the model's layers?"""
    return not (plan.hidden or plan.attention)


def built(name: str) -> Estimator:
    """One estimator with its default options."""
    entry = find(name)
    if entry.room != "estimate":
        raise ValueError(f"{name!r} is in the room {entry.room!r}: it measures no doubt")
    if entry.method in TRAINED:
        raise ValueError(f"{name!r} has to be fitted first; see `dubito methods show {name}`")
    if entry.method in UNITS:
        raise ValueError(
            f"{name!r} doubts sentences of a long answer; see `dubito methods show {name}`"
        )
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What somebody has and wants; None where it does not matter."""

    access: Iterable[Access] | None = None  # what the model shows, beside its text
    labels: Labels | None = None  # the most there are: none, calibration, training
    calls: int | None = None  # generations that a question may cost
    samples: int = 10  # K of these
    helpers: bool = True  # may an encoder or a judge run beside it?
    level: Level | None = None
    output: Output | None = None
    family: Family | None = None
    room: str | None = None


ENOUGH: dict[Labels, tuple[Labels, ...]] = {
    "none": ("none",),
    "calibration": ("none", "calibration"),
    "training": ("none", "calibration", "training"),
}


def having(need: Need, found: Iterable[Entry]) -> list[Entry]:
    """Entries that ask for no more than there is, the cheapest first, then by family.

    More access, labels, calls or helpers never take a method away. Where calls are counted,
    one whose cost no sum tells is left out.
    """
    fits = [e for e in found if affordable(need, e.traits) and wanted(need, e)]
    return sorted(fits, key=lambda e: (price(need, e.traits), FAMILIES.index(e.traits.family)))


def affordable(need: Need, traits: Traits) -> bool:
    """Is all there that the method asks for?"""
    return (
        (need.access is None or traits.access <= {"text", *need.access})
        and (need.labels is None or traits.labels in ENOUGH[need.labels])
        and (need.calls is None or price(need, traits) <= need.calls)
        and (need.helpers or not traits.helpers)
    )


def wanted(need: Need, entry: Entry) -> bool:
    """Does the method give what is asked for?"""
    traits = entry.traits
    return (
        (need.level is None or need.level in traits.levels)
        and need.output in (None, traits.output)
        and need.family in (None, traits.family)
        and need.room in (None, entry.room)
    )


def price(need: Need, traits: Traits) -> float:
    """Generations a question; infinite where no sum tells them."""
    return math.inf if traits.cost is None else traits.cost.at(need.samples)


def coverage(found: Iterable[Entry]) -> dict[Family, dict[Access, int]]:
    """How many methods of each family need each kind of access; zeros are gaps."""
    listed = list(found)
    return {
        family: {
            access: sum(e.traits.family == family and access in e.needs for e in listed)
            for access in ACCESS
        }
        for family in FAMILIES
    }
