"""Plausibilities, evidential-confusion: the card's exact checks, all subsets, the loss."""

import itertools
import math

import pytest
import torch

from dubito.nn.dirichlet import expected_surprise, uniform_kl
from dubito.nn.plausibility import (
    concentrations,
    dirichlet_of,
    flexible_loss,
    joint_plausibility,
    masses,
    pair_confusion,
    set_mass,
)


def logits(*plausible: float) -> torch.Tensor:
    """0 and 1 stand for a logit of 40: a hair inside."""
    p = torch.tensor(plausible, dtype=torch.float64)
    return torch.logit(p).clamp(-40, 40)


def subsets(classes: int) -> torch.Tensor:
    """All 2^K of them, bool [2^K, K]."""
    return torch.tensor(list(itertools.product([False, True], repeat=classes)))


def test_three_classes_by_hand() -> None:
    z = logits(0.9, 0.8, 0.1)
    seen = masses(z)
    assert seen.ignorance.item() == pytest.approx(0.018)  # .1 * .2 * .9
    # .9 * .2 * .9, .1 * .8 * .9, .1 * .2 * .1
    assert seen.belief.tolist() == pytest.approx([0.162, 0.072, 0.002])
    assert seen.confusion.item() == pytest.approx(0.746)  # 1 - .236 - .018
    assert 1 - seen.belief.sum().item() == pytest.approx(0.764)
    assert pair_confusion(z)[0, 1].item() == pytest.approx(0.9 * 0.8 * 0.9)
    assert pair_confusion(z)[1, 2].item() == pytest.approx(0.1 * 0.8 * 0.1)
    assert joint_plausibility(z)[0, 1].item() == pytest.approx(0.72)


@pytest.mark.parametrize("seed", range(5))
def test_all_sets_add_up_and_hold_what_they_should(seed: int) -> None:
    """Sum 1; plausibility is the mass of the sets with i; confusion that of sets of two or more."""
    z = 3 * torch.randn(4, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    members = subsets(4)
    mass = set_mass(z, members)  # [16]
    assert mass.sum().item() == pytest.approx(1)
    torch.testing.assert_close(mass @ members.double(), z.sigmoid())
    size = members.sum(dim=1)
    seen = masses(z)
    assert seen.ignorance.item() == pytest.approx(mass[size == 0].item())
    assert seen.confusion.item() == pytest.approx(mass[size >= 2].sum().item())
    for i in range(4):
        alone = mass[(size == 1) & members[:, i]].item()
        assert seen.belief[i].item() == pytest.approx(alone)
        for j in range(i):
            both = members[:, i] & members[:, j]
            assert pair_confusion(z)[i, j].item() == pytest.approx(mass[both & (size == 2)].item())
            assert joint_plausibility(z)[i, j].item() == pytest.approx(mass[both].sum().item())


def test_certain_plausibilities() -> None:
    one = masses(logits(1, 0, 0))
    assert one.belief[0].item() == pytest.approx(1)
    assert one.ignorance.item() == pytest.approx(0)
    assert one.confusion.item() == pytest.approx(0)
    assert concentrations(logits(1, 0, 0))[0].item() == pytest.approx(3e6 + 1)  # U held at 1e-6
    none = logits(0, 0, 0)
    assert masses(none).ignorance.item() == pytest.approx(1)
    assert concentrations(none).tolist() == pytest.approx([1, 1, 1])
    two = logits(1, 1, 0)
    assert masses(two).confusion.item() == pytest.approx(1)
    assert pair_confusion(two)[0, 1].item() == pytest.approx(1)


def test_halves_by_hand() -> None:
    z = logits(0.5, 0.5, 0.5)
    assert set_mass(z, subsets(3)).tolist() == pytest.approx([1 / 8] * 8)
    assert masses(z).belief.tolist() == pytest.approx([0.125] * 3)
    assert masses(z).confusion.item() == pytest.approx(0.5)
    assert concentrations(z).tolist() == pytest.approx([1.6] * 3)  # 1 + 3 * .125 / .625
    assert concentrations(z).sum().item() == pytest.approx(4.8)  # K / U


def test_concentrations_have_the_mean_that_they_should() -> None:
    z = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    alpha, belief = concentrations(z), masses(z).belief
    uncommitted = 1 - belief.sum(dim=-1, keepdim=True)
    torch.testing.assert_close(alpha / alpha.sum(dim=-1, keepdim=True), belief + uncommitted / 4)
    torch.testing.assert_close(dirichlet_of(belief), alpha)


def test_a_thousand_classes_do_not_underflow() -> None:
    seen = masses(logits(*[0.01] * 1000))
    assert seen.ignorance.item() == pytest.approx(0.99**1000)  # 4e-5
    sure = torch.full((1000,), -50.0, dtype=torch.float64)
    sure[3] = 700.0
    assert masses(sure).belief[3].item() == pytest.approx(1)
    assert all(torch.isfinite(part).all() for part in masses(torch.full((50,), 800.0)))


def test_pairs_are_symmetric_without_a_diagonal() -> None:
    z = torch.randn(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for pairs in (pair_confusion(z), joint_plausibility(z)):
        assert pairs.shape == (3, 5, 5)
        torch.testing.assert_close(pairs, pairs.mT)
        assert (pairs.diagonal(dim1=-2, dim2=-1) == 0).all()


def test_belief_ranks_as_the_logits_do() -> None:
    z = torch.randn(50, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    assert torch.equal(masses(z).belief.argsort(dim=-1), z.argsort(dim=-1))


def test_loss_by_hand() -> None:
    z, target = logits(0.5, 0.5, 0.5)[None], torch.tensor([0])
    alpha = torch.full((1, 3), 1.6, dtype=torch.float64)
    surprise = expected_surprise(alpha, target).item()
    short = (0.5 - (1 - 0.125)) ** 2
    false = uniform_kl(torch.tensor([1.0, 1.6, 1.6], dtype=torch.float64)).item()
    assert flexible_loss(z, target, regulariser=0, kl=0).item() == pytest.approx(surprise)
    assert flexible_loss(z, target, regulariser=2, kl=3).item() == pytest.approx(
        surprise + 2 * short + 3 * false
    )


def test_the_regulariser_moves_the_true_class_alone() -> None:
    """Ignorance stands still in it, so the other logits feel nothing of it."""
    z = logits(0.6, 0.3, 0.2)[None].requires_grad_()
    target = torch.tensor([1])
    difference = flexible_loss(z, target, regulariser=1, kl=0) - flexible_loss(
        z, target, regulariser=0, kl=0
    )
    (slope,) = torch.autograd.grad(difference.sum(), z)
    # 2 (pl - 1 + I) pl (1 - pl) with pl = .3, I = .4 * .7 * .8 = .224
    assert slope[0].tolist() == pytest.approx([0, 2 * (0.3 - 0.776) * 0.21, 0], abs=1e-12)
    assert slope[0, 1] < 0 < math.inf
