"""Pools, and the queries that others have to beat: by hand, and how often each row is drawn."""

from collections import Counter

import numpy as np
import pytest

from dubito.acquire import (
    BALPM,
    MPTS,
    Boltzmann,
    Contrastive,
    DoubleThompson,
    Pool,
    PowerBALD,
    Query,
    Quotas,
    Subsampled,
    at_random,
    by_confidence,
    by_dispute,
    by_entropy,
    by_margin,
    by_value,
    most_disputed_pair,
)
from laws import assert_frozen

RNG = np.random.default_rng(0)
# Two members, five rows, three classes.
AGREED, TORN, SPLIT = [0.8, 0.1, 0.1], [0.34, 0.33, 0.33], [0.5, 0.5, 0.0]
SAID = np.array(
    [
        [AGREED, TORN, [1, 0, 0], SPLIT, [0.6, 0.4, 0]],
        [AGREED, TORN, [0, 1, 0], SPLIT, [0.4, 0.6, 0]],
    ]
)
NONE = np.zeros(5, dtype=bool)
POOL = Pool(NONE, RNG.normal(size=(5, 2)), SAID, RNG.normal(size=(3, 5)))
EVERY: list[Query] = [
    at_random,
    by_entropy,
    by_margin,
    by_confidence,
    by_value,
    by_dispute,
    PowerBALD(),
    Contrastive(),
    Subsampled(by_value),
    Quotas(by_value, (0, 0, 0, 1, 1), (0.5, 0.5)),
    BALPM(),
    DoubleThompson(),
    Boltzmann(),
    MPTS(at_random=0.5),
    most_disputed_pair,
]


@pytest.mark.parametrize("query", EVERY, ids=lambda q: getattr(q, "__name__", type(q).__name__))
def test_every_query_keeps_the_protocol(query: Query) -> None:
    """Different rows without a label; the same generator, the same rows; a pool as it was."""
    pool = Pool(np.array([0, 1, 0, 0, 0], dtype=bool), POOL.features, SAID, POOL.values)
    drawn = [query(pool, 2, np.random.default_rng(s)) for s in range(50)]
    for rows, again in zip(drawn, [query(pool, 2, np.random.default_rng(0))] * 50, strict=True):
        assert rows.shape == (2,)
        assert len(set(rows.tolist())) == 2
        assert 1 not in rows
        assert again.tolist() == drawn[0].tolist()
    if query is not most_disputed_pair:
        assert sorted(query(pool, 4, RNG).tolist()) == [0, 2, 3, 4]
    with pytest.raises(ValueError, match=r"k must be in 1 \.\. 4|a pair has two"):
        query(pool, 5, RNG)
    if query is not at_random:
        with pytest.raises(LookupError, match=r"in this pool; give it Pool\("):
            query(Pool(NONE), 2, RNG)


def test_the_least_sure() -> None:
    """Means (.8, .1, .1), thirds, halves: entropies .639, 1.099, .693; margins .7, .01, 0."""
    assert by_entropy(POOL, 5, RNG).tolist() == [1, 2, 3, 4, 0]
    assert by_margin(POOL, 5, RNG).tolist() == [2, 3, 4, 1, 0]


def test_the_most_disputed() -> None:
    """Row 2: log 2. Row 4: log 2 - h(.6) = .6931 - .6730. Where members agree: 0, in order."""
    assert by_dispute(POOL, 5, RNG).tolist() == [2, 4, 0, 1, 3]


def test_power_bald_draws_by_the_power() -> None:
    """Disputes log 2 and .0201: at coldness 1/2 the first is sqrt(34.4) times as likely."""
    pool = Pool(NONE[:2], probabilities=SAID[:, [2, 4]])
    rng = np.random.default_rng(1)
    first = Counter(int(PowerBALD(0.5)(pool, 1, rng)[0]) for _ in range(4000))
    low = np.log(2) + 0.6 * np.log(0.6) + 0.4 * np.log(0.4)
    share = 1 / (1 + np.sqrt(low / np.log(2)))
    assert abs(first[0] / 4000 - share) < 5 * np.sqrt(share * (1 - share) / 4000)


def test_power_bald_at_its_ends() -> None:
    """Large: as BALD. 0: at random. What nobody disputes can be drawn too, last."""
    assert PowerBALD(1e6)(POOL, 2, RNG).tolist() == [2, 4]
    rng = np.random.default_rng(2)
    drawn = Counter(int(PowerBALD(0)(POOL, 1, rng)[0]) for _ in range(2000))
    assert all(abs(drawn[i] / 2000 - 0.2) < 5 * 0.4 / 2000**0.5 for i in range(5))
    assert PowerBALD(1)(POOL, 5, rng)[:2].tolist() in ([2, 4], [4, 2])


def test_at_random_all_are_as_likely() -> None:
    rng = np.random.default_rng(3)
    drawn = Counter(at_random(POOL, 2, rng)[0] for _ in range(2000))
    assert all(abs(drawn[i] / 2000 - 0.2) < 5 * 0.4 / 2000**0.5 for i in range(5))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"features": np.zeros((4, 2))}, "features of 5 examples"),
        ({"features": np.full((5, 1), np.nan)}, "features must be finite"),
        ({"values": np.zeros(5)}, "values of 5 examples"),
        ({"values": np.zeros((0, 5))}, "values of 5 examples"),
        ({"probabilities": np.full((2, 5, 2), 0.4)}, "off by 0.2"),
        ({"probabilities": np.tile([1.5, -0.5], (2, 5, 1))}, "must be >= 0"),
        ({"probabilities": np.full((5, 2), 0.5)}, "probabilities of 5 examples"),
    ],
)
def test_a_pool_refuses_what_does_not_fit(parts: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Pool(NONE, **parts)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="labelled must be"):
        Pool(np.zeros(3))
    with pytest.raises(ValueError, match="coldness"):
        PowerBALD(-1.0)
    assert_frozen(PowerBALD())
