"""One pass over all candidates with a checklist: CHOPS [khairi2025], two calls of a judge."""

import zlib
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from dubito.data.numbers import numbers
from dubito.decide.sample_selection import Picked, picked
from dubito.estimate.similarity import texts
from dubito.estimate.units.claims import Ask
from dubito.evidence import Evidence, Floats, Plan

CHECKLIST = """\
Somebody will answer the prompt below. What must a good answer to it do? Think of the task and of \
the language it is written in. Write at most five points, one on each line, and no answer.

Prompt: {prompt}"""
SELECTION = """\
Prompt: {prompt}

A good answer does this:
{checklist}

{candidates}

Which one of these {n} answers does it best? Reply with its number alone."""


@dataclass(frozen=True)
class ChecklistSelection:
    """Of the greedy answer and K samples the one that a judge names, who sees them all at once.

    First it writes a checklist for this prompt, then it reads prompt, checklist and all different
    answers, and names one: 1 + `orders` calls. Each order is drawn by seed and prompt, and the
    score is the share of orders that named the answer; several undo the bias of a judge for a
    place. A reply that does not name just one answer is no vote, and without votes the greedy
    answer stands. Answers that are all equal are not asked about.

    Differs: orders and their majority are our own completion; the paper asks once.
    """

    samples: int = 4
    _: KW_ONLY
    orders: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse to ask about nothing, or never."""
        if self.samples < 0 or self.orders < 1:
            raise ValueError(
                f"samples must be at least 0 and orders at least 1, got {self.samples} and "
                f"{self.orders}"
            )

    @property
    def plan(self) -> Plan:
        """Samples alone."""
        return Plan(samples=self.samples)

    def __call__(self, evidence: Evidence, ask: Ask) -> Picked:
        """The choice of the judge behind `ask`, a request in and its reply out."""
        pool = texts(evidence)
        different = list(dict.fromkeys(pool))
        if len(different) == 1:
            return picked(evidence, np.zeros(len(pool)))
        checklist = ask(CHECKLIST.format(prompt=evidence.prompt))
        votes = dict.fromkeys(pool, 0)
        rng = np.random.default_rng([self.seed, zlib.crc32(evidence.prompt.encode())])
        for _ in range(self.orders):
            shown = [different[i] for i in rng.permutation(len(different))]
            place = named(ask(selection(evidence.prompt, checklist, shown)), len(shown))
            if place is not None:
                votes[shown[place]] += 1
        return picked(evidence, shares(pool, votes, self.orders))


def shares(pool: Sequence[str], votes: dict[str, int], orders: int) -> Floats:
    """Share of the orders that named each member of the pool, [N] in [0, 1]; equal texts alike."""
    return np.array([votes[text] / orders for text in pool])


def selection(prompt: str, checklist: str, shown: Sequence[str]) -> str:
    """The request to name one of the answers shown, numbered from 1."""
    candidates = "\n\n".join(f"Answer {i}:\n{text}" for i, text in enumerate(shown, start=1))
    return SELECTION.format(
        prompt=prompt, checklist=checklist.strip(), candidates=candidates, n=len(shown)
    )


def named(reply: str, n: int) -> int | None:
    """The place 0..n-1 of the one answer 1..n that a reply names; None: none, or several."""
    values = {number.value for number in numbers(reply)}
    if len(values) != 1:
        return None
    (value,) = values
    return int(value) - 1 if value.denominator == 1 and 1 <= value <= n else None
