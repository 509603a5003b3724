"""The martingale of a stream: p-values and capital by hand, ties, state that survives a restart."""

import json
import math

import numpy as np
import pytest
from scipy.special import logsumexp

from dubito.calibrate import DriftMartingale
from dubito.maths.martingales import jump_and_bet


def uniform(seed: int, n: int) -> float:
    """The random number of the n-th score."""
    return float(np.random.default_rng([seed, n]).random())


def followed(p_values: list[float], bets: tuple[float, ...] = (-1.0, 0.0, 1.0)) -> float:
    """Log martingale after these p-values, jump 0.01."""
    capital = np.full(len(bets), -math.log(len(bets)))
    for p in p_values:
        capital = jump_and_bet(capital, p, bets=bets, jump=0.01)
    return float(logsumexp(capital))


def test_p_values_by_hand() -> None:
    """Reference 1, 2, 2, 5. Then 2: greater 1, equal 3 of 5. Then 7: 0 and 1 of 6. Then 1: 5, 2."""
    watch = DriftMartingale(random_state=4).fit([2, 5, 1, 2])
    assert (watch.values_, watch.counts_) == ([1, 2, 5], [1, 2, 1])
    assert watch.log_martingale_ == pytest.approx(0)
    p = [(1 + 3 * uniform(4, 5)) / 5, uniform(4, 6) / 6, (5 + 2 * uniform(4, 7)) / 7]
    for i, score in enumerate([2, 7, 1]):
        assert watch.update(score) == pytest.approx(followed(p[: i + 1]))
    assert (watch.values_, watch.counts_) == ([1, 2, 5, 7], [2, 3, 1, 1])


def test_capital_by_hand() -> None:
    """One gambler who bets -1 on 7 after 1 to 5: p = U / 6, capital 1 - (U / 6 - 1/2)."""
    watch = DriftMartingale(bets=(-1.0,)).fit(range(1, 6))
    assert watch.update(7) == pytest.approx(math.log(1.5 - uniform(0, 6) / 6))


@pytest.mark.parametrize(
    ("bets", "sees"),
    [((-1.0, 0.0), {"rise"}), ((0.0, 1.0), {"fall"}), ((-1.0, 0.0, 1.0), {"rise", "fall"})],
)
def test_bets_see_a_side(bets: tuple[float, ...], sees: set[str]) -> None:
    reference, later = np.split(np.random.default_rng(0).random(160), [100])
    for name, shift in (("rise", 0.8), ("fall", -0.8)):
        watch = DriftMartingale(bets=bets).fit(reference)
        peak = max(watch.update(score + shift) for score in later)
        assert peak > 5 if name in sees else peak < 0.5


def test_a_share_of_the_capital_jumps() -> None:
    """Two gamblers, jump 0.4, both scores the highest; f and g are the factors of bet -1.

    After the first (f / 2, (2 - f) / 2), whose sum is 1, 0.6 of each and 0.2 are betted again.
    """
    watch = DriftMartingale(bets=(-1.0, 1.0), jump=0.4).fit([1.0])
    f, g = (1.5 - uniform(0, n) / n for n in (2, 3))
    watch.update(2.0)
    by_hand = (0.3 * f + 0.2) * g + (0.3 * (2 - f) + 0.2) * (2 - g)
    assert watch.update(3.0) == pytest.approx(math.log(by_hand))


def test_the_alarm_stays_until_a_new_beginning() -> None:
    watch = DriftMartingale(delta=0.05).fit(np.arange(50) / 50)
    assert not watch.alarm_
    rose = [watch.update(2.0 + i) for i in range(30)]
    assert watch.alarm_
    assert watch.peak_ == pytest.approx(max(rose))
    assert max(rose) > math.log(20)
    for i in range(400):
        watch.update((i * 37 % 400) / 400)  # as it was: the capital goes down again
    assert watch.log_martingale_ < watch.peak_ - 1
    assert watch.alarm_
    watch.fit(np.arange(50) / 50)
    assert not watch.alarm_
    assert watch.log_martingale_ == pytest.approx(0)


def test_the_alarm_is_at_one_over_delta() -> None:
    watch = DriftMartingale(delta=0.2).fit()
    watch.peak_ = math.log(5) - 1e-9
    assert not watch.alarm_
    watch.peak_ = math.log(5) + 1e-9
    assert watch.alarm_


def test_equal_scores_say_nothing_of_a_drift() -> None:
    """All ties: the p-values are the random numbers themselves."""
    watch = DriftMartingale(random_state=3).fit()
    for _ in range(50):
        watch.update(1.0)
    assert watch.log_martingale_ == pytest.approx(followed([uniform(3, n) for n in range(1, 51)]))
    assert not watch.alarm_


def test_any_rising_map_of_the_scores_changes_nothing() -> None:
    scores = np.random.default_rng(2).normal(size=80).round(1)
    ends = [
        [DriftMartingale().fit(f(scores[:40])).update(s) for s in f(scores[40:])]
        for f in (np.asarray, np.exp, lambda x: 5 * x - 9)
    ]
    assert ends[0] == ends[1] == ends[2]


def test_a_saved_state_goes_on_as_if_it_had_not_been_saved() -> None:
    scores = np.random.default_rng(3).gamma(1.0, size=120)
    scores[7], scores[11] = math.inf, -math.inf
    options = {"delta": 0.03, "jump": 0.02, "bets": (-1.5, 0.5), "decimals": 2, "random_state": 9}
    through = DriftMartingale(**options).fit(scores[:30])
    stopped = DriftMartingale(**options).fit(scores[:30])
    for i, score in enumerate(scores[30:]):
        stopped = DriftMartingale.from_json(
            json.loads(json.dumps(stopped.to_json(), allow_nan=False))
        )
        given = math.nan if i == 5 else score
        assert stopped.update(given) == through.update(given)
    assert stopped.to_json() == through.to_json()
    assert stopped.n_left_out_ == 1


def test_a_saved_state_shares_nothing_with_the_running_one() -> None:
    watch = DriftMartingale().fit([1.0, 2.0])
    saved = watch.to_json()
    other = DriftMartingale.from_json(saved)
    watch.update(1.5)
    assert saved["values"] == other.values_ == [1.0, 2.0]
    other.update(1.7)
    assert saved["values"] == [1.0, 2.0]
    assert saved["counts"] == [1, 1]


def test_same_seed_same_bits_and_another_seed_others() -> None:
    watches = [DriftMartingale(random_state=seed).fit([0.1, 0.2]) for seed in (1, 1, 2)]
    for watch in watches:
        watch.update(0.15)  # the first bets cancel out, whatever p
        watch.update(0.15)
    one, same, other = (watch.log_martingale_ for watch in watches)
    assert one == same
    assert abs(one - other) > 1e-9


def test_rounding_keeps_the_state_small() -> None:
    scores = np.random.default_rng(0).random(2000)
    watch = DriftMartingale(decimals=2).fit(scores)
    assert len(watch.values_) == 101
    assert sum(watch.counts_) == 2000
    assert len(DriftMartingale().fit(scores).values_) == 2000


def test_unknown_scores_are_counted_and_change_nothing() -> None:
    watch = DriftMartingale().fit([1.0, math.nan, 2.0])
    assert watch.update(math.nan) == watch.log_martingale_
    assert watch.n_left_out_ == 2
    assert watch.counts_ == [1, 1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"delta": 0.0}, "delta and jump"),
        ({"jump": 1.0}, "delta and jump"),
        ({"bets": ()}, "bets must lie inside"),
        ({"bets": (-2.0, 1.0)}, "bets must lie inside"),
    ],
)
def test_options_are_checked(options: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DriftMartingale(**options)
