"""Questions of two hops, each known or not, and a retriever that can be asked."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Integers, Sequence

OBJECTS = 20
STEADY = 0.95  # probability that a known object is said, and that the retriever is right


@dataclass(frozen=True, eq=False)
class TwoHops:
    """Q questions of two hops; a hop is right alone, with retrieval, both or neither.

    Evidence [q][h] has the first drawn sentence as its answer and K more as samples. A question is
    right when both hops are.
    """

    evidence: tuple[tuple[Evidence, ...], ...]  # Q of 2
    known: Flags  # [Q, 2]
    right_alone: Flags  # [Q, 2]
    right_retrieved: Flags  # [Q, 2]

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same sentences; which hop is known and right is permuted over all hops."""
        order = rng.permutation(self.known.size)

        def mixed(flags: Flags) -> Flags:
            return flags.ravel()[order].reshape(flags.shape)

        changes: dict[str, Any] = {
            "known": mixed(self.known),
            "right_alone": mixed(self.right_alone),
            "right_retrieved": mixed(self.right_retrieved),
        }
        return replace(self, **changes)


def two_hops(seed: int, *, questions: int = 300, samples: int = 8) -> TwoHops:
    """Each hop is known with probability 0.5.

    A sampled sentence names the right object with probability 0.95 if it is known, else a random
    one of 20. The retriever is right with probability 0.95; otherwise a distractor leaves the hop
    right half the time if it is known, and wrong if it is not.
    """
    rng = np.random.default_rng(seed)
    known = rng.uniform(size=(questions, 2)) < 0.5
    said = rng.integers(OBJECTS, size=(questions, 2, 1 + samples))
    steady = known[..., None] & (rng.uniform(size=said.shape) < STEADY)
    said = np.where(steady, 0, said)  # object 0 is the right one
    found = rng.uniform(size=known.shape) < STEADY
    kept = known & (rng.uniform(size=known.shape) < 0.5)
    vectors = unit(rng.normal(size=(OBJECTS, 32)))
    evidence = tuple(
        tuple(sentences(said[q, h], vectors[said[q, h]]) for h in range(2))
        for q in range(questions)
    )
    return TwoHops(evidence, known, said[..., 0] == 0, found | kept)


def sentences(objects: Integers, vectors: np.ndarray) -> Evidence:
    """Sentences that name these objects [1 + K]; the same object entails itself and no other."""
    same = (objects[:, None] == objects).astype(np.float64)
    said = [Sequence(f"object{o}", tokens=(f"object{o}",)) for o in objects]
    return Evidence(
        "?",
        said[0],
        tuple(said[1:]),
        embeddings=vectors,
        entailment=same,
        contradiction=1 - same,
    )
