"""What it took and what it was: seconds by stage, settings, versions."""

import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from dubito.bench.evaluate import Results
from dubito.bench.page.words import percent, seconds
from dubito.models.collect import Cost

GENERATION = "generation"
EXPLAINED = {
    GENERATION: "the model's answers and samples, and what it says when asked about them",
    "encoding": "embeddings by a small sentence model",
    "meaning": "which answers say the same",
    "scoring": "every measure of doubt, with its standard error; not timed by the wall clock",
}
PACKAGES = ("dubito", "numpy", "scipy", "scikit-learn", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the run."""

    name: str
    meaning: str
    wall: str
    processor: str
    share: float  # of the generation's processor time; NaN where that is unknown
    percent: str
    each: str  # processor time for one question


def stages(results: Results, cost: Cost) -> list[Stage]:
    """The stages in their order, scoring last; its wall time is not measured."""
    told = {**cost.stages, "scoring": (math.nan, results.scoring_seconds)}
    n, base = len(results.questions), generation_seconds(cost)
    return [
        Stage(
            name,
            EXPLAINED.get(name, ""),
            seconds(wall),
            seconds(processor),
            processor / base,
            percent(processor / base),
            seconds(processor / n),
        )
        for name, (wall, processor) in told.items()
    ]


def generation_seconds(cost: Cost) -> float:
    """Processor seconds of the generation; NaN where there was none."""
    spent = cost.stages.get(GENERATION, (math.nan, math.nan))[1]
    return spent if spent > 0 else math.nan


def overhead(results: Results, cost: Cost) -> str:
    """What doubt cost on top of the generation, in a sentence."""
    base = generation_seconds(cost)
    if math.isnan(base):
        return "Nothing was generated for this run, so there is no generation to compare with."
    extra = sum(cpu for name, (_, cpu) in cost.stages.items() if name != GENERATION)
    share = percent((extra + results.scoring_seconds) / base)
    return (
        f"All that came after the generation took {share} of its processor time. "
        "The samples are part of the generation."
    )


def flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """(name, value) of every setting, those of a group after the group's name."""
    for key, value in settings.items():
        name = f"{above}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}: ")
        else:
            yield name, shown(value)


def shown(value: Any) -> str:
    """A setting as a reader would write it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return str(value)


def versions() -> list[tuple[str, str]]:
    """What this machine runs; a package that is not installed is not named."""
    found = [("Python", platform.python_version())]
    for package in PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return [*found, ("machine", f"{platform.system()} {platform.machine()}")]
