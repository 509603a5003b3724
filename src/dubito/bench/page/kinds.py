"""Where the model is good and where its doubt can be trusted, by kind of question."""

import math
from dataclasses import dataclass

import numpy as np

from dubito.bench.evaluate import Results
from dubito.bench.metrics import auroc, scored
from dubito.bench.page.readings import doubt_of, spokesman
from dubito.bench.page.words import counted, number, percent
from dubito.maths.resample import Interval, bootstrap_interval


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question."""

    name: str
    accuracy: float  # of all questions of the kind, in [0, 1]
    share: str
    counts: str
    bar: Interval | None  # AUROC
    auroc: str
    interval: str  # or why there is none


def kinds(results: Results) -> list[Kind]:
    """The kinds that occur, in the order of their names."""
    of = np.array([question.kind for question in results.questions])
    return [one_kind(results, kind, of == kind) for kind in sorted(set(of.tolist()))]


def one_kind(results: Results, kind: str, members: np.ndarray) -> Kind:
    """Accuracy over all its questions, and AUROC of the spokesman over those that have a score."""
    doubt = doubt_of(results, spokesman(results))
    known, wrong, _ = scored(doubt[members], ~results.right[members])
    found = bootstrap_interval(auroc, known, wrong, rng=np.random.default_rng(0))
    right = int(results.right[members].sum())
    missing = math.isnan(found.estimate)
    between = f"{number(found.low)} to {number(found.high)}, {counted(len(wrong), 'answer')}"
    return Kind(
        name=kind or "(no kind given)",
        accuracy=right / members.sum(),
        share=percent(right / members.sum()),
        counts=f"{right} of {members.sum()}",
        bar=None if missing else found,
        auroc=number(found.estimate),
        interval=absent(wrong) if missing else between,
    )


def absent(wrong: np.ndarray) -> str:
    """Why these answers have no AUROC."""
    if not len(wrong):
        return "no answer has a score"
    return f"{counted(len(wrong), 'answer')}, all {'wrong' if wrong.all() else 'right'}"
