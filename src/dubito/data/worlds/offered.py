"""Questions with candidate answers whose true law is known, and what a model says of them."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import log_softmax, softmax

from dubito.evidence import Floats, Integers


@dataclass(frozen=True, eq=False)
class Offered:
    """N questions with M candidates each; the first `fitted` are for fitting.

    The right candidate is drawn from `chance`; the model reports `logp`, which is another law.
    """

    logp: Floats  # [N, M] what the model says, nats
    chance: Floats  # [N, M] what is true
    right: Integers  # [N] columns
    kinds: Integers  # [N] of the questions
    features: Floats  # [N, d] of the questions
    fitted: int

    def part(self, rows: slice) -> Self:
        """These questions alone."""
        names = ("logp", "chance", "right", "kinds", "features")
        return replace(self, **{name: vars(self)[name][rows] for name in names})

    @property
    def known(self) -> Self:
        """The questions to fit on."""
        return self.part(slice(self.fitted))

    @property
    def new(self) -> Self:
        """The questions to judge by."""
        return self.part(slice(self.fitted, None))

    def shuffled(self, rng: np.random.Generator) -> Self:
        """The same candidates; each question gets another's right column."""
        order = rng.permutation(len(self.right))
        changes: dict[str, Any] = {"right": self.right[order]}
        return replace(self, **changes)

    def kinds_shuffled(self, rng: np.random.Generator) -> Self:
        """The same questions; each gets another's kind."""
        changes: dict[str, Any] = {"kinds": rng.permutation(self.kinds)}
        return replace(self, **changes)


def drawn(rng: np.random.Generator, chance: Floats) -> Integers:
    """A column of each law [N, M], [N]."""
    reached = rng.uniform(size=(len(chance), 1)) > chance.cumsum(axis=1)
    return np.minimum(reached.sum(axis=1), chance.shape[1] - 1)


def uneven(seed: int, *, fitted: int = 1000, judged: int = 1000, answers: int = 20) -> Offered:
    """Clear and open questions: logits N(0, s) with s ~ U(0.5, 5); the model says 1.5 of them."""
    rng = np.random.default_rng(seed)
    n = fitted + judged
    logits = rng.uniform(0.5, 5, (n, 1)) * rng.normal(size=(n, answers))
    chance = softmax(logits, axis=1)
    plain = np.zeros(n, dtype=int)
    said = log_softmax(1.5 * logits, axis=1)
    return Offered(said, chance, drawn(rng, chance), plain, np.empty((n, 0)), fitted)


def three_kinds(seed: int, *, fitted: int = 4000, judged: int = 1000) -> Offered:
    """Logits N(0, 3) of 10 answers; the model is too shy, just right or too bold, by kind.

    It says 0.5, 1 or 2 times the logits.
    """
    rng = np.random.default_rng(seed)
    n = fitted + judged
    kinds = rng.integers(3, size=n)
    logits = rng.normal(0, 3, (n, 10))
    chance = softmax(logits, axis=1)
    said = log_softmax(np.array([0.5, 1.0, 2.0])[kinds][:, None] * logits, axis=1)
    return Offered(said, chance, drawn(rng, chance), kinds, np.empty((n, 0)), fitted)


def favoured(seed: int, *, fitted: int = 20000, judged: int = 1500, lean: float = 0.3) -> Offered:
    """Six fixed answers, equally common; the model leans from the last towards the first.

    Logits N(0, 3), to which it adds `lean` times 2.5, 1.5, ..., -2.5.
    """
    rng = np.random.default_rng(seed)
    n = fitted + judged
    logits = rng.normal(0, 3, (n, 6))
    chance = softmax(logits, axis=1)
    said = log_softmax(logits + lean * (2.5 - np.arange(6)), axis=1)
    plain = np.zeros(n, dtype=int)
    return Offered(said, chance, drawn(rng, chance), plain, np.empty((n, 0)), fitted)


def sharpened(seed: int, *, fitted: int = 2000, judged: int = 2000, answers: int = 50) -> Offered:
    """Questions x ~ U(-1, 1)^3 with logits N(0, 2), of which the model says exp(1.5 x_1) times.

    Features are x and the greatest log-probability that it says.
    """
    rng = np.random.default_rng(seed)
    n = fitted + judged
    x = rng.uniform(-1, 1, (n, 3))
    logits = rng.normal(0, 2, (n, answers))
    chance = softmax(logits, axis=1)
    said = log_softmax(logits * np.exp(1.5 * x[:, :1]), axis=1)
    features = np.column_stack([x, said.max(axis=1)])
    return Offered(said, chance, drawn(rng, chance), np.zeros(n, dtype=int), features, fitted)
