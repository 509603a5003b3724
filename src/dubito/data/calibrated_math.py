"""CalibratedMath [lin2022]: 21 tasks of arithmetic, to see how far a stated confidence carries.

Confidence is taught on one family of operations, as the share of right answers in each sub-task,
and judged on the others: other operations, and several right answers.

Differs: our own wording; numbers are drawn for each seed, not read from the paper's files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from dubito.data.arithmetic import TRIES
from dubito.data.calibrated_operations import (
    ADD_SUBTRACT,
    MULTI_ANSWER,
    MULTIPLY_DIVIDE,
    Check,
    Operation,
    Posed,
)

OPERATIONS = (*ADD_SUBTRACT, *MULTIPLY_DIVIDE, *MULTI_ANSWER)
DIGITS = ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3))


@dataclass(frozen=True, slots=True)
class SubTask:
    """What the items of one label share."""

    operation: str
    digits: tuple[int, int]
    separated: bool = False  # are thousands separated by commas


@dataclass(frozen=True, slots=True)
class Item:
    """A question in the form "Q: ... A:", a right answer, and the check of any other."""

    text: str
    answer: tuple[int, ...]  # one number, or the two of a pair or fraction
    task: SubTask
    also: Check | None = None

    def right(self, answer: tuple[int, ...]) -> bool:
        """Whether an answer is right."""
        return answer == self.answer or (self.also is not None and self.also(answer))


def calibrated_math(
    n: int = 100,
    *,
    seed: int = 0,
    operations: Sequence[Operation] = OPERATIONS,
    digits: Sequence[tuple[int, int]] = DIGITS,
    separated: bool = False,
) -> list[Item]:
    """At most n different items of each sub-task, operation by operation; same seed, same list.

    A sub-task of small numbers has fewer, and so has an operation that takes one number alone:
    a question stands in the first sub-task that makes it.

    Raises:
        ValueError: n below 1, no operation, or digits below 1.
    """
    if n < 1 or not operations or not digits or min(map(min, digits)) < 1:
        raise ValueError(
            f"n and all digits must be at least 1 and operations given, got n={n}, "
            f"digits={tuple(digits)}, {len(operations)} operations"
        )
    random = Random(seed)
    made: dict[str, Item] = {}
    for operation in operations:
        for size in digits:
            task = SubTask(operation.__name__, size, separated)
            for posed in drawn(operation, task, n, random):
                text = f"Q: {posed.text} A:"
                made.setdefault(text, Item(text, posed.answer, task, posed.also))
    return list(made.values())


def drawn(operation: Operation, task: SubTask, n: int, random: Random) -> list[Posed]:
    """Up to n different questions; it gives up after many draws without a new one."""
    write = "{:,}".format if task.separated else str
    found: dict[str, Posed] = {}
    idle = 0
    while len(found) < n and idle < TRIES:
        posed = operation(random, *task.digits, write)
        idle = idle + 1 if posed.text in found else 0
        found.setdefault(posed.text, posed)
    return list(found.values())
