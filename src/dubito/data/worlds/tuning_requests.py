"""Requests to tune a model on: some are infeasible and answered all the same, as in common sets."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any, Self

import numpy as np

from dubito.data.feasibility import FEASIBLE, Category, Request, every
from dubito.data.refusal_tuning import Taught
from dubito.evidence import Floats, Integers

ABLE, INSIDE, OUTSIDE = 0, 1, 2  # feasible; infeasible of a category tuned on; of the one held out


@dataclass(frozen=True, eq=False)
class TuningRequests:
    """A tuning set of n examples, its scorer, further infeasible requests, and M to test on.

    An answer is the name of a sort of task; of an infeasible request it is a wrong one.
    """

    examples: tuple[Taught, ...]  # n
    stated: Floats  # [n] a noisy scorer's feasibility
    infeasible: int  # how many of the n are
    further: tuple[str, ...]  # infeasible ones that nobody has answered yet
    asked: tuple[str, ...]  # M
    part: Integers  # [M] ABLE, INSIDE or OUTSIDE

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same requests; what the scorer states, and which ones are feasible, is permuted."""
        changes: dict[str, Any] = {
            "stated": rng.permutation(self.stated),
            "part": rng.permutation(self.part),
        }
        return replace(self, **changes)


def tuning_requests(
    seed: int, *, examples: int = 1000, share: float = 0.075, error: float = 0.1
) -> TuningRequests:
    """`share` of the examples are infeasible, of three categories; the seed holds out the fourth.

    The scorer states 0.9 for feasible and 0.1 for infeasible ones, and the other one by `error`.
    As many further infeasible requests are given as are among the examples; the paper has about
    950 and 1030.
    """
    rng, random = np.random.default_rng(seed), Random(seed)
    categories = list(Category)
    held_out = categories.pop(seed % len(categories))
    able = mixed(every(), random)
    unable = mixed([request for c in categories for request in every(c)], random)
    n = round(share * examples)
    chosen = able[: examples - n] + unable[:n]
    feasible = np.arange(examples) < examples - n
    flipped = rng.random(examples) < error
    stated = np.where(feasible ^ flipped, 0.9, 0.1)
    test = (able[examples - n :], unable[2 * n :][:300], mixed(every(held_out), random)[:300])
    return TuningRequests(
        tuple(Taught(request.text, answer(request, random)) for request in chosen),
        stated,
        n,
        tuple(request.text for request in unable[n : 2 * n]),
        tuple(request.text for part in test for request in part),
        np.repeat([ABLE, INSIDE, OUTSIDE], [len(part) for part in test]),
    )


def mixed(requests: list[Request], random: Random) -> list[Request]:
    """All of them in random order."""
    return random.sample(requests, len(requests))


def answer(request: Request, random: Random) -> str:
    """The sort of task that it is, or any where it is none."""
    return request.kind if request.feasible else random.choice(list(FEASIBLE))
