"""Questions with several right answers, each beside a twin with a single one [yang2024m].

Differs: the paper rewrites Natural Questions with a large model and has people check them; here
relation tables are asked, so every answer set is exact and of any size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Literal

from dubito.data.facts import spread
from dubito.data.question import Question
from dubito.data.relations import RELATIONS, Relation
from dubito.data.turns import shares, take_turns

Stratum = Literal["1", "2-3", "4-9", "10+"]


@dataclass(frozen=True, slots=True)
class Twins:
    """Two questions of one relation in the same words, with several right answers and with one."""

    many: Question
    one: Question

    def __post_init__(self) -> None:
        """Refuse what is no pair of twins."""
        several, single = len(self.many.all_of), len(self.one.all_of)
        if self.many.kind != self.one.kind or several < 2 or single != 1:
            raise ValueError(
                f"twins are of one kind with several answers and 1, got {self.many.kind!r} with "
                f"{several} and {self.one.kind!r} with {single}"
            )


def multi_answer(
    n: int = 200, *, seed: int = 0, relations: Sequence[Relation] = RELATIONS
) -> list[Twins]:
    """n pairs of twins, as many of each relation as it reaches; same seed, same list.

    A relation's questions are cut into equal slices by the size of their answer sets and one is
    drawn from each, so that small and large sets are mixed. No question with several answers
    comes twice; a relation with few single ones lends each of them to several twins.

    Raises:
        ValueError: more pairs are asked for than there are.
    """
    random = Random(seed)
    tables = [sorted(relation(), key=size) for relation in relations]
    many = [[q for q in table if size(q) > 1] for table in tables]
    one = [[q for q in table if size(q) == 1] for table in tables]
    most = sum(len(pool) for pool, singles in zip(many, one, strict=True) if singles)
    if not 0 < n <= most:
        raise ValueError(f"n must be between 1 and {most} for these relations, got {n}")
    counts = shares(
        n, [len(pool) if singles else 0 for pool, singles in zip(many, one, strict=True)]
    )
    pairs = [paired(*table, random) for table in zip(many, one, counts, strict=True)]
    return list(take_turns(pairs))


def paired(
    many: Sequence[Question], one: Sequence[Question], n: int, random: Random
) -> list[Twins]:
    """n questions with several answers, each beside one of the single ones, which take turns."""
    singles = spread(one, min(n, len(one)), random)
    several = spread(many, n, random)
    return [Twins(a, b) for a, b in zip(several, islice(cycle(singles), n), strict=True)]


def size(question: Question) -> int:
    """How many right answers the whole list has, |G|."""
    return len(question.all_of)


def stratum(question: Question) -> Stratum:
    """The class of its answer set's size.

    Raises:
        ValueError: the question asks for no list.
    """
    n = size(question)
    if n == 0:
        raise ValueError(f"{question.text!r} has no `all_of`: it does not ask for a list")
    return "1" if n == 1 else "2-3" if n < 4 else "4-9" if n < 10 else "10+"
