"""A language model whose knowledge is written down: for what is built upon models."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from dubito.data.question import Question
from dubito.evidence import Evidence, Plan
from dubito.evidence import Sequence as Said
from dubito.models.base import Generation

WRONG = ("Foo", "Bar", "Baz", "Qux", "Zip", "Zap")


def puzzle(i: int) -> Question:
    """Question number i; its answer is a word that nobody else has."""
    return Question(f"What is thing {i}?", (f"Thing{i}",), id=f"q{i}")


def passage(i: int) -> str:
    """What one reads to answer question i."""
    return f"Known as thing {i} is Thing{i}."


@dataclass
class Scripted:
    """Knows a share of the puzzles, and what it is shown; is rarely sure where it knows nothing."""

    knows: float = 0.5
    name: str = "scripted"
    seed: int = 0
    asked: list[str] = field(default_factory=list)

    def generate(
        self,
        prompts: Sequence[str],
        plan: Plan,
        generation: Generation = Generation(),  # noqa: ARG002, B008
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Iterator[tuple[int, Evidence]]:
        for i, prompt in enumerate(prompts):
            self.asked.append(prompt)
            rng = np.random.default_rng([self.seed, crc32(prompt.encode())])
            answer, *samples = (self.said(prompt, rng) for _ in range(1 + plan.samples))
            if progress:
                progress(1)
            yield i, Evidence(prompt, answer, tuple(samples))

    def said(self, prompt: str, rng: np.random.Generator) -> Said:
        """The right word with a high probability, or one of six with a low one."""
        number = prompt.rpartition("thing ")[2].rstrip("?")
        known = np.random.default_rng([self.seed, int(number)]).random() < self.knows
        if known or passage(int(number)) in prompt:
            return self.words(f"Thing{number}", rng.normal(-0.1, 0.02))
        return self.words(WRONG[rng.integers(len(WRONG))], rng.normal(-1.5, 0.5))

    @staticmethod
    def words(text: str, logprob: float) -> Said:
        """One token and the end."""
        offsets = np.array([[0, len(text)], [len(text), len(text)]])
        return Said(text, (text, "<end>"), offsets, logprobs=np.array([min(logprob, -0.01), -0.01]))
