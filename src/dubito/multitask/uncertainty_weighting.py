"""Uncertainty weighting [kendall2018]: each task's loss over its own noise, which is learnt too."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Likelihood(NamedTuple):
    """-log p of a task's labels: weight exp(-s) L + penalty s, with s the log of its noise.

    Its noise as a standard deviation, or as what stands for one, is exp(penalty s).
    """

    weight: float
    penalty: float


GAUSSIAN = Likelihood(0.5, 0.5)  # L a mean squared error, exp(s) the variance
LAPLACE = Likelihood(1.0, 1.0)  # L a mean absolute error, exp(s) the scale
SOFTMAX = Likelihood(1.0, 0.5)  # L a cross-entropy, exp(s) the temperature; exact at 1


class UncertaintyWeighting(nn.Module):
    """Losses [T] -> their joint -log p in nats, at a noise s [T] that is trained along with it.

    At the best s a loss weighs penalty / loss, so units cancel: what is descended on is the sum
    of half the logs of the losses. Give means over valid rows, not sums. Train s with a step about
    ten times the network's and without weight decay, see `parameter_groups`.

    A task's s starts at its best for the first loss of it that is seen, or at `start`. It may fall
    by `fall` from there, so that a loss which goes to 0 does not take over. A task that is absent
    from a batch takes no part in it, and its s gets a gradient of 0. Several processes need one
    `start`, since each sees other rows. In evaluation nothing moves: s is used as it is, before any
    training step 0 or `start`.

    Differs: the paper does not say where s starts, most code starts at 0; with a loss of 1e4 and
    Adam it is then stuck far from its best. The bound on its fall is not in the paper either.
    """

    weight: Tensor
    penalty: Tensor
    lowest: Tensor

    def __init__(
        self,
        likelihoods: Sequence[Likelihood] = (GAUSSIAN, SOFTMAX),
        *,
        start: Sequence[float] | None = None,
        fall: float = 10.0,
    ) -> None:
        """Refuse no task, or starts that are not one each."""
        super().__init__()
        if not likelihoods or (start is not None and len(start) != len(likelihoods)):
            given = None if start is None else [*start]
            raise ValueError(f"{len(likelihoods)} likelihoods with start={given}; one each needed")
        if not fall > 0:
            raise ValueError(f"fall must be above 0, got {fall}")
        weight, penalty = torch.tensor([*likelihoods]).T
        self.register_buffer("weight", weight.contiguous(), persistent=False)
        self.register_buffer("penalty", penalty.contiguous(), persistent=False)
        first = torch.zeros_like(weight) if start is None else weight.new_tensor([*start])
        self.log_noise = nn.Parameter(first)  # [T] s
        unseen = torch.full_like(weight, -torch.inf)
        self.register_buffer("lowest", unseen if start is None else first - fall)  # [T]
        self.fall = fall
        self.unseen = start is None

    def forward(self, losses: Tensor, present: Tensor | None = None) -> Tensor:
        """The joint -log p of the tasks that are present, up to a constant, in the dtype of s.

        Raises:
            ValueError: not T losses, or in training a first one that is not above 0.
        """
        if losses.shape != self.weight.shape:
            raise ValueError(f"losses {[*self.weight.shape]} needed, got {[*losses.shape]}")
        s, penalty = self.log_noise, self.penalty
        if self.training:
            if self.unseen:
                self.begin(losses.detach(), present)
            s.data.clamp_(min=self.lowest)
        losses = losses.to(s.dtype)
        if present is not None:  # before the product: 0 times NaN is NaN in its gradient
            losses, penalty = losses.where(present, 0.0), penalty * present
        # Two dot products are a sixth faster than a sum over the tasks.
        return (self.weight * losses).dot(torch.exp(-s)) + penalty.dot(s)

    def begin(self, losses: Tensor, present: Tensor | None) -> None:
        """Put s of the tasks that are seen for the first time at its best."""
        unseen = self.lowest.isneginf()
        new = unseen if present is None else unseen & present
        if not (losses[new] > 0).all():
            raise ValueError(
                f"first losses {losses.tolist()}: uncertainty weighting needs them above 0, as "
                "means of squares, of absolute errors or of cross-entropies are; or give a start"
            )
        best = self.best(losses).to(self.log_noise)
        self.log_noise.data = torch.where(new, best, self.log_noise)
        self.lowest = torch.where(new, best - self.fall, self.lowest)
        self.unseen = bool(self.lowest.isneginf().any())

    def best(self, losses: Tensor) -> Tensor:
        """The s that is best for these losses, [T]: log of weight times loss over penalty."""
        return (self.weight * losses / self.penalty).log()

    @property
    def noise(self) -> Tensor:
        """The noise of each task, [T], in the unit of its labels; of classes that of the logits."""
        return (self.penalty * self.log_noise.detach()).exp()

    @property
    def weights(self) -> Tensor:
        """What each loss is multiplied by now, [T]."""
        return self.weight * (-self.log_noise.detach()).exp()


def analytic_weighting(losses: Tensor, present: Tensor | None = None) -> Tensor:
    """Half the sum of the logs of the losses, [T] -> one number: what the best s would give.

    That is so, up to a constant, for a penalty of 1/2 (`GAUSSIAN`, `SOFTMAX`). A loss L weighs
    1 / (2 L), without anything to train. A loss of exactly 0 takes no part, a negative one makes
    it NaN.
    """
    kept = losses != 0 if present is None else present & (losses != 0)
    return 0.5 * losses.where(kept, 1.0).log().sum()
