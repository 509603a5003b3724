"""MetaGPT's scales: the card's numbers, the bound they minimise, limits and laws."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from dubito.merge import MetaGPT, TaskArithmetic, merged, task_vectors


def orthogonal(*lengths: float) -> tuple[dict, list[dict]]:
    """A base that is not 0, and experts along axes of two tensors, not in tensors of their own."""
    base = {"a": torch.full((2,), 0.5, dtype=torch.float64), "b": torch.ones(1, 2).double()}
    experts = []
    for i, length in enumerate(lengths):
        shift = torch.zeros(4, dtype=torch.float64)
        shift[i] = length
        experts.append({"a": base["a"] + shift[:2], "b": base["b"] + shift[2:]})
    return base, experts


def test_the_worked_lengths() -> None:
    """3, 4, 12: 9, 16, 144 of 169."""
    base, experts = orthogonal(3, 4, 12)
    rule = MetaGPT()(base, experts)
    assert rule.scales == pytest.approx((0.05325, 0.09467, 0.85207), abs=1e-5)
    found = merged(base, experts, rule)
    np.testing.assert_allclose(found["a"], [0.5 + 3 * 9 / 169, 0.5 + 4 * 16 / 169])
    np.testing.assert_allclose(found["b"], [[1 + 12 * 144 / 169, 1]])


def test_they_minimise_the_bound() -> None:
    """sum_t |tau_t|^2 |sum_k lambda_k tau_k - tau_t|^2, found by a general optimiser."""
    taus = np.diag([3.0, 4.0, 12.0])

    def bound(scales: np.ndarray) -> float:
        return sum((t @ t) * ((scales @ taus - t) @ (scales @ taus - t)) for t in taus)

    best = minimize(bound, np.full(3, 1 / 3), tol=1e-12).x
    assert MetaGPT()(*orthogonal(3, 4, 12)).scales == pytest.approx(best, abs=1e-5)


def test_equal_lengths_are_the_mean_and_one_expert_is_itself() -> None:
    assert MetaGPT()(*orthogonal(5, 5, 5)).scales == pytest.approx((1 / 3,) * 3)
    base, experts = orthogonal(7)
    rule = MetaGPT()(base, experts)
    assert rule == TaskArithmetic((1.0,))
    found = merged(base, experts, rule)
    assert {n: t.tolist() for n, t in found.items()} == {
        n: t.tolist() for n, t in experts[0].items()
    }


def test_scale_free_and_odds() -> None:
    """All times 10: the same. One twice as long: its odds times 4."""
    plain = MetaGPT()(*orthogonal(1, 2, 3)).scales
    assert MetaGPT()(*orthogonal(10, 20, 30)).scales == pytest.approx(plain)
    longer = MetaGPT()(*orthogonal(1, 4, 3)).scales[1]
    assert longer / (1 - longer) == pytest.approx(4 * plain[1] / (1 - plain[1]))


def test_the_order_of_experts_only_orders_the_scales() -> None:
    scales = MetaGPT()(*orthogonal(1, 2, 3)).scales
    base, experts = orthogonal(1, 2, 3)
    assert MetaGPT()(base, experts[::-1]).scales == pytest.approx(scales[::-1])


def test_nothing_learnt() -> None:
    assert MetaGPT()(*orthogonal(0, 2)).scales == (0.0, 1.0)
    base, experts = orthogonal(0, 0)
    rule = MetaGPT()(base, experts)
    assert rule.scales == (0.0, 0.0)
    assert merged(base, experts, rule)["a"].tolist() == base["a"].tolist()


def test_kept_tensors_do_not_count() -> None:
    """Without "b" the third, which lives there, has learnt nothing: 9 and 16 of 25."""
    base, experts = orthogonal(3, 4, 12)
    assert MetaGPT(keep=("b",))(base, experts).scales == pytest.approx((0.36, 0.64, 0.0))
    assert MetaGPT().scales(task_vectors(base, experts, keep=("b",))) == pytest.approx(
        (0.36, 0.64, 0.0)
    )
