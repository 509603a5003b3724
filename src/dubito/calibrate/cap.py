"""A cap on a frozen model: says its output again, with the law of its error [upadhyay2022]."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from dubito.evidence import Floats
from dubito.nn.descent import descend, mlp
from dubito.nn.generalised_gaussian import generalised_gaussian_nll
from dubito.nn.tiny_training import Schedule

ErrorLaw = Callable[..., Tensor]  # error, inverse scale, shape, low=, high= -> [B, D] nats
LEAST_INVERSE_SCALE = 1e-5
LEAST_SHAPE = 1e-2
LOW, HIGH = 1e-4, 1e3  # of the power in the likelihood


class Capped(NamedTuple):
    """What a cap says of outputs: the output again, and the law of its error, [B, D] each."""

    output: Tensor
    inverse_scale: Tensor  # > 0
    shape: Tensor  # > 0


class Cap(nn.Module):
    """Reads nothing but the frozen output, [B, D]; begins by repeating it exactly.

    Differs: for vectors in place of pictures, hence a perceptron instead of convolutions; softplus
    heads, since a rectified one can die at 0, where the variance is 1e10. Outputs are
    standardised by `centre` and `spread` [D], so that both terms of the loss know no unit.
    """

    centre: Tensor
    spread: Tensor

    def __init__(
        self, centre: Tensor, spread: Tensor, *, widths: Sequence[int] = (32, 32), seed: int = 0
    ) -> None:
        super().__init__()
        self.options = {"widths": list(widths)}
        self.register_buffer("centre", centre)
        self.register_buffer("spread", spread)
        self.network = mlp(len(centre), widths, 3 * len(centre), seed=seed)
        last = self.network[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.weight[: len(centre)] = 0.0
            last.bias[: len(centre)] = 0.0

    def forward(self, output: Tensor) -> Capped:
        """[B, D] -> three times [B, D], in the unit of the output."""
        standard = (output - self.centre) / self.spread
        change, raw_scale, raw_shape = self.network(standard).chunk(3, dim=-1)  # [B, D] each
        return Capped(
            output + change * self.spread,
            softplus(raw_scale) / self.spread + LEAST_INVERSE_SCALE / self.spread,
            softplus(raw_shape) + LEAST_SHAPE,
        )


@dataclass(frozen=True)
class CapLoss:
    """Distance to the frozen output, in spreads, and -log density of the target, weighted.

    Means over [B, D].
    """

    identity: float = 1.0
    likelihood: float = 0.05
    law: ErrorLaw = generalised_gaussian_nll

    def __post_init__(self) -> None:
        """Refuse weights that leave nothing to minimise."""
        if min(self.identity, self.likelihood) < 0 or self.identity + self.likelihood == 0:
            raise ValueError(
                "identity and likelihood must be at least 0 and not both 0, "
                f"got {self.identity} and {self.likelihood}"
            )

    def __call__(self, cap: Cap, output: Tensor, target: Tensor) -> Tensor:
        """The loss of a cap on a batch, [B, D] both."""
        capped = cap(output)
        distance = ((capped.output - output) / cap.spread).abs().mean()
        error = capped.output - target
        surprise = self.law(error, capped.inverse_scale, capped.shape, low=LOW, high=HIGH)
        return self.identity * distance + self.likelihood * surprise.mean()


def fitted_to(target: Floats, *, widths: Sequence[int], seed: int) -> Cap:
    """An untrained cap in the units of these targets [N, D]."""
    wanted = torch.from_numpy(target)
    spread = wanted.std(dim=0, correction=0)
    spread = torch.where(spread > 0, spread, torch.ones_like(spread))
    return Cap(wanted.mean(dim=0), spread, widths=widths, seed=seed)


def train(
    cap: Cap,
    output: Floats,
    target: Floats,
    loss: CapLoss,
    schedule: Schedule,
    *,
    batch: int,
    seed: int,
) -> list[float]:
    """Fit the cap in place to frozen outputs [N, D] and targets [N, D]; the loss of each step."""

    def of_batch(output: Tensor, target: Tensor) -> Tensor:
        return loss(cap, output, target)

    rows = torch.from_numpy(output), torch.from_numpy(target)
    return descend(cap, of_batch, rows, schedule, batch=batch, seed=seed)
