"""Preference without a reference model [meng2024], and plain fine-tuning, on whole answers."""

from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import softplus


class Said(NamedTuple):
    """How likely a model holds each of B answers."""

    logprob: Tensor  # [B] nats, summed over the answer's tokens
    tokens: Tensor  # [B] how many


def said(logits: Tensor, labels: Tensor, *, ignored: int = -100) -> Said:
    """Log-probability of the labelled tokens of each row; [B, T, V], [B, T] -> [B], [B].

    Logits at t are about label t + 1, as a model returns them; `ignored` marks what is no answer.
    """
    target = labels[:, 1:]
    kept = target != ignored  # [B, T - 1]
    logp = logits[:, :-1].log_softmax(dim=-1)
    each = logp.gather(-1, target.clamp(min=0)[..., None])[..., 0]  # [B, T - 1]
    return Said((each * kept).sum(dim=-1), kept.sum(dim=-1))


def simpo(chosen: Said, rejected: Said, *, beta: float = 2.0, gamma: float = 1.0) -> Tensor:
    """-log sigmoid(beta (log p_c / |c| - log p_r / |r|) - gamma) >= 0 of each pair; [B].

    Falls as the chosen answer's mean token gets likelier than the rejected one's, by gamma / beta
    or more. Without the means a short answer would win because it is short.

    Raises:
        ValueError: beta not above 0, gamma below 0, or an answer without tokens.
    """
    if not beta > 0 or not gamma >= 0:
        raise ValueError(f"beta must be above 0 and gamma at least 0, got {beta} and {gamma}")
    if not bool((chosen.tokens > 0).all() & (rejected.tokens > 0).all()):
        raise ValueError("an answer without tokens has no mean; leave its pair out")
    gap = chosen.logprob / chosen.tokens - rejected.logprob / rejected.tokens  # [B]
    return softplus(gamma - beta * gap)


def fine_tuning(answers: Said) -> Tensor:
    """Mean -log p of all tokens of the answers, nats; a scalar."""
    return -answers.logprob.sum() / answers.tokens.sum()
