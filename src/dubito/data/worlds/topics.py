"""The topic world: facts about named things, topic by topic, some often heard and some never."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

SPECIAL = (
    *("Q", "A", "ASK", "SURE", "UNSURE", "YES", "NO", "FIRST", "SECOND", "REFUSE", "END"),
    *(f"C{i}" for i in range(11)),  # stated confidence in tenths
)


@dataclass(frozen=True, eq=False)
class TopicWorld:
    """F = topics * names * relations facts, one a row, and how they are written as tokens.

    A fact is the five-token question [Q topic name relation A] and its value. A *thing* is a
    (topic, name) pair; half of the things of each topic are for tuning, half for testing.
    """

    topics: int
    names: int
    relations: int
    values: int
    topic: Integers  # [F]
    name: Integers  # [F]
    relation: Integers  # [F]
    value: Integers  # [F] the truth, drawn at random
    exposure: Floats  # [topics] >= 0, how often a topic is heard
    tuning: Flags  # [F] True: this fact's thing is for tuning, False: for testing

    def __len__(self) -> int:
        """F."""
        return len(self.value)

    @property
    def vocabulary(self) -> int:
        """How many tokens there are, the special ones included."""
        return len(SPECIAL) + self.topics + self.names + self.relations + self.values

    @property
    def group(self) -> Integers:
        """[F] 0: never heard, 1: rarely, 2: often."""
        weight = self.exposure[self.topic]  # [F]
        return np.searchsorted(np.unique(self.exposure), weight)

    def value_token(self, value: Integers) -> Integers:
        """Token of each value; the value tokens are the last ones of the vocabulary."""
        return self.vocabulary - self.values + value

    def questions(self, rows: Integers) -> Integers:
        """[R] facts -> [R, 5] tokens: Q topic name relation A."""
        first = len(SPECIAL)
        ask = np.full(len(rows), special("Q"))
        answer = np.full(len(rows), special("A"))
        topic = first + self.topic[rows]
        name = first + self.topics + self.name[rows]
        relation = first + self.topics + self.names + self.relation[rows]
        return np.stack([ask, topic, name, relation, answer], axis=1)

    def sentences(self, rows: Integers) -> Integers:
        """[R] facts -> [R, 6] tokens: the question and the true value."""
        return np.column_stack([self.questions(rows), self.value_token(self.value[rows])])

    def heard(self, rng: np.random.Generator, n: int) -> Integers:
        """n facts as the model hears them, with replacement, in proportion to exposure, [n]."""
        weight = self.exposure[self.topic]  # [F]
        return rng.choice(len(self), size=n, p=weight / weight.sum())

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same questions; each fact gets another fact's value as its truth."""
        changes: dict[str, Any] = {"value": rng.permutation(self.value)}
        return replace(self, **changes)


def special(word: str) -> int:
    """Token of a special word.

    Raises:
        ValueError: there is no such word.
    """
    if word not in SPECIAL:
        raise ValueError(f"no special token {word!r}; there are: {', '.join(SPECIAL)}")
    return SPECIAL.index(word)


def topic_world(
    seed: int, *, topics: int = 12, names: int = 30, relations: int = 4, values: int = 10
) -> TopicWorld:
    """A third of the topics with exposure 1, a third with 0.08, a third never heard.

    All topics share their names, so a name alone tells nothing. Values are drawn at random.

    Raises:
        ValueError: topics is no multiple of 3.
    """
    if topics % 3:
        raise ValueError(f"topics must be a multiple of 3, got {topics}")
    rng = np.random.default_rng(seed)
    topic, name, relation = np.indices((topics, names, relations)).reshape(3, -1)  # [F] each
    order = np.stack([rng.permutation(names) for _ in range(topics)])  # [topics, names]
    return TopicWorld(
        topics,
        names,
        relations,
        values,
        topic=topic,
        name=name,
        relation=relation,
        value=rng.integers(values, size=len(topic)),
        exposure=np.repeat([1.0, 0.08, 0.0], topics // 3),
        tuning=(order < names // 2)[topic, name],
    )
