"""The record of a claim: plain JSON, written aside and renamed."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dubito.claims.verdict import Interval, Verdict

PACKAGES = ("dubito", "numpy", "scipy", "torch", "scikit-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One claim's outcome; gains are better above 0 whatever the metric's direction."""

    id: str
    room: str
    statement: str  # what the claim says, in a sentence
    verdict: Verdict
    reason: str  # why the verdict is not `holds`
    metric: str
    higher_is_better: bool
    effect: float  # mean gain over the baseline that is hardest to beat
    interval: Interval  # 95%, over seeds
    margin: float
    baseline: str  # the hardest to beat
    ours: list[float]  # one a seed
    baselines: dict[str, list[float]]  # one a seed
    null_effect: float  # mean gain with the truth shuffled
    null_interval: Interval  # 99%
    checks: dict[str, float]  # mean slack of each further condition; met above 0
    seeds: list[int]
    seconds: float
    paper: str
    paper_figure: str
    size: str
    tried: str
    fingerprint: str  # of the code that ran
    versions: dict[str, str]
    machine: dict[str, str]


def versions() -> dict[str, str]:
    """Version of Python and of each package that a result may depend on, where installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine() -> dict[str, str]:
    """Where it ran."""
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
    }


def write_result(result: Result, path: Path) -> None:
    """The record as JSON; a reader sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    text = json.dumps(asdict(result), indent=1, allow_nan=False)
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(path)


def read_result(path: Path) -> Result:
    """The record in a file.

    Raises:
        ValueError: the file is not such a record; says which and what to do.
    """
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        fields["interval"] = Interval(*fields["interval"])
        fields["null_interval"] = Interval(*fields["null_interval"])
        return Result(**fields)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{path} holds no claim result ({error}); delete it and run again"
        ) from error


def read_results(folder: Path) -> list[Result]:
    """All records of whole runs in a folder, by id."""
    files = [p for p in folder.glob("*.json") if not p.name.endswith(".smoke.json")]
    return sorted((read_result(p) for p in files), key=lambda r: r.id)
