"""What every language model offers here, wherever it runs."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dubito.evidence import Evidence, Plan

SHARD = 32  # prompts decoded together, and stored together


class ModelError(RuntimeError):
    """A model could not be loaded, reached or understood; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How answers are made.

    Attributes:
        max_tokens: longest answer, in tokens, the end token included.
        temperature: of the drawn samples; the answer itself is greedy. Log-probabilities are
            those of temperature 1 whatever this is.
        min_p: samples take no token less likely than this share of the likeliest, in [0, 1); it
            lets a higher temperature vary without derailing.
        seed: of the samples; the draws of a prompt depend on this, the prompt and nothing else.
        first_sample: number of the first sample, above 0 to draw more of what was drawn before.
        instruction: added to each question, after a space.
    """

    max_tokens: int = 32
    temperature: float = 1.0
    min_p: float = 0.0
    seed: int = 0
    first_sample: int = 0
    instruction: str = "Answer in one short sentence."

    def __post_init__(self) -> None:
        """Refuse what no model can do."""
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}")
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"temperature must be above 0 and finite, got {self.temperature}")
        if not 0 <= self.min_p < 1:
            raise ValueError(f"min_p must lie in [0, 1), got {self.min_p}")
        for name, value in (("seed", self.seed), ("first_sample", self.first_sample)):
            if value < 0:
                raise ValueError(f"{name} must be at least 0, got {value}")

    def ask(self, question: str) -> str:
        """The words that are sent to the model for this question."""
        return f"{question} {self.instruction}".rstrip()


class LanguageModel(Protocol):
    """Text in, evidence out."""

    @property
    def name(self) -> str:
        """What it was loaded as."""
        ...

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation = ...,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        """(index of the prompt, its evidence) as each is done, in any order.

        Embeddings, entailment and relevance are not a language model's work and are added
        later; whatever else of the plan cannot be measured stands in `Evidence.missing`.
        """
        ...


def shards(count: int) -> Iterator[range]:
    """Runs of at most 32 indices; fixed by the whole list, so that a resumed run cuts it alike."""
    for start in range(0, count, SHARD):
        yield range(start, min(start + SHARD, count))
