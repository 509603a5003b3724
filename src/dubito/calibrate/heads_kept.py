"""Trained heads and caps on disk; the frozen model they stand on is kept by its own means."""

from pathlib import Path

import torch

from dubito.calibrate.cap import Cap
from dubito.calibrate.split_point_heads import ClassHeads, SplitHeads
from dubito.nn.kept import load_arrays, save_arrays

Heads = Cap | SplitHeads | ClassHeads
KIND = "dubito.heads"
# What each is made with, beside its options.
MADE_WITH: dict[str, tuple[type[Heads], tuple[str, ...]]] = {
    "Cap": (Cap, ("centre", "spread")),
    "SplitHeads": (SplitHeads, ("centre", "spread", "unit")),
    "ClassHeads": (ClassHeads, ("centre", "spread")),
}


def save_heads(path: str | Path, heads: Heads) -> None:
    """Write a cap (`BayesCap.cap_`) or heads (`heads_`) as one safetensors file."""
    about = {"class": type(heads).__name__, "options": heads.options}
    arrays = {name: tensor.numpy() for name, tensor in heads.state_dict().items()}
    save_arrays(path, KIND, about, arrays)


def load_heads(path: str | Path) -> Heads:
    """What was saved; it says the same of the same features.

    Raises:
        ValueError: not a file of `save_heads`.
    """
    about, arrays = load_arrays(path, KIND, names=("centre", "spread"))
    if about.get("class") not in MADE_WITH:
        raise ValueError(f"{path} holds {about.get('class')!r}; known are {sorted(MADE_WITH)}")
    make, names = MADE_WITH[about["class"]]
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    heads = make(*(tensors[name] for name in names), **about["options"], seed=0)
    heads.load_state_dict(tensors)
    return heads.eval()
