"""Several trains of thought in vectors instead of tokens, by dropout or by noise [you2025]."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dubito.nn.mc_dropout import dropout_only


@dataclass(frozen=True, eq=False)
class LatentReasoner:
    """A model that takes `steps` steps in R^d before it answers.

    `step` maps B questions and their latents so far, [B, ...] and [B, t, d], to the next one,
    [B, d]; t may be 0. `decode` maps questions and all T latents to answers, int [B]: equal
    numbers are the same answer.
    """

    step: nn.Module
    decode: Callable[[Tensor, Tensor], Tensor]
    steps: int
    width: int  # d

    def __post_init__(self) -> None:
        """Refuse to reason in no step."""
        if self.steps < 1 or self.width < 1:
            raise ValueError(f"steps and width at least 1, got {self.steps} and {self.width}")

    @torch.no_grad()
    def answers(self, questions: Tensor, latents: Tensor) -> Tensor:
        """Answers to [B, N, T, d], without dropout: [B, N]."""
        flat = questions.repeat_interleave(latents.shape[1], dim=0)
        mode = self.step.training
        self.step.eval()
        try:
            return self.decode(flat, latents.flatten(0, 1)).unflatten(0, latents.shape[:2])
        finally:
            self.step.train(mode)


# One step that differs from draw to draw: step network, questions [M, ...], latents [M, t, d].
Noise = Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class GaussianNoise:
    """The step plus N(0, sigma^2) in every coordinate: what data and world leave open.

    The vector with its noise is what later steps and the scorer see. Sigma 0 is the step itself.
    """

    sigma: float = 0.6

    def __post_init__(self) -> None:
        """Refuse what is no spread."""
        if not 0 <= self.sigma < float("inf"):
            raise ValueError(f"sigma must be at least 0 and finite, got {self.sigma}")

    def __call__(
        self, step: nn.Module, questions: Tensor, latents: Tensor, generator: torch.Generator
    ) -> Tensor:
        """The next latents, [M, d]."""
        after = quietly(step, questions, latents)
        noise = torch.randn(after.shape, generator=generator, dtype=after.dtype)
        return after + self.sigma * noise.to(after.device)


@dataclass(frozen=True)
class DropoutNoise:
    """The step with its dropout on: what the weights leave open. A rate of 0 drops nothing."""

    rate: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.rate < 1:
            raise ValueError(f"rate must lie in [0, 1), got {self.rate}")

    def __call__(
        self, step: nn.Module, questions: Tensor, latents: Tensor, generator: torch.Generator
    ) -> Tensor:
        """The next latents, [M, d]."""
        seed = int(torch.randint(2**31, (), generator=generator))
        with torch.no_grad(), dropout_only(step, seed=seed, rate=self.rate):
            return step(questions, latents)


@torch.no_grad()
def quietly(step: nn.Module, questions: Tensor, latents: Tensor) -> Tensor:
    """The step in evaluation; its mode is afterwards what it was."""
    mode = step.training
    step.eval()
    try:
        return step(questions, latents)
    finally:
        step.train(mode)


def draw(
    reasoner: LatentReasoner,
    questions: Tensor,
    *,
    samples: int,
    noise: Noise,
    generator: torch.Generator,
) -> Tensor:
    """N trajectories for each of B questions, [B, N, T, d]."""
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    start = torch.zeros(len(questions) * samples, 0, reasoner.width, device=questions.device)
    rows = questions.repeat_interleave(samples, dim=0)
    ways = complete(reasoner, rows, start, noise=noise, generator=generator)  # [B * N, T, d]
    return ways.unflatten(0, (len(questions), samples))


def complete(
    reasoner: LatentReasoner,
    questions: Tensor,
    latents: Tensor,
    *,
    noise: Noise,
    generator: torch.Generator,
) -> Tensor:
    """The prefixes [M, t, d] drawn on to all T steps, [M, T, d]."""
    while latents.shape[1] < reasoner.steps:
        after = noise(reasoner.step, questions, latents, generator)  # [M, d]
        latents = torch.cat([latents.to(after.dtype), after[:, None]], dim=1)
    return latents
