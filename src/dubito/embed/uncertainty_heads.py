"""Doubts of an encoder that need no labels at test: read off it, or predicted [kirchhof2023]."""

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from dubito.nn.contrastive import match_log_odds
from dubito.nn.token_entropy import token_entropies
from dubito.nn.von_mises_fisher import draw_directions

LEAST = 1e-6


def class_entropy(logits: Tensor) -> Tensor:
    """Entropy of the upstream classifier, nats, 0 to log C, higher = less certain: [B, C] -> [B].

    The classifier has to be kept for it.
    """
    return token_entropies(logits)


def inverse_length(embeddings: Tensor) -> Tensor:
    """1 / length of the embedding before it is normalised, higher = less certain: [B, d] -> [B]."""
    return 1 / embeddings.norm(dim=-1).clamp(min=LEAST)


class PredictedDoubt(nn.Module):
    """A doubt above 0 read from an embedding by a small network: [B, d] -> [B].

    Call `begin_at` once before training: as a concentration 1 / doubt its size matters.
    """

    scale: Tensor

    def __init__(self, dimensions: int, *, width: int = 1024, layers: int = 3) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"layers must be at least 1, got {layers}")
        sizes = [dimensions, *[width] * (layers - 1)]
        hidden = [
            part
            for before, after in itertools.pairwise(sizes)
            for part in (nn.Linear(before, after), nn.LeakyReLU())
        ]
        self.network = nn.Sequential(*hidden, nn.Linear(sizes[-1], 1))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, embeddings: Tensor) -> Tensor:
        """The doubt, [B]."""
        return LEAST + self.scale * softplus(self.network(embeddings)[:, 0])

    @torch.no_grad()
    def begin_at(self, embeddings: Tensor, mean: float = 1e-3) -> None:
        """Rescale so that the mean doubt of these embeddings is `mean`."""
        if not mean > LEAST:
            raise ValueError(f"the mean must be above {LEAST}, got {mean}")
        self.scale.mul_((mean - LEAST) / (self(embeddings) - LEAST).mean())


def loss_prediction(doubt: Tensor, losses: Tensor) -> Tensor:
    """Squared error of the doubt as a prediction of each sample's own loss: [B], [B] -> [B].

    The loss itself gets no slope from it. Give the head detached embeddings, and the encoder
    learns as it would without.
    """
    return (doubt - losses.detach()).square()


def mc_infonce(
    embeddings: Tensor,
    doubt: Tensor,
    labels: Tensor,
    *,
    log_inverse_temperature: Tensor,
    draws: int = 16,
    generator: torch.Generator,
) -> Tensor:
    """MCInfoNCE [kirchhof2023mc] with labels, nats; a number: [B, d], [B] above 0, [B].

    Each embedding is a von Mises-Fisher law around its direction with concentration 1 / doubt.
    In each draw the odds of an input are those of its class against the others; they are
    averaged over draws, then the negative log is taken. Inputs that are alone of their class, or
    see no other class, are left out.

    Raises:
        ValueError: no input that has both, or labels of another length.
    """
    if not len(embeddings) == len(doubt) == len(labels):
        raise ValueError(
            "one doubt and one label for each embedding needed, "
            f"got {len(embeddings)}, {len(doubt)} and {len(labels)}"
        )
    drawn = draw_directions(normalize(embeddings, dim=-1), 1 / doubt, draws, generator)  # [S, B, d]
    scores = log_inverse_temperature.exp() * drawn @ drawn.mT  # [S, B, B]
    same = labels[:, None] == labels  # [B, B]
    itself = torch.eye(len(same), dtype=torch.bool, device=same.device)
    odds = match_log_odds(scores, same & ~itself, ~same)  # [S, B]
    known = ~odds.isnan().any(dim=0)
    if not known.any():
        raise ValueError("no input has both another of its class and one of a different class")
    return math.log(draws) - odds[:, known].logsumexp(dim=0).mean()
