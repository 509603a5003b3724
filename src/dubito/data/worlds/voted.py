"""Annotators who disagree by a known law, and a classifier that is told the majority alone."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.special import softmax

from dubito.evidence import Floats, Integers

FEATURES, CLASSES, ANNOTATORS, TEMPERATURE = 10, 3, 5, 2.0


class Items(NamedTuple):
    """Inputs with what five annotators said of each."""

    inputs: Floats  # [N, 10]
    law: Floats  # [N, 3] probability that an annotator says so
    votes: Integers  # [N, 3] how many did
    majority: Integers  # [N]


@dataclass(frozen=True, eq=False)
class Voted:
    """Items of one law to learn from, to calibrate by, and to judge by the law itself."""

    learnt: Items
    held: Items
    fresh: Items
    live: bool = True  # off in a null; its claim says what is then left out

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same inputs; each that is judged has another's votes and law."""
        order = rng.permutation(len(self.fresh.inputs))
        inputs, law, votes, majority = self.fresh
        changes: dict[str, Any] = {
            "fresh": Items(inputs, law[order], votes[order], majority[order])
        }
        return replace(self, **changes)

    def untaught(self) -> Self:
        """The same items, without what the claim lives on."""
        changes: dict[str, Any] = {"live": False}
        return replace(self, **changes)


def voted(seed: int, *, learnt: int = 600, held: int = 200, fresh: int = 3000) -> Voted:
    """Standard normal inputs; the law is softmax(W x / 2) with a standard normal W of [3, 10]."""
    rng = np.random.default_rng([seed, 5])
    weights = rng.normal(size=(FEATURES, CLASSES))

    def items(n: int) -> Items:
        inputs = rng.normal(size=(n, FEATURES))
        law = softmax(inputs @ weights / TEMPERATURE, axis=1)
        votes = rng.multinomial(ANNOTATORS, law)
        tie = rng.uniform(0, 0.5, size=votes.shape)  # of equals any is the majority
        return Items(inputs, law, votes, (votes + tie).argmax(axis=1))

    return Voted(items(learnt), items(held), items(fresh))
