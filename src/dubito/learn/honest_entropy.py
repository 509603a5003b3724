"""Uncertainty-aware causal language modelling [krishnan2024]: entropy that follows the errors."""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus


def ua_clm(
    logits: Tensor,
    labels: Tensor,
    *,
    label_probability: bool = False,
    cross_entropy: float = 0.0,
    floor: float = 1e-6,
) -> Tensor:
    """Loss of each of N tokens, whose mean is the objective: [N, V], [N] -> [N], at least 0.

    With the entropy H in nats and the probability P of the likeliest token, a wrong token costs
    -P log tanh H and a right one -(1 - P) log(1 - tanh H): doubt is to be high where the model
    errs and low where it does not. Wrong and right tokens weigh alike, however few they are: each
    is weighed by N over the number of its kind *in this batch*.

    It says of a wrong token that it is wrong, not what is right: start from a competent model, or
    add some cross-entropy.

    Differs: P of the likeliest token is our reading.

    Args:
        label_probability: P is the label's instead, so that confident errors weigh next to nothing.
        cross_entropy: weight of -log p of the label, added.
        floor: below this an entropy in log tanh counts as this, so that the loss stays finite.

    Raises:
        ValueError: a weight below 0 or a floor that is not above 0.
    """
    if not cross_entropy >= 0 or not floor > 0:
        raise ValueError(
            f"cross_entropy must be at least 0 and floor above 0, got {cross_entropy} and {floor}"
        )
    logp = logits.log_softmax(dim=-1)  # [N, V]
    p = logp.exp()
    # 0 in place of -inf: as a slope of p it stays finite, however steep what follows is.
    doubt = -(p * logp.masked_fill(p == 0, 0)).sum(dim=-1)  # [N]
    of_label = logp.gather(-1, labels[:, None])[:, 0]  # [N]
    sure = of_label.exp() if label_probability else p.max(dim=-1).values  # [N]
    right = logits.argmax(dim=-1) == labels  # [N]
    # log(1 - tanh H) = log 2 - log(1 + exp 2H), which keeps its slope where tanh H rounds to 1.
    cost_right = (1 - sure) * (softplus(2 * doubt) - math.log(2))
    cost_wrong = -sure * doubt.clamp(min=floor).tanh().log()
    alike = torch.where(right, right.sum(), (~right).sum()) / len(labels)  # [N] share of its kind
    return torch.where(right, cost_right, cost_wrong) / alike - cross_entropy * of_label
