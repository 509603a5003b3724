"""A query of 100 out of a pool of 20,000 x 384: ours and scikit-activeml's, the same inputs.

All in one process, in turns, one thread; figures are medians of ratios of CPU seconds. What the
members say is given to both, so no model is trained or asked:

    python benchmarks/acquisition.py [--rounds 3] [--json benchmarks/acquisition.json]

scikit-activeml (pip install scikit-activeml) is needed here alone.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from skactiveml.base import SkactivemlClassifier
from skactiveml.pool import CoreSet, GreedyBALD, MaxHerding, TypiClust
from threadpoolctl import threadpool_limits

from dubito.acquire import BALPM, Pool, by_dispute
from dubito.evidence import Floats

WIDTH, LABELLED, WANTED, MEMBERS, KINDS = 384, 100, 100, 5, 60


class Told(SkactivemlClassifier):
    """A member whose probabilities are known."""

    def __init__(self, known: Floats | None = None, classes: tuple[int, ...] = (0, 1)) -> None:
        super().__init__(classes=classes)
        self.known = known
        self.classes_ = np.array(classes)

    def fit(self, X: Floats, y: Floats) -> "Told":
        """Nothing to learn."""
        del X, y
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Of the examples without a label, which are all that is asked for."""
        assert self.known is not None
        assert len(X) == len(self.known)
        return self.known


def made_up(n: int, seed: int) -> tuple[Pool, Floats]:
    """Texts of 60 kinds as unit vectors in single precision; labels, NaN where there is none."""
    rng = np.random.default_rng(seed)
    middle = rng.normal(size=(KINDS, WIDTH))[rng.integers(KINDS, size=n)]
    texts = middle + 0.6 * rng.normal(size=(n, WIDTH))
    texts = (texts / np.linalg.norm(texts, axis=1, keepdims=True)).astype(np.float32)
    first = rng.beta(2, 2, size=(MEMBERS, n))
    labelled = np.zeros(n, dtype=bool)
    labelled[rng.choice(n, LABELLED, replace=False)] = True
    y = np.where(labelled, rng.integers(2, size=n), np.nan)
    return Pool(labelled, texts, np.stack([first, 1 - first], axis=-1)), y


def ways(n: int, seed: int, *, dense: bool) -> dict[str, Callable[[], object]]:
    """Each query, ready to be asked for 100; `dense`: those that hold all pairs at once."""
    pool, y = made_up(n, seed)
    rng = np.random.default_rng(seed)
    x, told = pool.features, pool.probabilities
    members = [Told(known=p[pool.free]) for p in told]
    found: dict[str, Callable[[], object]] = {
        "ours: dispute and entropy (bal-pm)": lambda: BALPM(0.05)(pool, WANTED, rng),
    }
    if dense:
        herd = MaxHerding(random_state=seed)
        return found | {"MaxHerding": lambda: herd.query(x, y, batch_size=WANTED)}
    bald, core, typical = (q(random_state=seed) for q in (GreedyBALD, CoreSet, TypiClust))
    return found | {
        "ours: dispute alone": lambda: by_dispute(pool, WANTED, rng),
        "GreedyBALD": lambda: bald.query(x, y, members, fit_ensemble=False, batch_size=WANTED),
        "CoreSet": lambda: core.query(x, y, batch_size=WANTED),
        "TypiClust": lambda: typical.query(x, y, batch_size=WANTED),
    }


def timed(query: Callable[[], object]) -> float:
    """CPU seconds."""
    with threadpool_limits(1):
        begin = time.process_time()
        query()
        return time.process_time() - begin


def main() -> None:
    """Ask in turns, print medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    told: dict[str, object] = {}
    for n, dense in ((20_000, False), (5_000, True)):
        taken: dict[str, list[float]] = {}
        for seed in range(given.rounds):
            for way, query in ways(n, seed, dense=dense).items():
                taken.setdefault(way, []).append(timed(query))
                print(n, way, round(taken[way][-1], 3), flush=True)
        told[f"pool of {n}"] = summary(taken)
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def summary(taken: dict[str, list[float]]) -> dict[str, object]:
    """CPU seconds, and ours as a share of what is comparable, round by round."""
    pairs = {
        "ours: dispute alone": ("GreedyBALD",),
        "ours: dispute and entropy (bal-pm)": ("CoreSet", "TypiClust", "MaxHerding"),
    }
    shares = {
        f"{mine} / {theirs}": round(
            statistics.median(a / b for a, b in zip(taken[mine], taken[theirs], strict=True)),
            3,
        )
        for mine, others in pairs.items()
        for theirs in others
        if mine in taken and theirs in taken
    }
    return {"cpu s": {w: round(statistics.median(t), 3) for w, t in taken.items()}, **shares}


if __name__ == "__main__":
    main()
