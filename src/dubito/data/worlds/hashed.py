"""Questions that a model cannot tell apart, since it sees a bucket that several of them share."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from dubito.evidence import Floats, Integers

DIGITS, WORDINGS = 10, 6  # 60 tokens: six ways to write each digit


class Tables(NamedTuple):
    """A model of pairs that is counted from them, B buckets and V tokens."""

    first: Floats  # [B, V] p(y | bucket)
    second: Floats  # [B, V, V] p(y' | bucket, y), y the row


@dataclass(frozen=True, eq=False)
class Hashed:
    """Q questions with their true laws and buckets, and P pairs of answers to learn from."""

    law: Floats  # [Q, V] true probability of each token; 0 where it writes another digit
    bucket: Integers  # [Q]
    asked: Integers  # [P] a question
    pairs: Integers  # [P, 2] two independent answers to it

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same pairs; each question gets another's law to be judged by."""
        changes: dict[str, Any] = {"law": rng.permutation(self.law)}
        return replace(self, **changes)


def hashed(seed: int, *, questions: int = 300, pairs: int = 460_000) -> Hashed:
    """Each question has one digit, written in 1 to 6 ways; a bucket holds 1 to 4 questions."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, size=questions)
    bucket = np.repeat(np.arange(questions), sizes)[:questions]
    law = np.zeros((questions, DIGITS * WORDINGS))
    for row in law:
        digit, used = rng.integers(DIGITS), rng.integers(1, WORDINGS + 1)
        tokens = digit * WORDINGS + rng.choice(WORDINGS, used, replace=False)
        row[tokens] = rng.dirichlet(np.ones(used))
    asked = rng.integers(questions, size=pairs)
    drawn = np.column_stack([draw(rng, law, asked) for _ in range(2)])
    return Hashed(law, bucket, asked, drawn)


def draw(rng: np.random.Generator, law: Floats, rows: Integers) -> Integers:
    """One token from each of these rows of a law: [Q, V], [P] -> [P]."""
    cumulative = law.cumsum(axis=1)
    steps = cumulative / cumulative[:, -1:] + np.arange(len(law))[:, None]  # row q in (q, q + 1]
    found = np.searchsorted(steps.ravel(), rows + rng.uniform(size=len(rows)), side="right")
    return np.minimum(found - rows * law.shape[1], law.shape[1] - 1)


def counted(world: Hashed, *, pairs: Integers | None = None) -> Tables:
    """The shares of each pair of answers in its bucket, in both orders.

    `pairs` [P, 2] replaces the world's own, to see what bad pairs teach.
    """
    first, second = (world.pairs if pairs is None else pairs).T
    buckets, size = world.bucket.max() + 1, world.law.shape[1]
    joint = np.zeros((buckets, size, size))
    where = world.bucket[world.asked]
    np.add.at(joint, (where, first, second), 0.5)
    np.add.at(joint, (where, second, first), 0.5)
    each = joint.sum(axis=2)  # [B, V]
    seen = np.maximum(each.sum(axis=1, keepdims=True), 1.0)
    after = np.divide(joint, each[..., None], out=np.zeros_like(joint), where=each[..., None] > 0)
    return Tables(each / seen, after)
