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

TOKENS = 4096  # padded tokens encoded in one pass


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
        """Each text encoded; equal texts once, lengths sorted, long ones cut at 256 pieces."""
        unique = sorted(set(texts), key=len)
        done: dict[str, Encoded] = {}
        while len(done) < len(unique):
            rest = unique[len(done) :]
            longest = 2 + len(rest[0]) // 2  # pieces, roughly; texts grow from here
            count = max(1, TOKENS // longest)
            done.update(zip(rest[:count], self.encode(rest[:count]), strict=True))
        return [done[t] for t in texts]

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """One forward pass."""
        batch = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=256,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        offsets = batch.pop("offset_mapping")
        states = self.model(**batch.to(self.model.device)).last_hidden_state.float()
        lengths = batch["attention_mask"].sum(dim=1).tolist()
        return [
            one(text, states[i, :n].cpu().numpy(), offsets[i, :n].numpy())
            for i, (text, n) in enumerate(zip(texts, lengths, strict=True))
        ]


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
    model = AutoModel.from_pretrained(source, dtype=dtype or torch.float32)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Encoder(model.to(device).eval(), AutoTokenizer.from_pretrained(source))
