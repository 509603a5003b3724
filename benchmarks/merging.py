"""Merging SmolLM2 with two fine-tuned copies: a tensor at a time, against everything at once.

Each way runs in turn in a process of its own, one thread; seconds are of the merge without the
imports, megabytes the most that was resident, and above what the imports held:

    python benchmarks/merging.py [--rounds 3] [--mergekit-python PATH]

`--mergekit-python` is a Python that can import mergekit; it is asked for the same merge.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

SCALES = (0.3, 0.6)


def ours(base: Path, experts: list[Path], out: Path) -> None:
    """Streamed, by given scales."""
    from dubito.merge import TaskArithmetic, merge_folders

    merge_folders(base, experts, out, TaskArithmetic(SCALES))


def ours_with_norms(base: Path, experts: list[Path], out: Path) -> None:
    """Streamed twice: the scales of MetaGPT first."""
    from dubito.merge import MetaGPT, merge_folders, open_checkpoint

    rule = MetaGPT()(open_checkpoint(base), [open_checkpoint(e) for e in experts])
    merge_folders(base, experts, out, rule)


def everything(base: Path, experts: list[Path], out: Path) -> None:
    """What one would write by hand: load all, add, save."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(base, out, ignore=shutil.ignore_patterns("*.safetensors"))
    origin = load_file(base / "model.safetensors")
    states = [load_file(expert / "model.safetensors") for expert in experts]
    merged = {
        name: tensor
        + sum(scale * (s[name] - tensor) for scale, s in zip(SCALES, states, strict=True))
        for name, tensor in origin.items()
    }
    save_file(merged, out / "model.safetensors", {"format": "pt"})


def mergekit(base: Path, experts: list[Path], out: Path) -> None:
    """mergekit's task arithmetic, as its documentation calls it."""
    import yaml
    from mergekit.config import MergeConfiguration
    from mergekit.merge import MergeOptions, run_merge

    models = [
        {"model": str(expert), "parameters": {"weight": scale}}
        for expert, scale in zip(experts, SCALES, strict=True)
    ]
    told = {
        "merge_method": "task_arithmetic",
        "base_model": str(base),
        "models": models,
        "dtype": "float32",
    }
    config = MergeConfiguration.model_validate(yaml.safe_load(json.dumps(told)))
    run_merge(config, str(out), options=MergeOptions(copy_tokenizer=True, lazy_unpickle=True))


WAYS = {
    "ours": ours,
    "ours with MetaGPT's scales": ours_with_norms,
    "everything at once": everything,
    "mergekit": mergekit,
}
PREPARE = "prepare"


def resident() -> float:
    """Most megabytes that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one(way: str, folder: Path) -> dict[str, float]:
    """Run one way here and say what it took."""
    imports(way)
    before, wall, cpu = resident(), time.perf_counter(), time.process_time()
    WAYS[way](folder / "base", [folder / "first", folder / "second"], folder / "out")
    return {
        "wall s": time.perf_counter() - wall,
        "cpu s": time.process_time() - cpu,
        "peak MB": resident(),
        "peak MB above imports": resident() - before,
    }


def imports(way: str) -> None:
    """What the way needs, loaded before it is timed."""
    homes = ["torch", "safetensors.torch"]
    if way == "mergekit":
        homes += ["yaml", "mergekit.config", "mergekit.merge"]
    elif way != "everything at once":
        homes += ["dubito.merge.metagpt", "dubito.merge.streaming"]
    for home in homes:
        import_module(home)


def prepare(folder: Path) -> None:
    """The cached SmolLM2 and two copies with noise on every tensor."""
    import torch
    from safetensors.torch import load_file, save_file

    from dubito.models.embedded import SMOLLM2, folder_of

    source = folder_of(SMOLLM2)
    (folder / "base").symlink_to(source, target_is_directory=True)
    state = load_file(source / "model.safetensors")
    for seed, name in enumerate(("first", "second")):
        generator = torch.Generator().manual_seed(seed)
        shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.safetensors"))
        noisy = {
            k: v + 0.01 * v.std() * torch.randn(v.shape, generator=generator)
            for k, v in state.items()
        }
        save_file(noisy, folder / name / "model.safetensors", {"format": "pt"})


def main() -> None:
    """Run the ways in turns and print medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mergekit-python", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=(PREPARE, *WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one == PREPARE:
        prepare(given.folder)
        return
    if given.one:
        print(json.dumps(one(given.one, given.folder)))
        return
    pythons = dict.fromkeys(WAYS, Path(sys.executable)) | {"mergekit": given.mergekit_python}
    rounds: dict[str, list[dict[str, float]]] = {w: [] for w, p in pythons.items() if p}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Apart, since a process inherits the peak of the one that starts it.
        alone(PREPARE, Path(sys.executable), folder)
        for _ in range(given.rounds):
            for way, taken in rounds.items():
                taken.append(asked(way, pythons[way], folder))
                print(way, {k: round(v, 2) for k, v in taken[-1].items()}, flush=True)
    told = summary(rounds)
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def asked(way: str, python: Path | None, folder: Path) -> dict[str, float]:
    """What one way took in a process of its own."""
    printed = alone(way, python or Path(sys.executable), folder)
    shutil.rmtree(folder / "out")
    return json.loads(printed.splitlines()[-1])


def alone(what: str, python: Path, folder: Path) -> str:
    """Run this file for one thing; what it prints."""
    command = [str(python), __file__, "--one", what, "--folder", str(folder)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=one_thread)
    if done.returncode:
        raise SystemExit(f"{what} failed with {python}:\n{done.stderr[-2000:]}")
    return done.stdout


def summary(rounds: dict[str, list[dict[str, float]]]) -> dict[str, object]:
    """Medians, and ours as a share of every other way, round by round."""

    def median(values: list[float]) -> float:
        return round(statistics.median(values), 3)

    medians = {
        way: {key: median([t[key] for t in taken]) for key in taken[0]}
        for way, taken in rounds.items()
    }
    shares = {
        f"ours / {way}": {
            key: median([a[key] / b[key] for a, b in zip(rounds["ours"], taken, strict=True)])
            for key in taken[0]
        }
        for way, taken in rounds.items()
        if way != "ours"
    }
    return {**medians, **shares}


if __name__ == "__main__":
    main()
