"""Fitted estimators on disk: one .npz of plain arrays, and no pickle."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dubito.estimate.trained.methods import TRAINED
from dubito.estimate.trained.training import refuse_unfitted
from dubito.store import written_aside

ABOUT = "about.json"


def save_fitted(path: str | Path, estimator: object) -> None:
    """Write options and fitted values of an estimator of TRAINED to `path`, whole or not at all.

    Raises:
        ValueError: not fitted, of no row of TRAINED, or with a value that only pickle can hold.
    """
    refuse_unfitted(estimator)
    path = Path(path)
    arrays: dict[str, Any] = {}
    lengths: dict[str, int] = {}  # of values that are several arrays
    for name, value in fitted_values(estimator).items():
        if isinstance(value, tuple):
            lengths[name] = len(value)
            arrays |= {f"{name}.{i}": plain(one, name) for i, one in enumerate(value)}
        else:
            arrays[name] = plain(value, name)
    options = {k: v for k, v in vars(estimator).items() if not k.endswith("_")}
    about = {"method": row_of(estimator), "options": options, "lengths": lengths}
    arrays[ABOUT] = np.array(json.dumps(about))
    with written_aside(path) as new, new.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_fitted(path: str | Path) -> Any:
    """The estimator that was saved; it doubts as it did.

    Raises:
        ValueError: not a file of `save_fitted`.
    """
    with Path(path).open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path} is no fitted estimator: not an .npz file")
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if ABOUT not in arrays:
        raise ValueError(f"{path} is no fitted estimator: it has no {ABOUT}")
    about = json.loads(str(arrays.pop(ABOUT)))
    makers = {method.id: method.make for method in TRAINED}
    if about["method"] not in makers:
        raise ValueError(f"{path} holds {about['method']!r}; known are {sorted(makers)}")
    estimator = makers[about["method"]](**{k: as_option(v) for k, v in about["options"].items()})
    vars(estimator).update(gathered(arrays, about["lengths"]))
    return estimator


def fitted_values(estimator: object) -> dict[str, Any]:
    """Attributes whose names end in `_`."""
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}


def plain(value: Any, name: str) -> Any:
    """The value as an array that needs no pickle."""
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise ValueError(f"{name} is a {type(value).__name__}, which only a pickle could hold")
    return array


def row_of(estimator: object) -> str:
    """Id of the row that makes estimators of this class."""
    for method in TRAINED:
        if isinstance(estimator, type(method.make())):
            return method.id
    raise ValueError(f"{type(estimator).__name__} is in no row of the table of trained estimators")


def as_option(value: Any) -> Any:
    """JSON has lists where options have tuples."""
    return tuple(value) if isinstance(value, list) else value


def gathered(arrays: Mapping[str, Any], lengths: Mapping[str, int]) -> dict[str, Any]:
    """Fitted values from single arrays; an array without axes is a number."""
    several = {n: tuple(part(arrays[f"{n}.{i}"]) for i in range(k)) for n, k in lengths.items()}
    parts = {f"{n}.{i}" for n, k in lengths.items() for i in range(k)}
    return several | {n: part(value) for n, value in arrays.items() if n not in parts}


def part(array: Any) -> Any:
    """An array, or the one number or word that it is."""
    return array.item() if array.ndim == 0 else array
