"""Questions that are asked in several wordings, of a model that holds its ground or does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from dubito.data.worlds.answers import unit
from dubito.data.worlds.world import Flags
from dubito.evidence import Evidence, Floats, Integers
from dubito.evidence import Sequence as Answer

ANSWERS = 6  # 0 is the right one
DIMENSIONS = 16


@dataclass(frozen=True, eq=False)
class AskedAgain:
    """N questions, each with the evidence of all its ways of asking, the question itself first."""

    asked: tuple[tuple[Evidence, ...], ...]  # N
    wrong: Flags  # [N] is the answer to the question itself wrong

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same evidence; each question gets another's label."""
        changes: dict[str, Any] = {"wrong": rng.permutation(self.wrong)}
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Rewordings(AskedAgain):
    """Asked in n wordings, whose embeddings are known."""

    vectors: Mapping[str, Floats] = field(default_factory=dict)  # prompt -> [d], length 1

    def alike(self, texts: Sequence[str]) -> Floats:
        """(1 + cosine) / 2 of these wordings' embeddings, [n, n] in [0, 1]."""
        rows = np.stack([self.vectors[t] for t in texts])
        return np.clip((1 + rows @ rows.T) / 2, 0.0, 1.0)


def rewordings(
    seed: int,
    *,
    questions: int = 300,
    wordings: int = 10,
    samples: int = 5,
    noise: float = 0.05,
) -> Rewordings:
    """Steadiness c ~ U(0, 1): each wording gets the right answer with probability c.

    Else it gets one of 5 wrong ones. The greedy answer to a wording is that; each of its samples
    is drawn anew from all 6 with probability `noise`, and otherwise the same: so repeating a
    question shows nothing that asking it in other words does. In 16 dimensions, an answer lies
    0.1 a coordinate from its normal centre, a wording 0.35 from its question's. The same seed
    has the same questions and greedy answers whatever the noise.
    """
    base = np.random.default_rng([seed, 0])
    steady = base.uniform(size=(questions, wordings)) < base.uniform(size=(questions, 1))
    held = np.where(steady, 0, base.integers(1, ANSWERS, size=steady.shape))  # [N, n]
    centres = base.normal(size=(questions, ANSWERS, DIMENSIONS))
    asked = base.normal(size=(questions, 1, DIMENSIONS))
    asked = unit(asked + 0.35 * base.normal(size=(questions, wordings, DIMENSIONS)))
    rng = np.random.default_rng([seed, 1, round(1000 * noise)])
    said = np.repeat(held[..., None], 1 + samples, axis=2)  # [N, n, 1 + r]
    again = rng.uniform(size=said.shape) < noise
    again[..., 0] = False
    said = np.where(again, rng.integers(ANSWERS, size=said.shape), said)
    near = 0.1 * rng.normal(size=(*said.shape, DIMENSIONS))
    names = [[f"question {q}, wording {i}" for i in range(wordings)] for q in range(questions)]
    evidence = tuple(
        tuple(
            answered(names[q][i], said[q, i], unit(centres[q, said[q, i]] + near[q, i]))
            for i in range(wordings)
        )
        for q in range(questions)
    )
    vectors = {names[q][i]: asked[q, i] for q in range(questions) for i in range(wordings)}
    return Rewordings(evidence, held[:, 0] != 0, vectors)


def answered(prompt: str, said: Integers, vectors: Floats) -> Evidence:
    """These answers [1 + r] and their embeddings [1 + r, d]; equal answers entail each other."""
    same = (said[:, None] == said).astype(np.float64)
    texts = [Answer(f"answer {a}", tokens=(f"answer {a}",)) for a in said]
    return Evidence(
        prompt,
        texts[0],
        tuple(texts[1:]),
        embeddings=vectors,
        entailment=same,
        contradiction=1 - same,
    )
