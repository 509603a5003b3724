"""Conformal test martingale [vovk2021]: have the scores stopped being exchangeable?"""

import bisect
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from dubito.maths.martingales import jump_and_bet

FARTHEST = sys.float_info.max  # where infinite scores stand: JSON has no infinity


class DriftMartingale:
    """Log martingale of a stream of scores, nats: 0 at the start, high once they have drifted.

    While all scores, `fit` and `update` alike, are drawn alike, it reaches log(1 / delta) at any
    time, for ever, with probability at most `delta` (Ville): `alarm_`. Each score gets a p-value,
    its rank among all so far with ties broken at random, and gamblers bet that later ones are
    small (bet < 0: scores rise) or large (bet > 0: scores fall); the Simple Jumper [vovk2021].
    A score is any number: a doubt, or once the truth is known 1 - confidence in it.

    All scores are kept, rounded to `decimals` where given: then the state stays as small as the
    number of different ones, and the promise holds as it did. After an alarm, or when the model is
    changed, `fit` begins anew; delta is the price of each beginning.

    Differs: scores of `fit` are ranked but not betted on. A score's random number follows from
    `random_state` and its place, so that a saved state goes on as if it had never been saved.
    """

    def __init__(
        self,
        *,
        delta: float = 0.01,
        jump: float = 0.01,
        bets: tuple[float, ...] = (-1.0, 0.0, 1.0),
        decimals: int | None = None,
        random_state: int = 0,
    ) -> None:
        if not 0 < delta < 1 or not 0 < jump < 1:
            raise ValueError(f"delta and jump must lie inside (0, 1), got {delta} and {jump}")
        if not bets or not all(abs(bet) < 2 for bet in bets):
            raise ValueError(f"bets must lie inside (-2, 2), lest one lose all, got {bets}")
        self.delta = delta
        self.jump = jump
        self.bets = bets
        self.decimals = decimals
        self.random_state = random_state

    def fit(self, scores: Iterable[float] = ()) -> Self:
        """Begin with a martingale of 1 and these scores, none or more, to rank the next ones by.

        Learns `values_`, the different scores in order, and `counts_` of each; `log_capital_` of
        each bet, `peak_` of the log martingale, `n_left_out_` scores that were NaN.
        """
        self.values_: list[float] = []
        self.counts_: list[int] = []
        self.log_capital_ = [-math.log(len(self.bets))] * len(self.bets)
        self.peak_, self.n_left_out_ = 0.0, 0
        for score in scores:
            self.remember(score)
        return self

    def update(self, score: float) -> float:
        """The log martingale after one more score; unchanged by NaN, which is counted."""
        place = self.remember(score)
        if place is None:
            return self.log_martingale_
        greater, equal = place
        n = sum(self.counts_)
        u = np.random.default_rng([self.random_state, n]).random()
        p = (greater + u * equal) / n  # uniform on [0, 1] given all p before
        capital = jump_and_bet(self.log_capital_, p, bets=self.bets, jump=self.jump)
        self.log_capital_ = capital.tolist()
        self.peak_ = max(self.peak_, self.log_martingale_)
        return self.log_martingale_

    @property
    def log_martingale_(self) -> float:
        """Log of the capital of all bets together."""
        return float(np.logaddexp.reduce(self.log_capital_))

    @property
    def alarm_(self) -> bool:
        """Has the martingale ever reached 1 / delta since the last `fit`?"""
        return self.peak_ >= -math.log(self.delta)

    def remember(self, score: float) -> tuple[int, int] | None:
        """Remember a score; how many of all are greater, and equal, itself among them."""
        if math.isnan(score):
            self.n_left_out_ += 1
            return None
        value = min(max(float(score), -FARTHEST), FARTHEST)
        value = value if self.decimals is None else round(value, self.decimals)
        i = bisect.bisect_left(self.values_, value)
        if i == len(self.values_) or self.values_[i] != value:
            self.values_.insert(i, value)
            self.counts_.insert(i, 0)
        self.counts_[i] += 1
        return sum(self.counts_[i + 1 :]), self.counts_[i]

    def to_json(self) -> dict[str, Any]:
        """Options and state, ready for JSON."""
        return {
            "delta": self.delta,
            "jump": self.jump,
            "bets": list(self.bets),
            "decimals": self.decimals,
            "random_state": self.random_state,
            "values": list(self.values_),
            "counts": list(self.counts_),
            "log_capital": list(self.log_capital_),
            "peak": self.peak_,
            "n_left_out": self.n_left_out_,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """A martingale that goes on where the saved one stood."""
        options = {k: saved[k] for k in ("delta", "jump", "decimals", "random_state")}
        loaded = cls(**options, bets=tuple(saved["bets"])).fit()
        loaded.values_, loaded.counts_ = list(saved["values"]), list(saved["counts"])
        loaded.log_capital_, loaded.peak_ = list(saved["log_capital"]), saved["peak"]
        loaded.n_left_out_ = saved["n_left_out"]
        return loaded
