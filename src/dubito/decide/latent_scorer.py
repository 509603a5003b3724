"""A scorer of latent trains of thought, step by step, and its contrastive loss [you2025]."""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from dubito.nn.seeded import seeded


class StepScorer(nn.Module):
    """A score of each latent, higher is better; [M, ...] questions, [M, t, d] -> [M, t].

    `backbone` reads questions and latents into states [M, t, w], each from what comes before it:
    for a language model a copy of it, `LatentStates(copy.deepcopy(model))`.
    """

    def __init__(self, backbone: nn.Module, width: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 1))

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """[M, t]."""
        return self.head(self.backbone(questions, latents)).squeeze(-1)


class EachStep(nn.Module):
    """States of vectors instead of a language model's; [M, q], [M, t, d] -> [M, t, w].

    Each latent is read by itself, with its question and its place among T steps.
    """

    def __init__(self, question: int, latent: int, *, steps: int, width: int = 96) -> None:
        super().__init__()
        self.steps = steps
        self.read = nn.Sequential(
            nn.Linear(question + latent + steps, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
        )

    def forward(self, questions: Tensor, latents: Tensor) -> Tensor:
        """[M, t, w]."""
        count, steps = latents.shape[:2]
        place = one_hot(torch.arange(steps, device=latents.device), self.steps)  # [t, T]
        known = (
            questions[:, None].expand(-1, steps, -1),
            latents,
            place[None].expand(count, -1, -1),
        )
        return self.read(torch.cat([part.to(latents.dtype) for part in known], dim=-1))


def seeded_scorer(question: int, latent: int, *, steps: int, seed: int) -> StepScorer:
    """A fresh scorer of vectors whose first weights depend on the seed alone."""
    with seeded(seed):
        return StepScorer(EachStep(question, latent, steps=steps), 96)


def stepwise_contrastive(scores: Tensor, values: Tensor, kept: Tensor | None = None) -> Tensor:
    """-sum_n y log softmax_n(r), nats >= 0, mean over B questions and T steps; [B, N, T] each.

    Values are in [0, 1] and not normalised, so that steps from which many ways lead to the
    answer weigh more. The softmax is over the N trajectories of a question at the same step, so a
    number added to all of them changes nothing. Trajectories that are not `kept`, bool [B, N],
    are padding.
    """
    there = torch.ones_like(scores[..., 0], dtype=torch.bool) if kept is None else kept
    masked = scores.masked_fill(~there[..., None], -torch.inf)
    logp = masked.log_softmax(dim=1).masked_fill(~there[..., None], 0.0)  # [B, N, T]
    return -(values * logp).sum(dim=1).mean()
