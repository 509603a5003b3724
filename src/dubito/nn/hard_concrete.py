"""Hard concrete gates [louizos2018]: random numbers in [0, 1] that are often exactly 0 or 1."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

EDGE = 1e-4  # uniform numbers stay so far from 0 and 1


@dataclass(frozen=True, slots=True)
class HardConcrete:
    """A sigmoid stretched from `low` to `high` and cut to [0, 1]; logits [...] -> gates [...].

    A logit of infinity is a gate that is always 1, of minus infinity one that is always 0.

    Raises:
        ValueError: bounds that do not reach beyond [0, 1], or a temperature not above 0.
    """

    low: float = -1.5
    high: float = 1.5
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse gates that are never 0 or never 1."""
        if not (self.low < 0 and self.high > 1 and self.temperature > 0):
            raise ValueError(
                "low < 0, high > 1 and a temperature above 0 needed, got "
                f"{self.low}, {self.high} and {self.temperature}"
            )

    def drawn(self, logits: Tensor, *, generator: torch.Generator) -> Tensor:
        """Random gates; a gradient where they are neither 0 nor 1. Drawn on the CPU."""
        unit = torch.rand(logits.shape, generator=generator, dtype=torch.float64)
        noise = (EDGE + (1 - 2 * EDGE) * unit).logit().to(logits)
        return self.settled((noise + logits) / self.temperature)

    def settled(self, logits: Tensor) -> Tensor:
        """Gates without chance: the sigmoid, stretched and cut."""
        return (logits.sigmoid() * (self.high - self.low) + self.low).clamp(0, 1)

    def chance(self, logits: Tensor) -> Tensor:
        """How likely a drawn gate is not 0; its sum is the expected number of open gates."""
        return (logits - self.temperature * math.log(-self.low / self.high)).sigmoid()
