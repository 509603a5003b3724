"""A guard on disk: one JSON file, and one of passages for each search."""

import json
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from typing import Any

from dubito.data.matching import is_right
from dubito.guard.guard import Guard
from dubito.guard.policy import Abstain, Escalate, Retrieve, Step
from dubito.guard.router import Router
from dubito.models.base import Generation, LanguageModel

VERSION = 1
FILE = "guard.json"


def save(guard: Guard, folder: Path) -> None:
    """Write the guard aside and put it in its place when it is whole."""
    told = {
        "version": VERSION,
        "model": name_of(guard.model),
        "estimators": list(guard.names),
        "samples": guard.samples,
        "generation": asdict(guard.generation),
        "seed": guard.seed,
        "fitted_on": list(guard.fitted_on_) if guard.fitted() else [],
        "policy": [step_json(step, i) for i, step in enumerate(guard.policy)],
        "router": guard.fitted().to_json(),
        "own_grade": guard.grade is not is_right,
    }
    if folder.exists() and not (folder / FILE).exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something else; give an empty or a new folder")
    aside = folder.with_name(f".{folder.name}.part")
    rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for i, step in enumerate(guard.policy):
        if isinstance(step, Retrieve):
            lines = [json.dumps(p, ensure_ascii=False) + "\n" for p in texts_of(step)]
            (aside / passages_file(i)).write_text("".join(lines), encoding="utf-8")
    (aside / FILE).write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    rmtree(folder, ignore_errors=True)
    aside.replace(folder)


def load_guard(folder: Path, *, model: str | LanguageModel | None = None) -> Guard:
    """The guard of a folder; its models are loaded when it is first asked."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if told["version"] != VERSION:
            raise ValueError(f"its version is {told['version']}, this dubito reads {VERSION}")
        policy = [step_of(saved, folder) for saved in told["policy"]]
        guard = Guard(
            model or told["model"],
            policy,
            names=told["estimators"],
            samples=told["samples"],
            generation=Generation(**told["generation"]),
            seed=told["seed"],
        )
        gates = [s.gate for s in policy if not isinstance(s, Abstain)]
        guard.router_ = Router.from_json(told["router"], gates)
        guard.fitted_on_ = tuple(told["fitted_on"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{folder} holds no guard that can be read ({error!r}); make one with dubito guard fit"
        ) from error
    return guard


def name_of(model: str | LanguageModel) -> str:
    """What the model can be loaded by."""
    return model if isinstance(model, str) else model.name


def texts_of(step: Retrieve) -> list[str]:
    """The passages of a search by words."""
    if callable(step.passages):
        raise ValueError("a search of your own cannot be saved: give Retrieve a list of passages")
    return list(step.passages)


def passages_file(number: int) -> str:
    """Where the passages of this step stand."""
    return f"passages-{number}.jsonl"


def step_json(step: Step, number: int) -> dict[str, Any]:
    """A step as plain values."""
    match step:
        case Retrieve():
            kept = {"k": step.k, "budget": step.budget, "risk": step.risk}
            return {"step": "retrieve", "passages": passages_file(number)} | kept
        case Escalate():
            kept = {"budget": step.budget, "risk": step.risk, "samples": step.samples}
            return {"step": "escalate", "model": name_of(step.model)} | kept
        case Abstain():
            return {"step": "abstain"} | asdict(step)


def step_of(saved: dict[str, Any], folder: Path) -> Step:
    """The step that was saved."""
    given = {key: value for key, value in saved.items() if key != "step"}
    match saved["step"]:
        case "retrieve":
            lines = (folder / given.pop("passages")).read_text(encoding="utf-8").splitlines()
            return Retrieve([json.loads(line) for line in lines], **given)
        case "escalate":
            return Escalate(**given)
        case "abstain":
            return Abstain(**given)
    raise ValueError(f"a step is retrieve, escalate or abstain, got {saved['step']!r}")
