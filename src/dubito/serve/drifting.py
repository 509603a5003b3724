"""Do doubts drift? Of each that answers on its own: another model's doubts are no drift."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from dubito.calibrate.drift import DriftMartingale
from dubito.serve.summary import main_doubt

MOST = 64  # that are followed at a time; clients may name any model to an upstream


class Drifts:
    """A martingale for each of those that answered last; `delta` is the chance of each to err."""

    def __init__(self, delta: float) -> None:
        self.delta = delta
        self.followed: OrderedDict[str | None, DriftMartingale] = OrderedDict()

    def update(self, by: str | None, row: Mapping[str, Any]) -> None:
        """One more answer, with its confidence and doubts."""
        known = self.followed.get(by)
        self.keep(by, self.replayed(()) if known is None else known).update(main_doubt(row))

    def follow(self, by: str | None, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take up one that is not followed (any more), from its own rows, oldest first."""
        self.keep(by, self.replayed(rows))

    def keep(self, by: str | None, drift: DriftMartingale) -> DriftMartingale:
        """Follow it as the latest; whoever has answered least recently is forgotten."""
        self.followed[by] = drift
        self.followed.move_to_end(by)
        if len(self.followed) > MOST:
            self.followed.popitem(last=False)
        return drift

    def of(self, by: str | None) -> DriftMartingale | None:
        """Its drift, where it has answered here."""
        return self.followed.get(by)

    def replayed(self, rows: Iterable[Mapping[str, Any]]) -> DriftMartingale:
        """The drift of rows of one of them, oldest first."""
        drift = DriftMartingale(delta=self.delta, decimals=3).fit()
        for row in rows:
            drift.update(main_doubt(row))
        return drift

    @property
    def most(self) -> float:
        """The highest log martingale of all, nats; 0 without any."""
        return max((d.log_martingale_ for d in self.followed.values()), default=0.0)
