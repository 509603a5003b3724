"""The split-point identity: the card's exact checks, its algebra, its limits (spc-uq)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dubito.calibrate.split_point import (
    MeanErrors,
    class_score,
    corrected,
    relative_gap,
    split_point_score,
    widening,
)
from dubito.calibrate.split_point_heads import Said, SplitHeads, coverage_loss, mean_where


def of(residual: np.ndarray, share: np.ndarray) -> MeanErrors:
    """Exact means of a law on a few residuals."""
    up = residual > 0
    return MeanErrors(
        np.array(share @ np.abs(residual)),
        np.array(share[up] @ residual[up] / share[up].sum()),
        np.array(share[~up] @ -residual[~up] / share[~up].sum()),
    )


def errors(mean: float, above: float, below: float) -> MeanErrors:
    return MeanErrors(np.array(mean), np.array(above), np.array(below))


def test_right_predictor_scores_nothing() -> None:
    """+3 w.p. 1/4, -1 w.p. 3/4: means 1.5, 3, 1: 2*3*1 = 6 = 1.5 * 4."""
    found = of(np.array([3.0, -1.0]), np.array([0.25, 0.75]))
    assert [float(m) for m in found] == [1.5, 3.0, 1.0]
    assert split_point_score(found) == 0
    assert relative_gap(found) == 0
    assert widening(found) == (1, 1)


def test_biases() -> None:
    """Sizes 2 and 2: 0 whatever the shares. +3.5 w.p. 1/4, -.5: |2*1.75 - 1.25*4| = 1.5.

    Its gap is |1.25 - 3.5 / 4| / 1.25 = 0.3.
    """
    hidden = of(np.array([2.0, -2.0]), np.array([0.9, 0.1]))
    assert split_point_score(hidden) == pytest.approx(0)
    shown = of(np.array([3.5, -0.5]), np.array([0.25, 0.75]))
    assert split_point_score(shown) == pytest.approx(1.5)
    assert relative_gap(shown) == pytest.approx(0.3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.01, 10), min_size=1, max_size=5),
    st.lists(st.floats(0.01, 10), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_score_is_bias_times_asymmetry(up: list[float], down: list[float], seed: int) -> None:
    """|E[r]| |above - below|, whatever the law."""
    residual = np.array([*up, *(-d for d in down)])
    weight = np.random.default_rng(seed).uniform(0.01, 1, len(residual))
    share = weight / weight.sum()
    found = of(residual, share)
    bias = float(share @ residual)
    expected = abs(bias) * abs(float(found.above - found.below))
    assert split_point_score(found) == pytest.approx(expected, abs=1e-9)


def test_scale() -> None:
    one, scaled = errors(1.25, 3.5, 0.5), errors(8.75, 24.5, 3.5)
    assert split_point_score(scaled) == pytest.approx(49 * split_point_score(one))
    assert relative_gap(scaled) == pytest.approx(relative_gap(one))
    assert np.array(widening(scaled)) == pytest.approx(np.array(widening(one)))


def test_widening_by_hand() -> None:
    """Means 1.25, 3.5, .5. Above: 2*.5 - 1.25 < 0, the most. Below: 4.375 / (5.75 * .5) = 1.5217.

    Means 1, 1, .75: above .75 / (.5 * 1) = 1.5; below 1 / (1 * .75) = 4/3.
    """
    assert widening(errors(1.25, 3.5, 0.5), most=7.0) == pytest.approx((7.0, 4.375 / 2.875))
    assert widening(errors(1.0, 1.0, 0.75)) == pytest.approx((1.5, 4 / 3))
    assert widening(errors(1.0, 1.0, 0.75), most=1.4) == pytest.approx((1.4, 4 / 3))
    assert widening(errors(0.5, 1.0, 1.0)) == (1, 1)  # never narrower
    unknown = widening(errors(1.0, np.nan, 1.0))
    assert np.isnan(unknown).all()


def test_classes() -> None:
    """p = (.8, .2): 2 p (1 - p) = .32 each; means (1, 1) score .68 * 2 = 1.36."""
    p = [[0.8, 0.2], [0.8, 0.2]]
    score = class_score(p, [[0.32, 0.32], [1.0, 1.0]])
    assert score.tolist() == pytest.approx([0, 1.36])


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_correction_finds_the_truth(k: int, seed: int) -> None:
    """Exact mean errors p (1 - pi) + pi (1 - p) of a truth pi give it back."""
    rng = np.random.default_rng(seed)
    p, truth = rng.dirichlet(np.ones(k), size=2)
    error = p * (1 - truth) + truth * (1 - p)
    usable = (np.abs(1 - 2 * p) > 0.05).all()
    got = corrected(p, error)
    assert got.sum() == pytest.approx(1)
    if usable:
        assert got == pytest.approx(truth, abs=1e-9)
    assert corrected(p, 2 * p * (1 - p)) == pytest.approx(p)
    score = np.abs((truth - p) * (1 - 2 * p)).sum()  # what is left of the two
    assert class_score(p, error) == pytest.approx(score)


def test_correction_at_the_edges() -> None:
    """Near 1/2 nothing can be told; what sums to nothing is left as it was."""
    assert corrected([0.51, 0.49], [0.9, 0.9]).tolist() == pytest.approx([0.51, 0.49])
    assert corrected([0.1, 0.9], [0.0, 1.0]).tolist() == pytest.approx([0.1, 0.9])


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_coverage_loss_by_hand() -> None:
    """All covered, 1 too far: .05 * 1. Half covered: .45 * 3, of the one outside alone."""
    assert coverage_loss(t(2.0, 3.0), t(1.0, 2.0), 0.95).item() == pytest.approx(0.05)
    assert coverage_loss(t(2.0, 3.0), t(1.0, 6.0), 0.95).item() == pytest.approx(0.45 * 3)
    assert coverage_loss(t(2.0, 3.0), t(2.0, 6.0), 0.5).item() == 0
    assert coverage_loss(t(2.0, 3.0), t(0.5, 6.0), 0.4).item() == pytest.approx(0.1 * 1.5)
    assert coverage_loss(t(), t(), 0.95).item() == 0


def test_coverage_loss_pulls_the_right_way() -> None:
    short, far = t(1.0, 1.0).requires_grad_(), t(9.0, 9.0).requires_grad_()
    coverage_loss(short, t(5.0, 6.0), 0.95).backward()
    coverage_loss(far, t(5.0, 6.0), 0.95).backward()
    assert short.grad is not None
    assert (short.grad < 0).all()
    assert far.grad is not None
    assert (far.grad > 0).all()


def test_mean_where() -> None:
    values = t(1.0, 5.0, 9.0)
    assert mean_where(values, torch.tensor([True, False, True])).item() == 5
    assert mean_where(values, torch.zeros(3, dtype=torch.bool)).item() == 0


def heads() -> SplitHeads:
    zero = torch.zeros(2, dtype=torch.float64)
    return SplitHeads(zero, zero + 1, t(2.0)[0], widths=(3,), seed=0)


def test_heads_see_their_own_side_and_share_nothing() -> None:
    """Errors above only: the heads of the other side get no gradient, and no head another's."""
    model = heads()
    z = torch.randn(6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    model.loss(z, torch.full((6,), 3.0, dtype=torch.float64), 0.95).backward()

    def moved(i: int) -> bool:
        grads = [p.grad for p in model.networks[i].parameters()]
        return any(g is not None and bool((g != 0).any()) for g in grads)

    assert [moved(Said._fields.index(n)) for n in ("mean", "above", "below", "upper", "lower")] == [
        True,
        True,
        False,
        True,
        False,
    ]
    model = heads()
    model(z).mean.sum().backward()
    assert moved(0)
    assert not any(moved(i) for i in range(1, 5))


def test_loss_by_hand() -> None:
    """All heads say u = 2 softplus(0) = 1.3863; r = +4, -1, level .95, divided by 2 and by 4."""
    model = heads()
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    u = 2 * np.log(2)
    means = ((u - 4) ** 2 + (u - 1) ** 2) / 2 + (u - 4) ** 2 + (u - 1) ** 2
    reaches = 0.95 * (4 - u) + 0.05 * (u - 1)
    got = model.loss(torch.zeros(2, 2, dtype=torch.float64), t(4.0, -1.0), 0.95).item()
    assert got == pytest.approx(means / 4 + reaches / 2)


def test_heads_begin_apart() -> None:
    """Three separate learners: no two networks have a weight in common."""
    first = [net[0].weight for net in heads().networks]
    assert all(not torch.equal(a, b) for i, a in enumerate(first) for b in first[:i])
