"""A calibration for `dubito ask`, learned from a whole run."""

import numpy as np

from dubito.answer import DEFAULT, Calibration
from dubito.bench.evaluate import Results
from dubito.calibrate.combination import LogisticCombination


def learned(results: Results, *, model: str, data: str) -> Calibration:
    """The combination of the default shelf, fitted on all questions of a run.

    Raises:
        ValueError: the run has none of these estimators.
    """
    names = [n for n in DEFAULT if n in results.scores]
    if not names:
        raise ValueError(f"the run has none of {', '.join(DEFAULT)}; run bench with all estimators")
    doubts = np.array([[s.doubt for s in results.scores[n]] for n in names]).T  # [N, M]
    fitted = LogisticCombination(l2=len(names)).fit(doubts, results.right)
    source = f"learned from {len(results.right)} questions of the set {data}"
    return Calibration(model, tuple(names), fitted.curve_, source)
