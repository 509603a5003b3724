import itertools

import pytest
import torch

from dubito.nn.low_rank_laws import (
    BranchDropout,
    ColumnSpaceNoise,
    GaussianNoise,
    Law,
    RankDropout,
    point,
    repeated,
)
from dubito.nn.sampled_low_rank import Members

LAWS = [BranchDropout(0.3), RankDropout(0.3), GaussianNoise(0.2, 0.1), ColumnSpaceNoise(0.2)]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def factors(members: int = 1, *, rank: int = 2) -> Members:
    return Members(normal(members, rank, 6, seed=1), normal(members, 5, rank, seed=2))


def drawn(law: Law, members: Members, count: int, *, seed: int = 0) -> Members:
    return law(members, count, torch.Generator().manual_seed(seed))


def weights(members: Members) -> torch.Tensor:
    return members.b @ members.a  # [S, d_out, d_in]


def test_branch_dropout_by_hand() -> None:
    """A = (1, 1), B = 1, x = (1, 2), rate 1/2: 0, 2, 4, 6 alike; mean 3, variance 1 * (1 + 4)."""
    one = Members(torch.ones(1, 1, 2), torch.ones(1, 1, 1))
    got = weights(drawn(BranchDropout(0.5), one, 40_000)) @ torch.tensor([1.0, 2.0])
    assert {float(v) for v in got.unique()} == {0.0, 2.0, 4.0, 6.0}
    for value in (0.0, 2.0, 4.0, 6.0):
        assert abs((got == value).double().mean() - 0.25) < 5 * (3 / 16 / 40_000) ** 0.5
    assert got.mean() == pytest.approx(3, abs=5 * (5 / 40_000) ** 0.5)
    assert got.var() == pytest.approx(5, rel=0.05)


def test_rank_dropout_by_hand() -> None:
    """The same with a mask between A and B: 0 and 6, mean 3, variance 9."""
    one = Members(torch.ones(1, 1, 2), torch.ones(1, 1, 1))
    got = weights(drawn(RankDropout(0.5), one, 40_000)) @ torch.tensor([1.0, 2.0])
    assert {float(v) for v in got.unique()} == {0.0, 6.0}
    assert got.mean() == pytest.approx(3, abs=5 * (9 / 40_000) ** 0.5)


@pytest.mark.parametrize(("law", "which"), [(BranchDropout(0.25), "in"), (RankDropout(0.25), "r")])
def test_dropout_has_its_covariance(law: Law, which: str) -> None:
    """p / (1 - p) sum_j x_j^2 (B a_j)(B a_j)^T, or sum_k (A x)_k^2 b_k b_k^T."""
    one, x = factors(), normal(6, seed=3)
    a, b = one.a[0], one.b[0]
    parts = b @ a * x if which == "in" else b * (a @ x)  # [d_out, inputs or ranks]
    expected = parts @ parts.T / 3
    got = torch.cov((weights(drawn(law, one, 100_000)) @ x).mT.squeeze())
    assert torch.allclose(got, expected, atol=0.05 * expected.abs().max())


def test_gaussian_noise_has_its_deviation() -> None:
    one = factors()
    a, b = drawn(GaussianNoise(0.5), one, 10_000)
    assert torch.equal(b[7], one.b[0])
    assert (a - one.a).std() == pytest.approx(0.5, rel=0.02)
    a, b = drawn(GaussianNoise(b=0.25), one, 10_000)
    assert torch.equal(a[7], one.a[0])
    assert (b - one.b).std() == pytest.approx(0.25, rel=0.02)


def test_column_space_noise_by_hand() -> None:
    """B with singular values 2 and 0.5, sigma 0.1: deviations 0.05 and 0.2 of the rows of A'."""
    basis = torch.linalg.qr(normal(5, 2)).Q
    one = Members(normal(1, 2, 6, seed=1), (basis * torch.tensor([2.0, 0.5]))[None])
    a, b = drawn(ColumnSpaceNoise(0.1), one, 20_000)
    assert a.std(dim=0).mean(dim=1).tolist() == pytest.approx([0.05, 0.2], rel=0.02)
    assert torch.allclose(b[0].norm(dim=0), torch.tensor([2.0, 0.5], dtype=torch.float64))


def test_column_space_noise_is_isotropic_in_what_b_spans() -> None:
    """Each column's covariance is sigma^2 U U^T: trace sigma^2 r, nothing across it."""
    one = factors()
    noise = weights(drawn(ColumnSpaceNoise(0.1), one, 20_000)) - weights(one)
    u, _, _ = torch.linalg.svd(one.b[0])  # [5, 5], the first two span B
    inside, across = u[:, :2].T @ noise, u[:, 2:].T @ noise
    assert across.abs().max() < 1e-12
    rows = inside.movedim(1, 0).reshape(2, -1)
    assert torch.allclose(torch.cov(rows), 0.01 * torch.eye(2, dtype=torch.float64), atol=2e-4)
    columns = noise.movedim(2, 0).flatten(1)  # independent from column to column
    off = torch.corrcoef(columns) - torch.eye(6)
    assert off.abs().max() < 5 / 100_000**0.5 + 0.01


def test_column_space_noise_does_not_hang_on_the_factoring() -> None:
    """B R and R^-1 A are the same adapter: the same law of B A. Noise on A alone changes."""
    one = factors()
    turn = torch.tensor([[3.0, 1.0], [0.0, 0.2]], dtype=torch.float64)
    other = Members(torch.linalg.inv(turn) @ one.a, one.b @ turn)
    assert torch.allclose(weights(one), weights(other))

    def covariance(law: Law, members: Members) -> torch.Tensor:
        noise = weights(drawn(law, members, 20_000)) - weights(members)
        return torch.cov(noise.movedim(1, 0).reshape(5, -1))

    aware, naive = ColumnSpaceNoise(0.1), GaussianNoise(0.1)
    assert torch.allclose(covariance(aware, one), covariance(aware, other), atol=3e-4)
    assert (covariance(naive, one) - covariance(naive, other)).abs().max() > 0.01


@pytest.mark.parametrize("law", [point, BranchDropout(0.0), RankDropout(0.0), GaussianNoise()])
def test_no_noise_is_the_point(law: Law) -> None:
    two = factors(2)
    assert torch.allclose(weights(drawn(law, two, 4)), weights(two).repeat_interleave(2, 0))


def test_no_column_space_noise_is_the_same_product() -> None:
    """B' A' = B A, though the factors are others; and so in single precision, to 1e-5."""
    two = factors(2)
    same = weights(drawn(ColumnSpaceNoise(0.0), two, 4))
    assert torch.allclose(same, weights(two).repeat_interleave(2, 0), atol=1e-12)
    single = Members(two.a.float(), two.b.float())
    got = drawn(ColumnSpaceNoise(0.0), single, 2)
    assert got.a.dtype == got.b.dtype == torch.float32
    assert torch.allclose(weights(got), weights(single), atol=1e-5)


def test_an_untrained_adapter_stays_a_point() -> None:
    """B = 0, or a column of it: no direction to write to, no noise, no division by 0."""
    nothing = Members(factors().a, torch.zeros(1, 5, 2, dtype=torch.float64))
    assert torch.equal(weights(drawn(ColumnSpaceNoise(9.0), nothing, 3)), torch.zeros(3, 5, 6))
    half = Members(factors().a, factors().b * torch.tensor([1.0, 0.0]))
    noise = weights(drawn(ColumnSpaceNoise(0.1), half, 5000)) - weights(half)
    direction = half.b[0, :, 0] / half.b[0, :, 0].norm()
    across = noise - direction[:, None] * (direction @ noise)[:, None]
    assert across.abs().max() < 1e-12
    assert (direction @ noise).std() == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize("law", LAWS)
def test_the_mean_is_the_adapter(law: Law) -> None:
    one = factors()
    got = weights(drawn(law, one, 40_000))
    error = got.std(dim=0) / 200
    assert ((got.mean(dim=0) - weights(one)[0]).abs() <= 5 * error + 1e-12).all()


@pytest.mark.parametrize("law", LAWS)
def test_members_are_drawn_apart_around_their_own(law: Law) -> None:
    """Two adapters, four draws: the first two around the first; the seed decides all."""
    a, b = factors(rank=5)
    apart = Members(torch.cat([a, 100 + a]), b.repeat(2, 1, 1))
    got = weights(drawn(law, apart, 4))
    near = weights(apart)
    assert all(
        (got[s] - near[s // 2]).abs().sum() < (got[s] - near[1 - s // 2]).abs().sum()
        for s in range(4)
    )
    assert all(not torch.equal(a, b) for a, b in itertools.combinations(got, 2))
    assert torch.equal(got, weights(drawn(law, apart, 4)))
    assert not torch.equal(got, weights(drawn(law, apart, 4, seed=1)))


def test_common_random_numbers() -> None:
    """Twice the scale, twice the same noise."""
    one = factors()
    small, large = (weights(drawn(ColumnSpaceNoise(s), one, 3)) - weights(one) for s in (0.1, 0.2))
    assert torch.allclose(2 * small, large)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="2 members cannot be drawn 3 times"):
        repeated(factors(2), 3)
    for law in (BranchDropout, RankDropout):
        for rate in (1.0, -0.1, float("nan")):
            with pytest.raises(ValueError, match="rate must lie"):
                law(rate)


@pytest.mark.parametrize("by", [1e-7, 1e7])
def test_column_space_noise_does_not_hang_on_the_size_of_b(by: float) -> None:
    one = factors()
    other = Members(one.a / by, one.b * by)
    law = ColumnSpaceNoise(0.1)
    assert torch.allclose(weights(drawn(law, one, 3)), weights(drawn(law, other, 3)))
    untrained = Members(one.a, 0 * one.b)
    assert not weights(drawn(law, untrained, 3)).any()
