"""False alarms of the martingale counted over streams, and its mean, which is 1 at any time."""

import math

import numpy as np
from scipy import stats

from dubito.calibrate import DriftMartingale
from dubito.maths.martingales import jump_and_bet


def p_values(scores: np.ndarray, first: int, rng: np.random.Generator) -> np.ndarray:
    """Rank of each score from `first` on among all before it, ties at random: [R, T] -> [R, S]."""
    out = []
    for t in range(first, scores.shape[1]):
        seen, new = scores[:, : t + 1], scores[:, t : t + 1]
        greater, equal = (seen > new).sum(axis=1), (seen == new).sum(axis=1)
        out.append((greater + rng.random(len(scores)) * equal) / (t + 1))
    return np.stack(out, axis=1)


def test_p_values_are_uniform_and_independent_under_ties() -> None:
    """Four different scores in all, 5 ranked before the first bet; each time, and neighbours."""
    rng = np.random.default_rng(0)
    p = p_values(rng.integers(0, 4, (4000, 12)), 5, rng)
    assert min(stats.kstest(column, "uniform").pvalue for column in p.T) > 1e-4
    correlation = np.corrcoef(p.T) - np.eye(p.shape[1])
    assert np.abs(correlation).max() < 5 / math.sqrt(4000)


def test_its_mean_is_one() -> None:
    """20 scores of 5 kinds; the mean over 20,000 streams within five standard errors."""
    rng = np.random.default_rng(1)
    p = p_values(rng.integers(0, 5, (20000, 24)), 4, rng)
    capital = np.full((20000, 3), -math.log(3))
    for column in p.T:
        capital = jump_and_bet(capital, column, bets=(-1.0, 0.0, 1.0), jump=0.05)
    martingale = np.exp(capital).sum(axis=1)
    assert martingale.std() > 0.3
    assert abs(martingale.mean() - 1) < 5 * martingale.std() / math.sqrt(20000)


def test_false_alarms_are_as_rare_as_promised() -> None:
    """300 streams of 100 skewed scores with ties, delta 0.2; but it does alarm at times."""
    scores = np.random.default_rng(2).exponential(size=(300, 130)).round(1)
    alarms = []
    for seed, stream in enumerate(scores):
        watch = DriftMartingale(delta=0.2, random_state=seed).fit(stream[:30])
        for score in stream[30:].tolist():
            watch.update(score)
        alarms.append(watch.alarm_)
    assert 0.02 < np.mean(alarms) <= 0.2 + 4 * math.sqrt(0.2 * 0.8 / 300)
