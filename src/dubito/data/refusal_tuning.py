"""Three ways to teach a model to refuse what it cannot do, by the data it is tuned on [zhang2024f].

Each takes requests with their answers and gives others; nothing is said of refusals at test time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

PLAIN = (
    "I cannot answer that; it is beyond a program that works with text.",
    "I am unable to do that.",
    "I can't provide that: I only read and write text.",
    "I do not have access to what this would take.",
)
GENTLE = (
    "Thank you for asking. I am sorry, but I am unable to help with this: I only work with text.",
    "I would like to help, but I do not have access to what this takes. May I help in words?",
    "I am sorry that I cannot provide this. If a text would do, I will gladly write one.",
    "That is a kind thought, but I can't answer it: I am a program that only reads and writes.",
)


@dataclass(frozen=True, slots=True)
class Taught:
    """A request and the answer that a model is tuned to give."""

    request: str
    answer: str


def selected(
    examples: Sequence[Taught],
    stated: Sequence[float],
    *,
    threshold: float = 0.5,
    refusals: Sequence[str] = PLAIN,
    seed: int = 0,
) -> list[Taught]:
    """Select: those below the threshold of stated feasibility get a refusal for an answer.

    `stated` is in [0, 1], higher = feasible, one for each example, best a mean over several
    replies of a strong model; NaN, which is not known, leaves the answer as it is.
    """
    if len(stated) != len(examples):
        raise ValueError(f"{len(examples)} examples need as many stated values, got {len(stated)}")
    outside = [value for value in stated if not (0 <= value <= 1 or math.isnan(value))]
    if outside:
        raise ValueError(f"a stated feasibility lies in [0, 1], got {outside[0]}")
    random = Random(seed)
    return [
        refused(example, refusals, random) if value < threshold else example
        for example, value in zip(examples, stated, strict=True)
    ]


def augmented(
    examples: Sequence[Taught],
    infeasible: Sequence[str],
    *,
    refusals: Sequence[str] = PLAIN,
    seed: int = 0,
) -> list[Taught]:
    """Augment: all examples as they are, then new infeasible requests with refusals."""
    random = Random(seed)
    return [*examples, *(Taught(text, random.choice(refusals)) for text in infeasible)]


def randomised(
    examples: Sequence[Taught],
    n: int,
    *,
    refusals: Sequence[str] = PLAIN,
    seed: int = 0,
) -> list[Taught]:
    """Random, the control: n examples taken by chance get a refusal for an answer."""
    if not 0 <= n <= len(examples):
        raise ValueError(f"n must be between 0 and {len(examples)}, got {n}")
    random = Random(seed)
    chosen = set(random.sample(range(len(examples)), n))
    return [
        refused(example, refusals, random) if i in chosen else example
        for i, example in enumerate(examples)
    ]


def refused(example: Taught, refusals: Sequence[str], random: Random) -> Taught:
    """The same request with a refusal drawn from the pool."""
    return replace(example, answer=random.choice(refusals))
