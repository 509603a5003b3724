"""Files of fitted estimators: what is refused, and that no pickle is ever read."""

import json
import pickle
from typing import IO

import numpy as np
import pytest

from dubito.estimate.trained.kept import ABOUT, load_fitted, save_fitted
from dubito.estimate.trained.saplma import Saplma
from inputs import rich_evidence

EVIDENCE = [rich_evidence(seed, k=1) for seed in range(8)]


def fitted() -> Saplma:
    return Saplma(widths=(4, 3), epochs=2, seed=7).fit(EVIDENCE, np.arange(8) % 2)


def test_options_come_back(tmp_path):
    save_fitted(tmp_path / "a.npz", fitted())
    loaded = load_fitted(str(tmp_path / "a.npz"))
    assert (loaded.widths, loaded.epochs, loaded.seed) == ((4, 3), 2, 7)
    assert [w.shape for w in loaded.weights_] == [(8, 4), (4, 3), (3, 1)]


def test_eleven_layers_keep_their_order(tmp_path):
    """Not the order of their names, in which 10 comes before 2."""
    deep = Saplma(widths=(2, 3) * 5 + (2,), epochs=1).fit(EVIDENCE, np.arange(8) % 2)
    save_fitted(tmp_path / "a.npz", deep)
    loaded = load_fitted(tmp_path / "a.npz")
    for one, other in zip(deep.weights_, loaded.weights_, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_no_fitted_estimator_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    with pytest.raises(ValueError, match="in no row of the table"):
        save_fitted(path, Stranger())
    path.write_text("hello")
    with pytest.raises(ValueError, match="no fitted estimator: not an"):
        load_fitted(path)
    np.savez(path, x=np.ones(3))
    with pytest.raises(ValueError, match=f"no {ABOUT}"):
        load_fitted(path)
    about = json.dumps({"method": "saplmas", "options": {}, "lengths": {}})
    np.savez(path, **{ABOUT: np.array(about)})
    with pytest.raises(ValueError, match="'saplmas'; known are"):
        load_fitted(path)
    with pytest.raises(FileNotFoundError):
        load_fitted(tmp_path / "nothing.npz")


class Stranger:
    def __init__(self) -> None:
        self.mean_ = 1.0


def test_what_needs_a_pickle_is_not_written(tmp_path):
    odd = fitted()
    odd.scale_ = {"a": 1}
    with pytest.raises(ValueError, match="scale_ is a dict"):
        save_fitted(tmp_path / "a.npz", odd)
    odd = fitted()
    odd.weights_ = (np.ones(2), None)
    with pytest.raises(ValueError, match="weights_ is a NoneType"):
        save_fitted(tmp_path / "a.npz", odd)
    assert not list(tmp_path.iterdir())


def test_no_pickle_is_read(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(pickle.dumps({"x": 1}))
    with pytest.raises(ValueError, match="no fitted estimator: not an"):
        load_fitted(path)
    np.savez(path, x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_fitted(path)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    save_fitted(path, fitted())
    before = path.read_bytes()

    def full_disk(file: IO[bytes], **arrays: object) -> None:
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="no space"):
        save_fitted(path, fitted())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
