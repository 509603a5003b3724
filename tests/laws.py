"""Promises with names: what whole families of functions and estimators owe, as assertions."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from dubito.evidence import Estimator, Evidence, Missing, Plan, Score

Function = Callable[[Any], Any]


def assert_doubt(score: Score, *, tokens: int | None = None) -> None:
    """A finite number without a reason; one finite value a token; bounds that enclose the doubt."""
    assert isinstance(score.doubt, float)
    assert math.isfinite(score.doubt), score
    assert score.reason == ""
    if score.tokens is not None:
        assert tokens is None or len(score.tokens) == tokens
        assert all(math.isfinite(t) for t in score.tokens), score.tokens
    assert all(math.isfinite(part) for part in score.parts.values()), score.parts
    if score.bounds is not None:
        lower, upper = score.bounds
        assert lower <= score.doubt <= upper


def assert_never_silent(estimator: Estimator, evidence: Evidence) -> None:
    """On hard evidence: a doubt that is a number (infinite allowed), or `Missing`; never NaN."""
    try:
        score = estimator(evidence)
    except Missing:
        return
    assert not math.isnan(score.doubt)
    assert not any(math.isnan(t) for t in score.tokens or ())
    assert not any(math.isnan(part) for part in score.parts.values())


def assert_plan_is_used(estimator: Estimator, evidence: Evidence) -> None:
    """Without a thing it asked for: `Missing` or another score, never the same one."""
    plan = estimator.plan
    full = estimator(evidence.only(plan))
    for f in fields(Plan):
        less = replace(plan, **{f.name: f.default})
        if less != plan:
            try:
                got = estimator(evidence.only(less))
            except Missing:
                continue
            assert got != full, f"{f.name} is collected but not used"


def assert_missing_is_said(estimator: Estimator, evidence: Evidence) -> None:
    """On evidence that holds nothing but texts, an estimator that asked for more says `Missing`."""
    if replace(estimator.plan, samples=0) != Plan():
        with pytest.raises(Missing, match=r"\w"):
            estimator(evidence.only(Plan(samples=estimator.plan.samples)))


def assert_order_free(estimator: Estimator, evidence: Evidence) -> None:
    """Samples are exchangeable: reversed or rotated, they give the same score."""
    seen = evidence.only(estimator.plan)
    order = list(range(len(seen.samples)))
    full = estimator(seen)
    for permuted in (order[::-1], order[1:] + order[:1], order[::2] + order[1::2]):
        assert_scores_close(estimator(seen.take(permuted)), full)


def assert_scores_close(a: Score, b: Score, *, tolerance: float = 1e-9) -> None:
    """The same doubt, token values and parts, up to rounding."""

    def near(value: Any) -> Any:
        return pytest.approx(value, rel=tolerance, abs=tolerance)

    assert a.doubt == near(b.doubt)
    assert (a.tokens or ()) == near(b.tokens or ())
    assert dict(a.parts) == near(dict(b.parts))


def assert_same_bits(estimator: Estimator, evidence: Evidence) -> None:
    """Asked twice: exactly the same score, and the evidence as it was."""
    seen = evidence.only(estimator.plan)
    before = arrays(seen)
    first = estimator(seen)
    assert estimator(seen) == first
    for now, then in zip(arrays(seen), before, strict=True):
        np.testing.assert_array_equal(now, then)


def arrays(evidence: Evidence) -> list[Any]:
    """Copies of all arrays in the evidence."""
    records = [evidence, evidence.answer, *evidence.samples]
    records += [s.top for s in (evidence.answer, *evidence.samples) if s.top is not None]
    values = [getattr(r, f.name) for r in records for f in fields(r)]
    return [v.copy() for v in values if isinstance(v, np.ndarray)]


def assert_frozen(thing: object) -> None:
    """A frozen dataclass: its options cannot change after it was made."""
    assert is_dataclass(thing)
    assert type(thing).__dataclass_params__.frozen  # pyright: ignore[reportAttributeAccessIssue]
    assert hash(thing) == hash(replace(thing))


def assert_monotone(function: Function, inputs: Sequence[Any], *, falling: bool = False) -> None:
    """Strictly rising (or falling) along the inputs."""
    values = np.array([function(x) for x in inputs], dtype=float)
    steps = np.diff(-values if falling else values)
    assert (steps > 0).all(), values


def assert_scale_free(function: Function, x: Any, *, factors: Iterable[float] = (1e-3, 7)) -> None:
    """Multiplying the input by a positive factor changes nothing."""
    for factor in factors:
        np.testing.assert_allclose(function(x * factor), function(x), rtol=1e-9, atol=1e-12)


def assert_shift_free(function: Function, x: Any, *, shifts: Iterable[float] = (-50, 3)) -> None:
    """Adding a constant to the input changes nothing."""
    for shift in shifts:
        np.testing.assert_allclose(function(x + shift), function(x), rtol=1e-9, atol=1e-12)


def assert_symmetric(function: Callable[[Any, Any], Any], a: Any, b: Any) -> None:
    """Exchanging the two inputs changes nothing."""
    np.testing.assert_allclose(function(a, b), function(b, a), rtol=1e-12, atol=1e-14)


def assert_axis_free(function: Function, x: Any) -> None:
    """Exchanging entries of the last axis, the categories, changes nothing."""
    np.testing.assert_allclose(function(x[..., ::-1]), function(x), rtol=1e-12, atol=1e-14)
