"""Checkpoints of any size into one, a tensor at a time."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from dubito.merge.checkpoint import Checkpoint, open_checkpoint
from dubito.merge.tensors import Rule, check_alike, merged_tensor

# Weights in other forms would not be the merged ones; the rest goes with the training or is hidden.
LEFT_BEHIND = shutil.ignore_patterns(
    *("*.safetensors", "*.bin", "*.bin.index.json", "*.pt", "*.pth", "*.ckpt", "*.gguf", "*.h5"),
    *("*.msgpack", "*.onnx", "*.onnx_data", "checkpoint-*", ".*"),
)


def merge_folders(
    base: str | Path,
    experts: Sequence[str | Path],
    out: str | Path,
    rule: Rule,
    *,
    keep: tuple[str, ...] = (),
) -> Path:
    """Merge fine-tuned checkpoints into the new folder `out`, an ordinary checkpoint; its path.

    Configuration, tokenizer and shards are the base's. What is in memory at once is one tensor of
    the base, one merged, and as many of experts as the rule holds. The folder appears under its
    name when it is complete. Names that end like `keep` stay the base's.

    Raises:
        ValueError: a folder that is no checkpoint, an `out` that exists, experts that do not fit
            the base, or a merge that is not finite; names the tensor. Nothing is left behind.
    """
    out = Path(out)
    origin, others = open_checkpoint(base), [open_checkpoint(expert) for expert in experts]
    check_alike(origin, others, keep=keep)
    made = partial(merged_tensor, base=origin, experts=others, rule=rule, keep=keep)
    with folder_aside(out) as new:
        shutil.copytree(origin.folder, new, ignore=LEFT_BEHIND)
        write_shards(origin, new, made)
    return out


def write_shards(pattern: Checkpoint, folder: Path, made: Callable[[str], Tensor]) -> None:
    """Files like those of a checkpoint, with tensors that are made one after the other."""
    for file in pattern.files:
        write_like(pattern.folder / file, folder / file, made)


def write_like(pattern: Path, new: Path, made: Callable[[str], Tensor]) -> None:
    """A safetensors file with the header of another: same names, shapes, dtypes and places."""
    with pattern.open("rb") as file:
        size = file.read(8)
        header = file.read(int.from_bytes(size, "little"))
    places = {n: e["data_offsets"] for n, e in json.loads(header).items() if n != "__metadata__"}
    with new.open("wb") as file:
        file.write(size + header)
        for name in sorted(places, key=lambda name: places[name]):
            content = made(name).detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            begin, end = places[name]
            if len(content) != end - begin:
                raise ValueError(f"{name}: {len(content)} bytes for a place of {end - begin}")
            file.write(content.numpy().data)


@contextmanager
def folder_aside(out: Path) -> Iterator[Path]:
    """A folder's name beside the wanted one; renamed to it if all went well, else removed.

    Raises:
        ValueError: the wanted one exists.
    """
    if out.exists():
        raise ValueError(f"{out} exists; give a new folder, so that nothing is overwritten")
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        yield new
        new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)
