"""What demonstrations do to doubt [wang2025]: total, within a set of them, between sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from dubito.data.normalise import normalise
from dubito.evidence import Evidence, Floats, Integers, Missing, Plan, Score
from dubito.maths.information import ensemble_information

Example = TypeVar("Example")
# Demonstrations in order and a query -> log-probabilities of the C labels.
Labeller = Callable[[Sequence[Example], Example], Floats]

ROUNDING = 1e-3  # probabilities may come from half precision


class Decomposition(NamedTuple):
    """Doubt in nats, each [...]: total = within + between.

    The paper calls `within` epistemic and `between` aleatoric; elsewhere the mutual information
    `between` is the epistemic part and the mean entropy `within` the aleatoric one.
    """

    total: Floats  # entropy of the mean over sets, in [0, log C]
    within: Floats  # mean entropy under one set
    between: Floats  # mutual information of label and set, in [0, log L]


def decompose(p: ArrayLike) -> Decomposition:
    """Label probabilities under L sets of demonstrations, [..., L, C] -> [...].

    Raises:
        ValueError: rows that are no distributions; logits and masses have to be normalised first.
    """
    rows = np.asarray(p, dtype=np.float64)  # [..., L, C]
    if rows.ndim < 2 or not (rows >= 0).all() or (abs(rows.sum(axis=-1) - 1) > ROUNDING).any():
        raise ValueError(
            f"each of L sets needs a distribution over C labels, got {rows}; divide masses by "
            "their sum or take the softmax of logits"
        )
    rows = rows / rows.sum(axis=-1, keepdims=True)
    total = entr(rows.mean(axis=-2)).sum(axis=-1)
    between = ensemble_information(np.moveaxis(rows, -2, 0))
    return Decomposition(total, total - between, between)


@dataclass(frozen=True, slots=True, eq=False)
class ShotCurve:
    """Doubt and guesses of N queries at S shot counts, rising."""

    shots: Integers  # [S]
    doubt: Decomposition  # each [S, N]
    guess: Integers  # [S, N] likeliest label of the mean over sets

    def means(self) -> Decomposition:
        """The three curves, means over queries, [S] nats."""
        return Decomposition(*(part.mean(axis=1) for part in self.doubt))

    def fell(self, reference: int = 0) -> Floats:
        """Share of queries whose total is below that at the reference index, [S] in [0, 1]."""
        return (self.doubt.total < self.doubt.total[reference]).mean(axis=1)

    def rose(self, reference: int = 0) -> Floats:
        """Share of queries whose total is above that at the reference index, [S] in [0, 1]."""
        return (self.doubt.total > self.doubt.total[reference]).mean(axis=1)

    def accuracy(self, label: ArrayLike) -> Floats:
        """Share of right guesses, labels [N] -> [S] in [0, 1]."""
        return (self.guess == np.asarray(label)).mean(axis=1)


def shot_curve(shots: ArrayLike, p: ArrayLike) -> ShotCurve:
    """Label probabilities under L sets of each size, [S, N, L, C], as a curve over S sizes.

    Raises:
        ValueError: other than one array of probabilities a shot count, or no distributions.
    """
    sizes, rows = np.asarray(shots), np.asarray(p, dtype=np.float64)
    if rows.ndim != 4 or len(rows) != len(sizes):
        raise ValueError(f"{len(sizes)} shot counts need probabilities [S, N, L, C]: {rows.shape}")
    return ShotCurve(sizes, decompose(rows), rows.mean(axis=2).argmax(axis=-1))


def demonstration_sets(pool: int, shots: int, sets: int, rng: np.random.Generator) -> Integers:
    """Independent draws without replacement of examples out of a pool, indices [L, k].

    Raises:
        ValueError: more shots than the pool holds.
    """
    if not 0 <= shots <= pool:
        raise ValueError(f"a pool of {pool} examples cannot give {shots} different ones")
    return np.stack([rng.permutation(pool)[:shots] for _ in range(sets)])


def repeated(sets: Integers, shots: int) -> Integers:
    """The control of equal length and no new information: [L, d] -> [L, k], each row in turn."""
    return sets[:, np.arange(shots) % sets.shape[1]]


def ask_with_shots(
    labeller: Labeller[Example],
    pool: Sequence[Example],
    queries: Sequence[Example],
    shots: Sequence[int],
    *,
    sets: int = 6,
    seed: int = 0,
) -> ShotCurve:
    """The curve of any labeller; every query of a shot count sees the same L sets."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in shots:
        chosen = [[pool[i] for i in row] for row in demonstration_sets(len(pool), k, sets, rng)]
        rows.append([[np.exp(labeller(c, query)) for c in chosen] for query in queries])
    return shot_curve(shots, rows)


def shot_prompt(demonstrations: Sequence[tuple[str, str]], query: str) -> str:
    """Pairs of a text and its label, then the text whose label is asked for."""
    shown = [f"Input: {text}\nLabel: {label}" for text, label in demonstrations]
    return "\n\n".join([*shown, f"Input: {query}\nLabel:"])


@dataclass(frozen=True)
class DemonstrationDoubt:
    """Doubt in nats in [0, log(L K)]: entropy of the answers drawn under L demonstration sets.

    One question, asked with L sets of equally many demonstrations; the label of a draw is its
    text, dress apart, and a set's distribution the share of each text among its K draws. Parts:
    `within` and `between`, in neutral words (see `Decomposition`).
    Differs: plain draws, where the paper accumulates scores of beam candidates; where labels are
    given, `decompose` of their probabilities is exact.
    """

    samples: int = 10

    def __post_init__(self) -> None:
        """Refuse to count nothing."""
        if self.samples < 1:
            raise ValueError(f"samples must be at least 1, got {self.samples}")

    @property
    def plan(self) -> Plan:
        """Draws of each way of asking."""
        return Plan(samples=self.samples)

    def __call__(self, evidence: Sequence[Evidence]) -> Score:
        """The doubt; one evidence for each set of demonstrations.

        Raises:
            Missing: a single set, which cannot differ from another; or one without draws.
        """
        if len(evidence) < 2 or not all(e.samples for e in evidence):
            raise Missing("at least 2 sets of demonstrations, with samples under each, are needed")
        drawn = [[normalise(s.text) for s in e.samples] for e in evidence]
        names = sorted({text for row in drawn for text in row})
        shares = [[row.count(name) / len(row) for name in names] for row in drawn]
        found = decompose(shares)  # [L, C]
        parts = {"within": float(found.within), "between": float(found.between)}
        return Score(float(found.total), parts=parts)
