"""Gram-Schmidt over the vectors of each item: numbers, laws, limits, a second opinion."""

import pytest
import torch

from dubito.nn.orthonormal import gram_schmidt, mean_cosine


def tensor(values) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def vectors(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # (4, 5) loses (4, 0).
        ([[3.0, 0], [4, 5]], [[1.0, 0], [0, 1]]),
        # (1, 0, 1) loses its half (1/2, 1/2, 0): (1/2, -1/2, 1), of length sqrt(3/2).
        ([[1.0, 1, 0], [1, 0, 1]], [[0.7071, 0.7071, 0], [0.4082, -0.4082, 0.8165]]),
        # The second stays on its own side: -1 and not 1.
        ([[2.0, 0], [1, -3]], [[1.0, 0], [0, -1]]),
    ],
)
def test_by_hand(given, expected) -> None:
    assert torch.allclose(gram_schmidt(tensor(given)), tensor(expected), atol=1e-4)


def test_each_item_by_itself_and_across_its_vectors() -> None:
    batch = vectors(2, 5, 3, 7)
    basis = gram_schmidt(batch)
    eye = torch.eye(3, dtype=torch.float64).expand(2, 5, 3, 3)
    assert torch.allclose(basis @ basis.mT, eye)
    assert torch.allclose(basis[1, 4], gram_schmidt(batch[1, 4]))


def test_it_is_qr_with_a_positive_diagonal() -> None:
    batch = vectors(6, 4, 9, seed=1)
    q, r = torch.linalg.qr(batch.mT)
    expected = (q * r.diagonal(dim1=-2, dim2=-1).sign()[:, None, :]).mT
    assert torch.allclose(gram_schmidt(batch), expected)


def test_lengths_do_not_count_and_order_does() -> None:
    batch = vectors(6, 4, 9, seed=2)
    basis = gram_schmidt(batch)
    assert torch.allclose(gram_schmidt(batch * tensor([1e-12, 1e-18, 40.0, 0.1])[:, None]), basis)
    assert not torch.allclose(gram_schmidt(batch.flip(1)).flip(1), basis)


def test_single_precision_stays_orthonormal() -> None:
    """To 1e-5 at 6 vectors of 400, also where they are almost the same."""
    for spread in (1.0, 1e-3):
        batch = (vectors(3, 1, 400) + spread * vectors(3, 6, 400, seed=3)).float()
        basis = gram_schmidt(batch)
        assert (basis @ basis.mT - torch.eye(6)).abs().max() < 1e-5


def test_gradients() -> None:
    batch = vectors(2, 3, 4, seed=4).requires_grad_()
    assert torch.autograd.gradcheck(gram_schmidt, batch)
    value = (gram_schmidt(batch) * vectors(2, 3, 4, seed=5)).sum()
    (slope,) = torch.autograd.grad(value, batch)
    # A vector's own length is normalised away.
    assert torch.allclose((slope * batch).sum(dim=-1), tensor(0.0), atol=1e-12)
    # What comes later in the order reaches those before it too.
    later = (gram_schmidt(batch)[:, 2] * vectors(2, 4, seed=6)).sum()
    assert (torch.autograd.grad(later, batch)[0].norm(dim=-1) > 1e-3).all()


def test_what_is_left_of_nothing() -> None:
    """Zeros and repeats give numbers, not NaN; so do their gradients."""
    batch = tensor([[1.0, 0, 0], [1, 0, 0], [0, 0, 0]]).requires_grad_()
    basis = gram_schmidt(batch)
    assert basis[0].tolist() == [1.0, 0.0, 0.0]
    basis.sum().backward()
    assert basis.isfinite().all()
    assert batch.grad.isfinite().all()


def test_more_vectors_than_dimensions() -> None:
    with pytest.raises(ValueError, match="3 vectors in 2 dimensions"):
        gram_schmidt(vectors(1, 3, 2))


def test_mean_cosine() -> None:
    """|cos| of (1,0)(1,1) .7071, (1,0)(0,-2) 0, (1,1)(0,-2) .7071: two thirds of .7071."""
    given = tensor([[1.0, 0], [1, 1], [0, -2]])
    assert mean_cosine(given).item() == pytest.approx(2 / 3 * 0.5**0.5)
    assert mean_cosine(vectors(5, 1, 4)).tolist() == [0.0] * 5
    assert mean_cosine(gram_schmidt(vectors(5, 3, 4))).max() < 1e-12
