"""Prompts that are more or less vague, and a generator that knows each more or less."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class VaguePrompts:
    """N prompts with n latent prompts each and m outputs for each of these, embedded."""

    latents: Floats  # [N, n, d] length 1: drawn meanings of the prompt
    outputs: Floats  # [N, n, m, d] length 1: outputs for each drawn meaning
    meanings: Integers  # [N] how many meanings the prompt has: its vagueness
    noise: Floats  # [N] of the outputs around their meaning: what the generator does not know
    accuracy: Floats  # [N] mean cosine of all outputs with the one meaning that was meant

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same embeddings; each prompt gets another's causes."""
        row = rng.permutation(len(self.meanings))
        changes: dict[str, Any] = {
            name: value[row]
            for name, value in (
                ("meanings", self.meanings),
                ("noise", self.noise),
                ("accuracy", self.accuracy),
            )
        }
        return replace(self, **changes)


def vague_prompts(
    seed: int,
    *,
    prompts: int = 60,
    latents: int = 12,
    outputs: int = 8,
    known: int = 64,
    dimensions: int = 16,
) -> VaguePrompts:
    """1, 2, 4 or 8 of the known meanings for each prompt, noise 0.05, 0.2 or 0.5, independent.

    Noise is the standard deviation of each coordinate before the output is scaled to length 1.
    """
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(known, dimensions)))
    count = rng.permutation(np.resize([1, 2, 4, 8], prompts))  # [N]
    noise = rng.permutation(np.resize([0.05, 0.2, 0.5], prompts))  # [N]
    drawn, made, accuracy = [], [], []
    for size, spread in zip(count, noise, strict=True):
        mine = vectors[rng.choice(known, size, replace=False)]  # [K, d]
        centres = mine[rng.integers(size, size=latents)]  # [n, d]
        away = rng.normal(size=(latents, outputs, dimensions))
        out = unit(centres[:, None] + spread * away)  # [n, m, d]
        drawn.append(centres)
        made.append(out)
        accuracy.append((out @ mine[0]).mean())
    return VaguePrompts(np.stack(drawn), np.stack(made), count, noise, np.array(accuracy))
