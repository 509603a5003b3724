"""What the claims about doubted rewards share: the KL term of a tabular policy."""

import torch
from torch import Tensor

from dubito.align.kl_terms import masked_mean, squared
from dubito.nn.tabular_policy import Term


def held(start: Tensor, strength: Tensor) -> Term:
    """Half the squared log-ratio to the first table, weighed: [N, 1, A], [N, A] -> its loss term.

    Taken over all actions, each as often as the policy draws it, a row of one token; so that the
    term has the mean of what it has on draws, and not their noise.
    """
    reference = start.log_softmax(dim=-1)

    def term(logits: Tensor) -> Tensor:
        logp = logits.log_softmax(dim=-1)
        often = logp.detach().exp()[:, 0] * strength.shape[1]  # [N, A] of mean 1
        ratio = (logp - reference).reshape(-1, 1)  # [N A, 1]
        return masked_mean(squared(ratio), torch.ones_like(ratio), (strength * often).flatten()) / 2

    return term
