"""The queries that others have to beat: at random, the least sure, the most disputed or valued."""

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from dubito.acquire.pool import Pool, choosable, given, highest
from dubito.evidence import Floats, Integers
from dubito.maths.information import ensemble_information
from dubito.maths.peaks import margin_doubt, peak_doubt

Rng = np.random.Generator


def at_random(pool: Pool, k: int, rng: Rng) -> Integers:
    """Any k rows without a label, each as likely as the other."""
    return rng.choice(choosable(pool, k), size=k, replace=False)


def by_entropy(pool: Pool, k: int, _rng: Rng) -> Integers:
    """The k rows of highest entropy of the members' mean probability, highest first."""
    free = choosable(pool, k)
    mean = mean_probability(pool, free)  # [F, C]
    return highest(free, entr(mean).sum(axis=-1), k)


def by_margin(pool: Pool, k: int, _rng: Rng) -> Integers:
    """The k rows where the two likeliest classes are nearest, by the members' mean probability.

    Breaking ties [scheffer2001]: with many classes it asks at one boundary, where entropy asks
    about what is spread over many; of two classes both say the same.
    """
    free = choosable(pool, k)
    return highest(free, margin_doubt(mean_probability(pool, free)), k)


def by_confidence(pool: Pool, k: int, _rng: Rng) -> Integers:
    """The k rows whose likeliest class is the least likely, by the members' mean probability."""
    free = choosable(pool, k)
    return highest(free, peak_doubt(mean_probability(pool, free)), k)


def mean_probability(pool: Pool, rows: Integers) -> Floats:
    """What the members say of these rows on average, [F, C]."""
    return given(pool.probabilities, "probabilities")[:, rows].mean(axis=0)


def by_value(pool: Pool, k: int, _rng: Rng) -> Integers:
    """The k rows of highest mean value, highest first: whatever the values are of."""
    free = choosable(pool, k)
    return highest(free, given(pool.values, "values")[:, free].mean(axis=0), k)


def by_dispute(pool: Pool, k: int, _rng: Rng) -> Integers:
    """BALD [houlsby2011]: the k rows that members dispute most, most first."""
    free = choosable(pool, k)
    return highest(free, dispute(pool, free), k)


def dispute(pool: Pool, rows: Integers) -> Floats:
    """Mutual information of the label and the member, nats: in [0, log min(E, C)] for each row."""
    return ensemble_information(given(pool.probabilities, "probabilities")[:, rows])


@dataclass(frozen=True)
class PowerBALD:
    """k different rows, drawn as the `coldness`-th power of their dispute [kirsch2023].

    So a batch is not all of one kind. Large: as BALD; 0: at random.
    """

    coldness: float = 8.0

    def __post_init__(self) -> None:
        """Refuse a power below 0."""
        if not self.coldness >= 0:
            raise ValueError(f"coldness must be at least 0, got {self.coldness}")

    def __call__(self, pool: Pool, k: int, rng: Rng) -> Integers:
        """Draw without return, in the order drawn: the highest of logs with Gumbel noise."""
        free = choosable(pool, k)
        floor = np.finfo(np.float64).tiny  # what nobody disputes comes last, not never
        logs = self.coldness * np.log(np.maximum(dispute(pool, free), floor))
        return highest(free, logs + rng.gumbel(size=len(free)), k)
