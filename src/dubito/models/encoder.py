"""Sentence embeddings, and how much each token of a sentence adds to its own [duan2024]."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from dubito.evidence import Floats, Integers
from dubito.models.embedded import MINILM, folder_of
from dubito.models.precision import fastest_dtype

TOKENS = 4096  # pieces encoded in one pass, roughly
SLACK = 2  # pieces by which texts of one pass may differ in length


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text: its embedding and the vectors that it is the mean of."""

    text: str
    embedding: Floats  # [d], unit length
    pieces: Floats  # [P, d]
    offsets: Integers  # [P, 2] characters; empty for the pieces that frame the text


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """A sentence encoder with mean pooling."""

    model: Any
    tokenizer: Any

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> list[Encoded]:
        """Each text encoded; equal texts once, similar lengths together, cut at 256 pieces."""
        unique = list(dict.fromkeys(texts))
        if not unique:
            return []
        read = self.tokenizer(unique, truncation=True, max_length=256, return_offsets_mapping=True)
        lengths = [len(ids) for ids in read["input_ids"]]
        order = sorted(range(len(unique)), key=lambda i: lengths[i])
        done: dict[str, Encoded] = {}
        while order:
            count = fitting([lengths[i] for i in order])
            batch, order = order[:count], order[count:]
            for i, pieces in zip(
                batch, self.encode([read["input_ids"][i] for i in batch]), strict=True
            ):
                done[unique[i]] = one(unique[i], pieces, np.array(read["offset_mapping"][i]))
        return [done[t] for t in texts]

    def encode(self, ids: Sequence[list[int]]) -> list[Floats]:
        """The last layer's vectors of each text, [P, d], by one forward pass."""
        width = max(map(len, ids))
        padded = torch.tensor([i + [0] * (width - len(i)) for i in ids])
        mask = torch.tensor([[1] * len(i) + [0] * (width - len(i)) for i in ids])
        device = self.model.device
        out = self.model(input_ids=padded.to(device), attention_mask=mask.to(device))
        states = out.last_hidden_state.float().cpu().numpy()
        return [states[i, : len(text)] for i, text in enumerate(ids)]


def fitting(lengths: Sequence[int]) -> int:
    """How many of the texts, shortest first, go into one pass: little padding, bounded memory."""
    longest = next((i for i, n in enumerate(lengths) if n > lengths[0] + SLACK), len(lengths))
    return max(1, min(longest, TOKENS // lengths[0]))


def one(text: str, pieces: Floats, offsets: Integers) -> Encoded:
    """The record of one text from its pieces, [P, d]."""
    mean = pieces.mean(axis=0)
    return Encoded(text, mean / max(float(np.linalg.norm(mean)), 1e-12), pieces, offsets)


def relevance(encoded: Encoded, spans: Integers) -> Floats:
    """[T] change of meaning in [0, 2] when the characters of each token are left out.

    Differs: the paper encodes question and shortened answer anew for each token; here the
    token's vectors leave the mean of a single pass over the answer, which costs nothing beside
    its embedding. A piece that is covered in part leaves in part. A token without characters,
    such as the end token, has relevance 0.
    """
    first = np.maximum(spans[:, None, 0], encoded.offsets[None, :, 0])
    last = np.minimum(spans[:, None, 1], encoded.offsets[None, :, 1])
    length = np.maximum(encoded.offsets[:, 1] - encoded.offsets[:, 0], 1)
    share = np.maximum(last - first, 0) / length  # [T, P] of the piece that the token covers
    whole = encoded.pieces.sum(axis=0)
    rest = whole - share @ encoded.pieces  # [T, d]
    scale = np.linalg.norm(rest, axis=1) * np.linalg.norm(whole)
    cosine = (rest @ whole) / np.maximum(scale, 1e-12)
    changed = np.clip(1 - cosine, 0, 2)
    return np.where(share.any(axis=1), changed, 0.0)


def load_encoder(folder: str | Path | None = None, *, dtype: torch.dtype | None = None) -> Encoder:
    """MiniLM-L6 (fetched once), or any encoder of transformers with mean pooling."""
    source = folder or folder_of(MINILM)
    model = AutoModel.from_pretrained(source, dtype=dtype or fastest_dtype())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Encoder(model.to(device).eval(), AutoTokenizer.from_pretrained(source))
