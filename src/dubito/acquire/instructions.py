"""What a task asks for, in words, some of which may be left out."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Example(NamedTuple):
    """A task done right."""

    given: str
    output: str


@dataclass(frozen=True)
class Instruction:
    """A definition, and perhaps examples of what it means."""

    definition: str
    examples: tuple[Example, ...] = ()

    def prompt(self, given: str) -> str:
        """The definition, the examples, and an input whose output is wanted."""
        shown = [f"Input: {e.given}\nOutput: {e.output}" for e in self.examples]
        return "\n\n".join([self.definition, *shown, f"Input: {given}\nOutput:"])

    def thinned(self, rate: float, rng: np.random.Generator) -> "Instruction":
        """Each word of the definition and of the examples' inputs left out with this chance.

        Outputs stay as they are: they say what may be answered.
        """
        examples = (e._replace(given=thinned(e.given, rate, rng)) for e in self.examples)
        return Instruction(thinned(self.definition, rate, rng), tuple(examples))


def thinned(text: str, rate: float, rng: np.random.Generator) -> str:
    """The text without words, what stands between spaces, each left out with chance `rate`."""
    kept = re.sub(r"\S+\s*", lambda word: word[0] if rng.random() >= rate else "", text)
    return text if kept == text else kept.strip()
