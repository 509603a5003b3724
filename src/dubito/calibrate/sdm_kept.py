"""A fitted SDM model on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dubito.calibrate.neighbours import Neighbours
from dubito.calibrate.sdm_adaptor import Adaptor
from dubito.calibrate.sdm_region import Region
from dubito.nn.kept import load_arrays, save_arrays

KIND = "dubito.sdm"
RECORDS = {"adaptor_": Adaptor, "index_": Neighbours}
ARRAYS = ("centre_", "losses_", "rows_", "aside_similarity_", "aside_labels_")
OF_RECORDS = {
    "adaptor_": ("weight", "bias", "class_weight", "class_bias"),
    "index_": ("points", "label", "said"),
}


def save_fitted(path: str | Path, options: Mapping[str, Any], fitted: Mapping[str, Any]) -> None:
    """Write options and fitted values."""
    arrays = {name: np.asarray(fitted[name]) for name in ARRAYS}
    for record, names in OF_RECORDS.items():
        arrays |= {f"{record}.{name}": vars(fitted[record])[name] for name in names}
    arrays["thresholds"] = fitted["region_"].thresholds
    arrays["least"] = np.array([fitted["region_"].least])  # may be infinite, which JSON is not
    arrays["distances"] = np.concatenate(fitted["distances_"])
    about = {
        "options": dict(options),
        "classes": fitted["classes_"].tolist(),
        "scale": fitted["scale_"],
        "distances": [len(one) for one in fitted["distances_"]],
    }
    save_arrays(path, KIND, about, arrays)


def load_fitted(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options and fitted values that were saved.

    Raises:
        ValueError: not a file of `save_fitted`.
    """
    inside = [f"{record}.{name}" for record, names in OF_RECORDS.items() for name in names]
    about, arrays = load_arrays(
        path, KIND, names=[*ARRAYS, *inside, "thresholds", "least", "distances"]
    )
    fitted: dict[str, Any] = {name: arrays[name] for name in ARRAYS}
    for record, names in OF_RECORDS.items():
        fitted[record] = RECORDS[record](**{n: arrays[f"{record}.{n}"] for n in names})
    fitted["region_"] = Region(float(arrays["least"][0]), arrays["thresholds"])
    ends = np.cumsum(about["distances"])[:-1]
    fitted["distances_"] = tuple(np.split(arrays["distances"], ends))
    fitted["classes_"] = np.array(about["classes"])
    fitted["scale_"] = about["scale"]
    fitted["n_features_in_"] = arrays["adaptor_.weight"].shape[1]
    return about["options"], fitted
