"""The Bradley-Terry law of preferences [bradley1952]: the better reward wins more often."""

from torch import Tensor
from torch.nn.functional import softplus


def bradley_terry(chosen: Tensor, rejected: Tensor) -> Tensor:
    """-log sigmoid(chosen - rejected) >= 0 of each pair, nats; two rewards of one shape -> it.

    With rewards [M, B] of M members it is each member's own loss: `.mean(dim=-1).sum()` trains
    them apart. It knows differences alone, so a member's rewards have an offset of their own.

    Raises:
        ValueError: shapes that differ, which would be broadcast without a word.
    """
    if chosen.shape != rejected.shape:
        raise ValueError(f"rewards of one shape, got {[*chosen.shape]} and {[*rejected.shape]}")
    return softplus(rejected - chosen)
