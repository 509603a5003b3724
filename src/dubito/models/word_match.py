"""How well the pieces of answers match one another: BERTScore [zhang2020]."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dubito.evidence import Floats

if TYPE_CHECKING:
    from dubito.models.encoder import Encoded


def matching(rows: "Sequence[Encoded]") -> Floats:
    """BERTScore F1 between N texts, [N, N] in [-1, 1], symmetric, 1 for equal texts.

    Recall of i in j: the mean over the pieces of i of the best cosine with a piece of j.
    Differs: pieces weigh alike (no inverse document frequency), no rescaling by a baseline. The
    pieces that frame a text count only where it has no others.
    """
    pieces = [unit(own_pieces(e)) for e in rows]
    counts = np.array([len(p) for p in pieces])
    starts = np.cumsum(counts) - counts
    stacked = np.concatenate(pieces)
    best = np.maximum.reduceat(stacked @ stacked.T, starts, axis=1)  # [all pieces, N]
    recall = np.add.reduceat(best, starts, axis=0) / counts[:, None]  # [N, N]
    total = recall + recall.T
    f1 = 2 * recall * recall.T / np.where(total == 0, 1, total)
    return np.clip(f1, -1, 1)


def own_pieces(encoded: "Encoded") -> Floats:
    """The pieces that stand for characters, [P, d]; those of the frame where there are none."""
    own = encoded.offsets[:, 1] > encoded.offsets[:, 0]
    return encoded.pieces[own] if own.any() else encoded.pieces


def unit(rows: Floats) -> Floats:
    """Rows of length 1."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
