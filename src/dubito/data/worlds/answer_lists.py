"""Questions with one or several right answers, and the lists that a model of known skill gives."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.world import Flags
from dubito.evidence import Floats, Integers

GUESSES = 12  # objects that the model takes for answers where it does not know


@dataclass(frozen=True, eq=False)
class AnswerLists:
    """N questions over O objects; `wrong` says whether the drawn first answer is."""

    size: Integers  # [N] how many right answers there are
    knowledge: Floats  # [N] in [0, 1]
    first: Floats  # [N, O] distribution of the first answer
    wrong: Flags  # [N]
    lists: tuple[tuple[frozenset[int], ...], ...]  # N of K drawn lists

    def rows(self, chosen: Flags) -> Self:
        """The chosen questions alone."""
        lists = tuple(drawn for drawn, kept in zip(self.lists, chosen, strict=True) if kept)
        changes: dict[str, Any] = {
            "size": self.size[chosen],
            "knowledge": self.knowledge[chosen],
            "first": self.first[chosen],
            "wrong": self.wrong[chosen],
            "lists": lists,
        }
        return replace(self, **changes)

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same questions and answers; which first answers are wrong is permuted."""
        changes: dict[str, Any] = {"wrong": rng.permutation(self.wrong)}
        return replace(self, **changes)


def answer_lists(
    seed: int, *, questions: int = 400, objects: int = 40, samples: int = 10
) -> AnswerLists:
    """1, 2, 4 or 8 right answers; the model knows each with chance c ~ Beta(2, 2).

    The first answer is drawn from c Dirichlet(2) over the right ones and (1 - c) Dirichlet(0.3)
    over 12 objects taken at random. A list holds each right answer with chance c and
    Poisson(2 (1 - c)) wrong objects.
    """
    rng = np.random.default_rng(seed)
    size = rng.choice([1, 2, 4, 8], size=questions)
    knowledge = rng.beta(2, 2, size=questions)
    first = np.zeros((questions, objects))
    wrong, lists = [], []
    for p, n, c in zip(first, size, knowledge, strict=True):
        order = rng.permutation(objects)
        right, others = order[:n], order[n:]
        p[right] += c * rng.dirichlet(np.full(n, 2.0))
        p[rng.choice(objects, GUESSES, replace=False)] += (1 - c) * rng.dirichlet(
            np.full(GUESSES, 0.3)
        )
        wrong.append(rng.choice(objects, p=p / p.sum()) not in right)
        lists.append(tuple(drawn_list(right, others, c, rng) for _ in range(samples)))
    return AnswerLists(size, knowledge, first, np.array(wrong), tuple(lists))


def drawn_list(
    right: Integers, others: Integers, knowledge: float, rng: np.random.Generator
) -> frozenset[int]:
    """One list: the right answers that come to mind, and some wrong ones."""
    known = right[rng.uniform(size=len(right)) < knowledge]
    slips = min(int(rng.poisson(2 * (1 - knowledge))), len(others))
    return frozenset(map(int, [*known, *rng.choice(others, slips, replace=False)]))
