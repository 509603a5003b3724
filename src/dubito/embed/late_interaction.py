"""Unified work embeddings [delange2025]: each query token softly picks the tokens that answer it.

Differs: our reading of a note on the paper, whose training code we have not seen. Its two values
of the temperature of the picking disagree; 0.1 is the default here. In the loss a score is
divided by the query's tokens, since queries compete for a target there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch.nn.utils.rnn import pad_sequence

from dubito.evidence import Floats
from dubito.nn.contrastive import both_ways


class Tokens(NamedTuple):
    """Token vectors of B texts, padded."""

    vectors: Tensor  # [B, T, d]
    present: Tensor  # bool [B, T]


class Graph(NamedTuple):
    """Texts of two kinds and which belong together, as far as they are in the batch."""

    queries: Tokens
    targets: Tokens
    edges: Tensor  # bool [Q, Y], all true ones, not only those that were drawn
    weight: float = 1.0


@dataclass(frozen=True)
class SoftLateInteraction:
    """Score of each query with each target, higher = better match: Q and Y texts -> [Q, Y].

    A query token weighs the target's tokens by a softmax over raw dot products / `picking` and
    adds up its cosines with them. `picking` near 0 takes the best token (MaxSim [khattab2020],
    by dot product); a large one the mean cosine. The sum over the query's tokens makes long
    queries score higher: compare targets of one query, not queries.

    Attributes:
        picking: temperature of the picking, in the unit of a dot product.
        temperature: of the loss.
        at_once: queries whose [n_q, Y, n_y] products are held at a time.
    """

    picking: float = 0.1
    temperature: float = 0.05
    at_once: int = 32

    def __post_init__(self) -> None:
        """Refuse a temperature of nothing."""
        if not self.picking > 0 or not self.temperature > 0 or self.at_once < 1:
            raise ValueError(
                "picking and temperature must be above 0 and at_once at least 1, got "
                f"{self.picking}, {self.temperature} and {self.at_once}"
            )

    def __call__(self, queries: Tokens, targets: Tokens) -> Tensor:
        """The scores.

        Raises:
            ValueError: a target without tokens, or vectors of two widths.
        """
        if not targets.present.any(dim=1).all():
            raise ValueError("a target has no tokens; leave it out")
        if queries.vectors.shape[-1] != targets.vectors.shape[-1]:
            raise ValueError(
                "queries and targets need vectors of one width, got "
                f"{queries.vectors.shape[-1]} and {targets.vectors.shape[-1]}"
            )
        blocks = zip(*(part.split(self.at_once) for part in queries), strict=True)
        return torch.cat([self.block(Tokens(*block), targets) for block in blocks])

    def per_token(self, queries: Tokens, targets: Tokens) -> Tensor:
        """The scores over the number of the query's tokens, in [-1, 1]: queries compare as well."""
        count = queries.present.sum(dim=1, keepdim=True)  # [Q, 1]
        return self(queries, targets) / count.clamp(min=1)

    def block(self, queries: Tokens, targets: Tokens) -> Tensor:
        """The scores of a few queries."""
        product = torch.einsum("qid,yjd->qyij", queries.vectors, targets.vectors)
        hidden = ~targets.present[:, None]  # [Y, 1, n_y]
        picked = (product / self.picking).masked_fill(hidden, -torch.inf).softmax(dim=-1)
        cosine = torch.einsum("qid,yjd->qyij", unit(queries), unit(targets))
        said = (picked * cosine).sum(dim=-1)  # [Q, Y, n_q]
        return (said * queries.present[:, None]).sum(dim=-1)

    def loss(self, *graphs: Graph) -> Tensor:
        """Many-to-many InfoNCE both ways, weighted and added over graphs, nats; a number.

        Texts without an edge in the batch are no query, but still targets to tell apart.
        """
        if not graphs:
            raise ValueError("no graph given; at least one is needed")
        each = [
            g.weight * both_ways(self.per_token(g.queries, g.targets) / self.temperature, g.edges)
            for g in graphs
        ]
        return torch.stack(each).sum()


def unit(tokens: Tokens) -> Tensor:
    """The vectors at unit length; one of length 0 stays so."""
    return normalize(tokens.vectors, dim=-1)


def mean_pooled(tokens: Tokens) -> Tokens:
    """Each text as one token, the mean of its own: [B, 1, d]; as a target, the one-sided score."""
    weight = tokens.present.to(tokens.vectors)  # [B, T]
    total = torch.einsum("btd,bt->bd", tokens.vectors, weight)
    mean = total / weight.sum(dim=1, keepdim=True).clamp(min=1)
    return Tokens(mean[:, None], tokens.present.any(dim=1, keepdim=True))


def padded(texts: Sequence[Floats]) -> Tokens:
    """Token vectors of each text, [T, d] such as an encoder's `pieces`, in one batch."""
    if not texts:
        raise ValueError("no text given; at least one is needed")
    rows = [torch.from_numpy(text) for text in texts]
    lengths = torch.tensor([len(row) for row in rows])
    vectors = pad_sequence(rows, batch_first=True)  # [B, T, d]
    return Tokens(vectors, torch.arange(vectors.shape[1]) < lengths[:, None])
