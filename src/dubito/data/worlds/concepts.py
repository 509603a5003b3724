"""A Bayesian that learns a concept from demonstrations in closed form, as the model to be asked."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import entr, softmax

from dubito.data.worlds.toy_language import TINY
from dubito.evidence import Floats, Integers

SHOTS = (0, 1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True, eq=False)
class ConceptTasks:
    """N queries, each of a concept of its own, and predictions after demonstrations of it.

    Predictions [S, N, L, C] under L sets of each of S sizes: `distinct` demonstrations, and
    `copies` of the first of them, as many.
    """

    shots: Integers  # [S]
    distinct: Floats
    copies: Floats
    irreducible: Floats  # [N] entropy of the true concept at the query, nats

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same predictions; each query gets another's true entropy."""
        changes: dict[str, Any] = {"irreducible": rng.permutation(self.irreducible)}
        return replace(self, **changes)


def concept_tasks(
    seed: int, *, tasks: int = 200, concepts: int = 8, types: int = 10, labels: int = 3
) -> ConceptTasks:
    """8 concepts a task: for each of 10 types of input a law over 3 labels, Dirichlet(0.3).

    One of them is true and writes the demonstrations, 6 independent sets; the learner knows all
    8, holds them equally likely beforehand, and predicts the label of one type by its posterior.
    """
    rng = np.random.default_rng(seed)
    found = [one_task(rng, (concepts, types, labels)) for _ in range(tasks)]
    distinct, copies, irreducible = (np.array(part) for part in zip(*found, strict=True))
    return ConceptTasks(
        np.array(SHOTS), np.moveaxis(distinct, 0, 1), np.moveaxis(copies, 0, 1), irreducible
    )


def one_task(
    rng: np.random.Generator, size: tuple[int, int, int], *, sets: int = 6
) -> tuple[Floats, Floats, float]:
    """Predictions after distinct demonstrations and after copies, [S, L, C], and the entropy."""
    concepts, types, labels = size
    law = np.maximum(rng.dirichlet(np.full(labels, 0.3), size=(concepts, types)), TINY)
    true, query = law[rng.integers(concepts)], int(rng.integers(types))
    asked = rng.integers(types, size=(sets, SHOTS[-1]))  # [L, K]
    drawn = rng.uniform(size=(*asked.shape, 1)) > true[asked].cumsum(axis=-1)
    said = np.minimum(drawn.sum(axis=-1), labels - 1)  # [L, K]
    log_law = np.log(law[:, asked, said])  # [M, L, K]
    begun = np.concatenate([np.zeros_like(log_law[..., :1]), log_law.cumsum(axis=-1)], axis=-1)
    distinct = predictions(begun[..., list(SHOTS)], law[:, query])
    copies = predictions(log_law[..., :1] * np.array(SHOTS, dtype=np.float64), law[:, query])
    return distinct, copies, float(entr(true[query]).sum())


def predictions(loglikelihood: Floats, law: Floats) -> Floats:
    """Posterior mixtures of the concepts' laws: [M, L, S], [M, C] -> [S, L, C]."""
    return np.einsum("mls,mc->slc", softmax(loglikelihood, axis=0), law)
