"""The row prolip: pair logits, inclusion, and the terms that teach it."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch import nn
from torch.distributions import Normal, kl_divergence

from dubito.embed.gaussians import (
    Gaussians,
    GaussianTower,
    covered,
    vagueness,
    without_tokens,
)
from dubito.embed.prolip import (
    InclusionTerms,
    Pairs,
    ProLIP,
    inclusion,
    overlap,
    prior_divergence,
)
from dubito.nn.contrastive import sigmoid_pairs
from dubito.nn.towers import Tower, built
from laws import assert_frozen


def gaussians(mean: list, variance: list) -> Gaussians:
    return Gaussians(
        torch.tensor(mean, dtype=torch.float64), torch.tensor(variance, dtype=torch.float64).log()
    )


def drawn(rows: int = 3, dimensions: int = 4, seed: int = 0) -> Gaussians:
    generator = torch.Generator().manual_seed(seed)
    mean, u = torch.randn(2, rows, dimensions, generator=generator, dtype=torch.float64)
    return Gaussians(nn.functional.normalize(mean, dim=-1), u)


def test_overlap_and_inclusion_in_one_dimension() -> None:
    """The card: H(N(0,1) in N(0,4)) = -2.9365 and -3.4269 the other way; I = 0.4904."""
    narrow, wide = gaussians([[0.0]], [[1.0]]), gaussians([[0.0]], [[4.0]])
    assert float(overlap(narrow, wide)) == pytest.approx(-2.9365, abs=1e-4)
    assert float(overlap(wide, narrow)) == pytest.approx(-3.4269, abs=1e-4)
    assert float(inclusion(narrow, wide)) == pytest.approx(0.4904, abs=1e-4)


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 0.4904), (1.0, 0.5460), (3.0, 0.9904)])
def test_inclusion_grows_with_the_gap(gap: float, expected: float) -> None:
    """gap^2 (1/6 - 1/9) is added."""
    got = inclusion(gaussians([[gap]], [[1.0]]), gaussians([[0.0]], [[4.0]]))
    assert float(got) == pytest.approx(expected, abs=1e-4)


def test_overlap_as_the_integral() -> None:
    inner, outer = gaussians([[0.3]], [[0.5]]), gaussians([[-0.4]], [[2.0]])

    def density(x: float) -> float:
        return norm.pdf(x, 0.3, 0.5**0.5) ** 2 * norm.pdf(x, -0.4, 2**0.5)

    assert float(overlap(inner, outer)) == pytest.approx(math.log(quad(density, -20, 20)[0]))


def test_dimensions_add_up() -> None:
    a, b = drawn(), drawn(seed=1)
    each = [
        overlap(*(Gaussians(g.mean[:, [i]], g.log_variance[:, [i]]) for g in (a, b)))
        for i in range(4)
    ]
    torch.testing.assert_close(overlap(a, b), torch.stack(each).sum(dim=0))


def test_inclusion_is_antisymmetric_and_nothing_between_equals() -> None:
    a, b = drawn(), drawn(seed=1)
    torch.testing.assert_close(inclusion(a, b), -inclusion(b, a))
    same = Gaussians(b.mean, a.log_variance)
    torch.testing.assert_close(inclusion(a, same), torch.zeros(3).double())


def test_without_variance_it_is_siglip() -> None:
    a, b = drawn(), drawn(seed=1)
    points = [Gaussians(g.mean, torch.full_like(g.log_variance, -math.inf)) for g in (a, b)]
    model = ProLIP(gain=7.0, bias=-2.0).double()
    expected = 7 * a.mean @ b.mean.T - 2
    torch.testing.assert_close(model(*points), expected, rtol=1e-6, atol=1e-6)
    loss = model.loss(Pairs(*points)).detach()
    assert float(loss) == pytest.approx(
        float(sigmoid_pairs(expected, torch.eye(3, dtype=torch.bool))), rel=1e-6
    )


def test_variance_lowers_a_whole_row() -> None:
    """0.3 more in one entry of exp(u_1) takes gain 0.3 / 2 = 0.6 off row 1; of v_2, column 2."""
    a, b, model = drawn(), drawn(seed=1), ProLIP(gain=4.0).double()

    def more(g: Gaussians, row: int) -> Gaussians:
        variance = g.log_variance.exp()
        variance[row, 2] += 0.3
        return Gaussians(g.mean, variance.log())

    row, column = torch.zeros(3, 3).double(), torch.zeros(3, 3).double()
    row[1], column[:, 2] = 0.6, 0.6
    torch.testing.assert_close(model(a, b) - model(more(a, 1), b), row, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(model(a, b) - model(a, more(b, 2)), column, rtol=1e-6, atol=1e-7)


def test_logit_is_the_expected_squared_distance() -> None:
    """|x - y|^2 = 2 - 2 mu nu + both variances on average: counted over 40,000 draws."""
    a, b = drawn(1, 4), drawn(1, 4, seed=1)
    generator = torch.Generator().manual_seed(2)
    x, y = (
        g.mean + (g.log_variance / 2).exp() * torch.randn(40000, 4, generator=generator).double()
        for g in (a, b)
    )
    squared = (x - y).square().sum(dim=-1)
    expected = 1 - float(squared.mean()) / 2
    got = float(ProLIP(gain=1.0, bias=0.0).double()(a, b).detach())
    assert abs(got - expected) < 5 * float(squared.std()) / 2 / 200


def test_other_matches_may_be_told() -> None:
    a, b, model = drawn(), drawn(seed=1), ProLIP().double()
    matches = torch.ones(3, 3, dtype=torch.bool)
    expected = sigmoid_pairs(model(a, b), matches)
    torch.testing.assert_close(model.loss(Pairs(a, b), matches), expected)


def test_prior_divergence_is_torchs() -> None:
    a = drawn()
    law = Normal(a.mean, (a.log_variance / 2).exp())
    standard = Normal(torch.zeros(()).double(), torch.ones(()).double())
    expected = kl_divergence(law, standard).mean()
    assert float(prior_divergence(a)) == pytest.approx(float(expected))


def test_terms_by_hand() -> None:
    """I(picture in text) = 0.4904 in one dimension; masked views are of the first rows only.

    second: log(1 + e^(-2 x 0.4904)) = 0.3184. masked: the picture equals its masked self, log 2;
    the text (variance 4) outside of a masked one of variance 1: log(1 + e^(0.9808)) = 1.2992.
    """
    narrow, wide = gaussians([[0.0]], [[1.0]]), gaussians([[0.0]], [[4.0]])
    pairs, masked = Pairs(narrow, wide), Pairs(narrow, narrow)
    alone = InclusionTerms(second=1, masked=0, prior=0, strength=2)(pairs, masked)
    assert float(alone) == pytest.approx(0.3184, abs=1e-4)
    left = InclusionTerms(second=0, masked=1, prior=0, strength=2)(pairs, masked)
    assert float(left) == pytest.approx(math.log(2) + 1.2992, abs=1e-4)
    prior = InclusionTerms(second=0, masked=0, prior=1)(pairs, masked)
    assert float(prior) == pytest.approx((4 - 1 - math.log(4)) / 2)  # of the wide one
    more = Pairs(*(Gaussians(*(torch.cat([t, t + 9]) for t in g)) for g in pairs))
    same = InclusionTerms(second=0, masked=1, prior=0, strength=2)(more, masked)
    assert float(same) == pytest.approx(float(left))


def test_terms_teach_the_masked_one_to_be_wider() -> None:
    whole, u = drawn(5), torch.full((5, 4), -1.0, dtype=torch.float64, requires_grad=True)
    terms = InclusionTerms(masked=1.0, prior=0.0, strength=1.0)
    terms(Pairs(whole, whole), Pairs(whole, Gaussians(whole.mean, u))).backward()
    assert (u.grad < 0).all()


def test_tower_reads_mean_and_variance_from_a_summary_each() -> None:
    tower = Tower(nn.Embedding(9, 8), 8, layers=1, heads=2, summaries=2)
    model = built(lambda: GaussianTower(tower, 8, 5), 0)
    tokens, present = torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.ones(2, 3, dtype=torch.bool)
    embedded = model(tokens, present)
    torch.testing.assert_close(embedded.mean.norm(dim=-1), torch.ones(2))
    assert embedded.log_variance.shape == (2, 5)
    assert (embedded.log_variance + 10).abs().max() < 4
    assert vagueness(embedded).shape == (2,)
    for summary in range(2):
        moved = torch.zeros(2, 8)
        moved[summary] = torch.arange(8.0)
        handle = tower.register_forward_hook(lambda _m, _i, out, moved=moved: out + moved)
        other = model(tokens, present)
        handle.remove()
        assert torch.equal(other.mean, embedded.mean) == (summary == 1)
        assert torch.equal(other.log_variance, embedded.log_variance) == (summary == 0)


def test_vagueness_adds_variances() -> None:
    assert vagueness(gaussians([[0.0, 0.0]], [[0.25, 2.0]])).tolist() == [2.25]


def test_masking() -> None:
    generator = torch.Generator().manual_seed(0)
    present = torch.ones(4000, 3, dtype=torch.bool)
    present[:, 2] = False
    left = without_tokens(present, 0.25, generator)
    assert left.any(dim=1).all()
    assert not left[:, 2].any()
    # Both stay with chance 0.75^2, the only other outcome is that one does.
    assert float(left.all(dim=1).float().mean()) == 0
    both = float((left.sum(dim=1) == 2).float().mean())
    assert abs(both - 0.75**2) < 5 * math.sqrt(0.25 / 4000)
    tokens = torch.full((4000, 2), 7)
    hidden = covered(tokens, 1, 0.75, generator)
    assert set(hidden.unique().tolist()) == {1, 7}
    assert abs(float((hidden == 1).float().mean()) - 0.75) < 5 * math.sqrt(0.19 / 8000)


def test_slopes() -> None:
    a, b = drawn(), drawn(seed=1)
    leaves = [t.clone().requires_grad_(True) for g in (a, b) for t in g]
    model, terms = ProLIP().double(), InclusionTerms(1.0, 1.0, 1.0, strength=1.0)

    def value(*t: torch.Tensor) -> torch.Tensor:
        pairs = Pairs(Gaussians(*t[:2]), Gaussians(*t[2:]))
        masked = Pairs(*(g.rows(slice(0, 2)) for g in (pairs.second, pairs.first)))
        return model.loss(pairs) + terms(pairs, masked)

    assert torch.autograd.gradcheck(value, leaves)


def test_extremes_stay_finite() -> None:
    sharp, wide = gaussians([[1.0, 0.0]], [[1e-12, 1e-12]]), gaussians([[0.0, 1.0]], [[5.0, 5.0]])
    assert np.isfinite(float(inclusion(sharp, wide)))
    terms = InclusionTerms()(Pairs(wide, sharp), Pairs(wide, sharp))
    assert terms.isfinite()


def test_options() -> None:
    assert_frozen(InclusionTerms())
    with pytest.raises(ValueError, match="weights must be at least 0"):
        InclusionTerms(masked=-1.0)
    with pytest.raises(ValueError, match="gain must be above 0"):
        ProLIP(gain=0.0)
    with pytest.raises(ValueError, match="2 summaries"):
        GaussianTower(Tower(nn.Embedding(9, 8), 8, heads=2), 8, 5)
