"""Which of several latent trains of thought to answer from: a vote, a scorer, a beam [you2025]."""

import torch
from torch import Tensor, nn

from dubito.decide.latents import LatentReasoner, Noise


def most_frequent(answers: Tensor) -> Tensor:
    """The most frequent of N answers; of equally frequent ones the first drawn: [B, N] -> [B]."""
    votes = (answers[:, :, None] == answers[:, None]).sum(dim=-1)  # [B, N]
    return answers.gather(1, first_best(votes)).squeeze(1)


def first_best(values: Tensor) -> Tensor:
    """Place of the greatest value, the first of equals: [B, N] -> [B, 1]."""
    best = values == values.max(dim=1, keepdim=True).values
    return best.int().argmax(dim=1, keepdim=True)


@torch.no_grad()
def step_scores(scorer: nn.Module, questions: Tensor, latents: Tensor) -> Tensor:
    """Scores of the latents as they were drawn, [B, N, T, d] -> [B, N, T]."""
    flat = questions.repeat_interleave(latents.shape[1], dim=0)
    return scorer.eval()(flat, latents.flatten(0, 1)).unflatten(0, latents.shape[:2])


def best_of_n(scores: Tensor, answers: Tensor) -> Tensor:
    """The answer of the greatest sum of scores: [B, N, T], [B, N] -> [B]."""
    return answers.gather(1, first_best(scores.sum(dim=-1))).squeeze(1)


@torch.no_grad()
def beam_search(
    reasoner: LatentReasoner,
    scorer: nn.Module,
    questions: Tensor,
    *,
    noise: Noise,
    generator: torch.Generator,
    beams: int = 4,
    candidates: int = 4,
) -> Tensor:
    """The trajectory that a beam ends with, [B, T, d], the best by the sum of its scores.

    At each step every one of `beams` prefixes is drawn on `candidates` times, and the best
    `beams` are kept. The first step draws all beams * candidates from the start.
    """
    if beams < 1 or candidates < 1:
        raise ValueError(f"beams and candidates at least 1, got {beams} and {candidates}")
    scorer.eval()
    count, wide = len(questions), beams * candidates
    rows = questions.repeat_interleave(wide, dim=0)  # [B * W, ...]
    kept = torch.zeros(count, beams, 0, reasoner.width, device=questions.device)
    for _ in range(reasoner.steps):
        prefix = kept.repeat_interleave(candidates, dim=1).flatten(0, 1)  # [B * W, t, d]
        after = noise(reasoner.step, rows, prefix, generator)  # [B * W, d]
        longer = torch.cat([prefix.to(after.dtype), after[:, None]], dim=1)
        total = scorer(rows, longer).sum(dim=-1).unflatten(0, (count, wide))  # [B, W]
        best = total.topk(beams, dim=1).indices  # [B, beams], falling
        grown = longer.unflatten(0, (count, wide))
        kept = grown.gather(1, best[..., None, None].expand(-1, -1, *grown.shape[2:]))
    return kept[:, 0]
