"""Calibration tuning [kapoor2024]: a model that learns which of its own answers were right."""

import torch
from torch import Tensor

from dubito.learn.statement import stated, stating_loss
from dubito.nn.divergences import jensen_shannon


def judgement_loss(logits: Tensor, right: Tensor, *, no: int, yes: int) -> Tensor:
    """-log P(the grade) of each of B answers: [B, V], [B] -> [B], nats.

    `logits` are those that follow "is this right?" after the model's own answer, and `right` is
    that answer's grade. No more than the two options count, so nothing else is taught.
    """
    grade = torch.where(right.bool(), yes, no)  # [B]
    return stating_loss(logits, grade, options=options(no, yes))


def judged_right(logits: Tensor, *, no: int, yes: int, temperature: float = 1.0) -> Tensor:
    """P(the answer is right) in [0, 1], higher is more certain: [B, V] -> [B].

    Raises:
        ValueError: a temperature that is not above 0.
    """
    values = torch.tensor([0.0, 1.0])
    return stated(logits, options(no, yes), values, temperature=temperature).expected


def options(no: int, yes: int) -> Tensor:
    """The two tokens, [2].

    Raises:
        ValueError: they are one token.
    """
    if no == yes:
        raise ValueError(f"the two options must be two tokens, both are {no}")
    return torch.tensor([no, yes])


def after_last(logits: Tensor, attention: Tensor) -> Tensor:
    """Logits after the last real token of each row, wherever its padding: [B, T, V] -> [B, V].

    `attention` is [B, T], 0 on padding.

    Raises:
        ValueError: a row without a token.
    """
    if not bool((attention > 0).any(dim=-1).all()):
        raise ValueError("a row without a token has nothing after it")
    steps = torch.arange(attention.shape[1], device=attention.device)
    last = torch.where(attention > 0, steps, -1).max(dim=-1).values  # [B]
    return logits[torch.arange(len(logits), device=logits.device), last.to(logits.device)]


def departure(logits: Tensor, before: Tensor, kept: Tensor) -> Tensor:
    """How far a model has left what it would say, of each of B texts: at least 0, nats.

    The Jensen-Shannon divergence of the next token, summed over the positions that `kept`
    [B, T] marks, those that predict the answer. Add kappa times its mean to the judgement's loss.

    Args:
        logits: of the model in training, [B, T, V].
        before: of the model as it was, [B, T, V]; no slope runs into them.
        kept: bool [B, T].
    """
    each = jensen_shannon(logits.log_softmax(dim=-1), before.detach().log_softmax(dim=-1))  # [B, T]
    return each.masked_fill(~kept, 0.0).sum(dim=-1)
