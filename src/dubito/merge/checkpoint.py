"""Checkpoints on disk, in one file or in shards; a tensor is read when it is asked for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from dubito.extras import require

WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class Checkpoint(Mapping[str, Tensor]):
    """The tensors of a folder by their names: a state dict of which nothing is held in memory."""

    folder: Path
    home: Mapping[str, str]  # name -> file in the folder

    def __getitem__(self, name: str) -> Tensor:
        """Mapped from the disk; its memory goes back as soon as nobody holds the tensor."""
        # A file that stayed open would keep every page that was ever looked at.
        with open_file(self.folder / self.home[name]) as file:
            return file.get_tensor(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.home)

    def __len__(self) -> int:
        return len(self.home)

    def without_numbers(self) -> dict[str, Tensor]:
        """Its tensors on the device "meta": shapes and dtypes."""
        found: dict[str, Tensor] = {}
        for shard in self.files:
            with open_file(self.folder / shard) as file:
                found |= {name: file.get_tensor(name).to("meta") for name in file.keys()}  # noqa: SIM118
        return found

    @property
    def files(self) -> list[str]:
        """Its shards, by name."""
        return sorted(set(self.home.values()))


def open_file(path: Path) -> Any:
    """One safetensors file, opened."""
    safetensors = require("safetensors", extra="hf")
    try:
        return safetensors.safe_open(str(path), framework="pt")
    except (OSError, safetensors.SafetensorError) as error:
        raise ValueError(f"{path} is no safetensors file that can be read: {error}") from error


def open_checkpoint(folder: str | Path) -> Checkpoint:
    """The checkpoint of a folder as `save_pretrained` writes it.

    Raises:
        ValueError: no such folder, no safetensors in it, or shards that lack what their index
            says; names the file.
    """
    folder = Path(folder)
    if (folder / INDEX).is_file():
        return Checkpoint(folder, indexed(folder))
    if (folder / WHOLE).is_file():
        with open_file(folder / WHOLE) as file:
            return Checkpoint(folder, dict.fromkeys(file.keys(), WHOLE))
    if (folder / "adapter_model.safetensors").is_file():
        raise ValueError(
            f"{folder} holds an adapter; put it into its base first, with peft's merge_and_unload, "
            "and save that"
        )
    raise ValueError(f"{folder} has neither {WHOLE} nor {INDEX}; give a folder of save_pretrained")


def indexed(folder: Path) -> dict[str, str]:
    """Name -> shard, as the index says and the shards confirm."""
    try:
        home = json.loads((folder / INDEX).read_text(encoding="utf-8"))["weight_map"]
        shards = set(home.values())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{folder / INDEX} is no index of shards: {error!r}") from error
    held: dict[str, str] = {}
    for shard in sorted(shards):
        if not isinstance(shard, str) or Path(shard).name != shard:
            raise ValueError(f"{folder / INDEX} names {shard!r}; a shard lies beside its index")
        with open_file(folder / shard) as file:
            held |= dict.fromkeys(file.keys(), shard)
    odd = sorted(name for name in held.keys() | home.keys() if held.get(name) != home.get(name))
    if odd:
        raise ValueError(
            f"{folder / INDEX} says {odd[0]!r} is in {home.get(odd[0])}, found in "
            f"{held.get(odd[0])}; fetch the checkpoint again"
        )
    return held
