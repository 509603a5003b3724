"""Arrays on disk: the same again, and a clear word for any other file."""

import math

import numpy as np
import pytest
from safetensors.numpy import save_file

from dubito.nn.kept import load_arrays, save_arrays

ARRAYS = {"a": np.array([[1.5, math.inf], [0.0, -2.0]]), "n": np.array([3, 4])}


def test_round_trip(tmp_path) -> None:
    path = tmp_path / "x.safetensors"
    save_arrays(path, "kind", {"option": 2, "names": ["x"]}, ARRAYS | {"t": ARRAYS["a"].T})
    kept = load_arrays(path, "kind", names=["a", "n", "t"])
    assert kept.about == {"option": 2, "names": ["x"]}
    for name, value in ARRAYS.items():
        np.testing.assert_array_equal(kept.arrays[name], value)
        assert kept.arrays[name].dtype == value.dtype
    np.testing.assert_array_equal(kept.arrays["t"], ARRAYS["a"].T)
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


def test_other_files_are_refused(tmp_path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(ValueError, match="JSON"):
        save_arrays(path, "kind", {"option": math.nan}, ARRAYS)
    with pytest.raises(ValueError, match="JSON"):
        save_arrays(path, "kind", {"option": object()}, ARRAYS)
    assert not path.exists()
    save_arrays(path, "kind", {}, ARRAYS)
    with pytest.raises(ValueError, match="holds 'kind', not 'other'"):
        load_arrays(path, "other", names=[])
    with pytest.raises(ValueError, match="lacks \\['z'\\]"):
        load_arrays(path, "kind", names=["a", "z"])
    path.write_bytes(b"not a tensor in sight")
    with pytest.raises(ValueError, match="no safetensors file"):
        load_arrays(path, "kind", names=[])
    save_file(ARRAYS, path)
    with pytest.raises(ValueError, match="holds None"):
        load_arrays(path, "kind", names=[])
