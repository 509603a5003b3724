"""From paired seeds to a verdict: an interval of the gain, and the rule that reads it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import stdtrit

Verdict = Literal["holds", "holds weakly", "not reproduced", "needs scale", "smoke"]


class Interval(NamedTuple):
    """A two-sided confidence interval of a mean."""

    low: float
    high: float


def mean_interval(values: Sequence[float], *, level: float = 0.95) -> Interval:
    """Student's t interval of the mean of n >= 2 values, one a seed.

    A claim has 5 to 20 seeds. A percentile bootstrap over so few covers too seldom (84% instead
    of 95% at n = 5; BCa is no better), since its resamples are narrower than the law by
    sqrt((n - 1) / n) and know nothing of the tails. The gain of one seed is itself an average
    over hundreds of questions, hence nearly normal, for which this interval is exact.

    Raises:
        ValueError: fewer than two values, or one that is not finite.
    """
    x = np.asarray(values, dtype=np.float64)  # [n]
    if len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"an interval needs at least 2 finite values, got {x.tolist()}")
    half = stdtrit(len(x) - 1, (1 + level) / 2) * x.std(ddof=1) / math.sqrt(len(x))
    return Interval(float(x.mean() - half), float(x.mean() + half))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the seeds say; the gain is against the baseline that is hardest to beat."""

    verdict: Verdict
    reason: str
    baseline: str
    effect: float
    interval: Interval
    null_effect: float
    null_interval: Interval


@dataclass(frozen=True, slots=True)
class Terms:
    """What was fixed before looking."""

    margin: float
    scale_reason: str = ""


def judge(
    gains: Mapping[str, Sequence[float]],
    null_gains: Mapping[str, Sequence[float]],
    slacks: Mapping[str, float],
    terms: Terms,
) -> Judgement:
    """The verdict on paired gains, better above 0, one a seed for each baseline.

    The hardest baseline is the one whose 95% interval begins lowest. The null is flat where the
    99% interval of its gain over that baseline holds 0 (1% of honest claims fail this by chance).
    `slacks` are the claim's further conditions, each met above 0.

    holds: interval above the margin, null flat, conditions met. holds weakly: interval above 0,
    null flat. needs scale: neither, but a reason was declared and all conditions (the mechanism)
    are met. not reproduced: the rest.
    """
    intervals = {name: mean_interval(g) for name, g in gains.items()}
    hardest = min(intervals, key=lambda name: intervals[name].low)
    null = mean_interval(null_gains[hardest], level=0.99)
    failed = [name for name, slack in slacks.items() if not slack > 0]
    verdict, reason = read(intervals[hardest].low, null, failed, terms)
    return Judgement(
        verdict=verdict,
        reason=reason,
        baseline=hardest,
        effect=float(np.mean(gains[hardest])),
        interval=intervals[hardest],
        null_effect=float(np.mean(null_gains[hardest])),
        null_interval=null,
    )


def read(low: float, null: Interval, failed: list[str], terms: Terms) -> tuple[Verdict, str]:
    """The rule of `judge` on its few numbers, and why."""
    if not null.low <= 0 <= null.high:
        return "not reproduced", "the null is not flat: a gain is left with the truth shuffled"
    if low > terms.margin and not failed:
        return "holds", ""
    missed = "fails: " + "; ".join(failed) if failed else "gain not above the margin"
    if low > 0:
        return "holds weakly", missed
    if terms.scale_reason and not failed:
        return "needs scale", terms.scale_reason
    return "not reproduced", missed if failed else "gain not above 0"
