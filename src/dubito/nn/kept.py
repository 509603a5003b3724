"""Fitted arrays on disk: one safetensors file with its options as JSON in the header, no pickle."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dubito.extras import require
from dubito.store import written_aside

Arrays = dict[str, NDArray[Any]]


class Kept(NamedTuple):
    """What was saved."""

    about: dict[str, Any]
    arrays: Arrays


def save_arrays(
    path: str | Path, kind: str, about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write named arrays and plain values to `path`, whole or not at all.

    Raises:
        ValueError: a plain value that JSON cannot hold, such as NaN or an object.
    """
    try:
        header = {"kind": kind, "about": json.dumps(dict(about), allow_nan=False)}
    except (TypeError, ValueError) as error:
        raise ValueError(f"{kind} has an option that JSON cannot hold: {error}") from error
    tensors = require("safetensors.numpy", extra="hf")
    with written_aside(Path(path)) as new:
        tensors.save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, new, header)


def load_arrays(path: str | Path, kind: str, *, names: Iterable[str]) -> Kept:
    """What `save_arrays` wrote under this kind, with these arrays.

    Raises:
        ValueError: not such a file, of another kind, or an array missing.
    """
    safetensors = require("safetensors", extra="hf")
    try:
        with safetensors.safe_open(str(path), framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from error
    if header.get("kind") != kind:
        raise ValueError(f"{path} holds {header.get('kind')!r}, not {kind!r}")
    lacking = set(names) - set(arrays)
    if lacking:
        raise ValueError(f"{path} lacks {sorted(lacking)}; save it again")
    return Kept(json.loads(header["about"]), arrays)
