"""SIREN [jiang2025]: the entropy of a policy's forks held where it began."""

from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from dubito.nn.token_entropy import nucleus_entropies


def fork_entropy(
    logits: Tensor, mask: Tensor, *, nucleus: float = 0.8, quantile: float = 0.8
) -> Tensor:
    """Mean over responses of how unsure their forks are, nats; [B, T, V], bool [B, T] -> scalar.

    A token's entropy is that among the likeliest tokens of mass `nucleus`. A response's forks are
    its tokens of mask whose entropy is at or above its own `quantile`, and not 0: where most
    tokens have no entropy at all, those that have some. Which they are is constant.

    Raises:
        ValueError: a quantile outside [0, 1], or no response with a token.
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile must lie in [0, 1], got {quantile}")
    kept = mask.bool()
    answered = kept.any(dim=1)  # [B]
    if not answered.any():
        raise ValueError("no response has a token in the mask")
    kept = kept[answered]
    entropy = nucleus_entropies(logits[answered], nucleus)  # [B, T]
    known = entropy.detach().masked_fill(~kept, torch.nan)
    threshold = known.nanquantile(quantile, dim=1, keepdim=True)  # [B, 1]
    forks = (known >= threshold) & (known > 0)  # [B, T]
    return (torch.where(forks, entropy, 0).sum(dim=1) / forks.sum(dim=1).clamp(min=1)).mean()


@dataclass
class Siren:
    """A loss >= 0 to add to a policy's: coefficient (fork entropy - anchor)^2.

    Fitted: `anchor_`, the fork entropy in nats of the policy that one begins with. Without `fit`
    the first batch that is seen fixes it, and costs nothing. In evaluation it counts too: fit where
    a trainer evaluates before its first step. Entropy that rises above the anchor
    costs as much as entropy that is lost. Logits are those at the temperature of sampling.

    The square of a mean is not the mean of squares: small batches add their variance to the loss.

    Differs: the nucleus holds the token with which its mass is reached, as nuclei do; the released
    code leaves it out, so that a token likelier than the mass has no entropy. A token at the
    quantile is a fork, so that quantile 0 means all.
    """

    coefficient: float = 0.005
    nucleus: float = 0.8
    quantile: float = 0.8
    anchor_: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Refuse a reward for drifting away."""
        if not self.coefficient >= 0:
            raise ValueError(f"coefficient must be at least 0, got {self.coefficient}")

    def fit(self, logits: Tensor, mask: Tensor) -> Self:
        """Anchor at the responses of the policy that one begins with; [B, T, V], bool [B, T]."""
        self.anchor_ = float(self.entropy(logits, mask).detach())
        return self

    def entropy(self, logits: Tensor, mask: Tensor) -> Tensor:
        """What is held: the fork entropy, nats; [B, T, V], bool [B, T] -> scalar."""
        return fork_entropy(logits, mask, nucleus=self.nucleus, quantile=self.quantile)

    def __call__(self, logits: Tensor, mask: Tensor) -> Tensor:
        """The loss; [B, T, V] of the policy on what it drew, bool [B, T] -> scalar."""
        entropy = self.entropy(logits, mask)
        if self.anchor_ is None:
            self.anchor_ = float(entropy.detach())
        return self.coefficient * (entropy - self.anchor_) ** 2
