"""RepMTL: shares and contrasts by hand, limits, its second derivative, what is refused."""

import math

import pytest
import torch
from torch import Tensor, nn

from dubito.multitask.representation_saliency import RepMTL, contrast, ownership


def saliency(losses: Tensor, features: Tensor, **options):
    return RepMTL(**options).saliency(losses, features)


def leaf(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


def weighed(features: Tensor, *weights: Tensor) -> Tensor:
    """Losses whose gradients are these."""
    return torch.stack([(w * features).sum() for w in weights])


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param((3.0, -1.0), 0.56234, id="(3/4, 1/4)"),
        pytest.param((2.0, 2.0, -2.0), math.log(3), id="log 3"),
        pytest.param((5.0,), 0.0, id="one task"),
        pytest.param((5.0, 0.0), 0.0, id="one owner"),
        pytest.param((1e-30, 3e-30), 0.56234, id="small ones"),
        pytest.param((0.0, 0.0), 0.0, id="of no use to any"),
    ],
)
def test_entropy_of_shares(sizes, expected) -> None:
    features = torch.ones(1, 2, 3, requires_grad=True)
    told = saliency(weighed(features, *(torch.full((1, 2, 3), s) for s in sizes)), features)
    assert float(told.entropy) == pytest.approx(expected, abs=1e-5)
    total = sum(abs(s) for s in sizes) or 1
    assert told.gradients.isfinite().all()
    assert float(told.alignment) == 0  # a single sample
    for share, size in zip(told.shares[:, 0, 0].tolist(), sizes, strict=True):
        assert share == pytest.approx(abs(size) / total)


def test_places_are_counted_one_by_one() -> None:
    """Channels cancel before the size is taken: (1 - 3) / 2 and (1 + 1) / 2, (0) and (1).

    Shares (1/2, 1/2) at the first place, (0, 1) at the second: mean entropy log 2 / 2.
    """
    features = leaf(1, 2, 2)
    first = torch.tensor([[[1.0, 2.0], [-3.0, -2.0]]])
    second = torch.tensor([[[1.0, 1.0], [1.0, 1.0]]])
    told = saliency(weighed(features, first, second), features)
    torch.testing.assert_close(told.shares[:, 0], torch.tensor([[0.5, 0], [0.5, 1]]).double())
    assert float(told.entropy) == pytest.approx(math.log(2) / 2)


def test_a_place_of_no_use_counts_as_0_in_the_mean() -> None:
    """log 2 at one place of two."""
    features = leaf(1, 1, 2)
    weight = torch.tensor([[[1.0, 0.0]]])
    assert float(saliency(weighed(features, weight, weight), features).entropy) == pytest.approx(
        math.log(2) / 2
    )


def test_the_contrast_by_hand() -> None:
    """Two samples, two channels, two places, temperature 1; unit rows, so C x C cosines.

    Sample 0: task 0 has rows (1, 0), (1, 0): all ones; task 1 (1, 0), (0, 1): the identity. Their
    mean is (1, 1/2; 1/2, 1) of length sqrt(2.5). Cosines with it: 3 / (2 sqrt 2.5) = 0.94868 and
    2 / (sqrt 2 sqrt 2.5) = 0.89443. Sample 1: both tasks the identity, anchor the identity,
    cosines 1; between the anchors 2 / (sqrt 2.5 sqrt 2) = 0.89443.
    Losses log(1 + exp(other - own)): 0.66637, 0.69315, and 0.64175 twice.
    """
    same, apart = [[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]
    gradients = torch.tensor([[same, apart], [apart, apart]], dtype=torch.float64)
    expected = [math.log1p(math.exp(o)) for o in (0.89443 - 0.94868, 0.0, 0.89443 - 1, 0.89443 - 1)]
    assert float(contrast(gradients, 1.0)) == pytest.approx(sum(expected) / 4, abs=1e-5)
    scaled = gradients * torch.tensor([[2.0], [7.0]], dtype=torch.float64)[..., None, None]
    scaled = scaled * torch.tensor([[3.0], [5.0]], dtype=torch.float64)  # channels too
    assert float(contrast(scaled, 1.0)) == pytest.approx(sum(expected) / 4, abs=1e-5)


def test_the_temperature_divides_every_cosine() -> None:
    """Anchors that are at right angles and tasks that agree: log(1 + exp(-1 / t))."""
    gradients = torch.tensor([[[[1.0], [0.0]], [[0.0], [1.0]]]] * 2, dtype=torch.float64)
    for t in (0.5, 2.0):
        assert float(contrast(gradients, t)) == pytest.approx(math.log1p(math.exp(-1 / t)))


def test_of_one_place_the_channels_keep_their_sizes() -> None:
    """(3, 4) and (4, 3): cosine of the products is (24 / 25)^2, whereas signs would agree."""
    rows = [[[[3.0], [4.0]], [[4.0], [3.0]]]]
    found = float(contrast(torch.tensor(rows, dtype=torch.float64), 1.0))
    assert found == pytest.approx(math.log1p(math.exp(0.96**2 - 1)))


def test_tasks_that_are_alike_leave_the_other_samples() -> None:
    """Every positive is 1, so three tasks are as one."""
    features = leaf(4, 3, 5)
    one = (features**3).sum()
    three = saliency(torch.stack([one] * 3), features)
    assert float(three.alignment) == pytest.approx(
        float(saliency(one[None], features).alignment), abs=1e-12
    )
    assert float(three.entropy) == pytest.approx(math.log(3))


def test_of_a_single_sample_there_is_nothing_to_tell_apart() -> None:
    features = leaf(1, 3, 5)
    assert float(saliency(weighed(features, leaf(1, 3, 5, seed=1)), features).alignment) == 0


def test_scaling_all_losses_changes_nothing_and_scaling_one_does() -> None:
    features = leaf(3, 4, 2, 2).float().detach().requires_grad_()
    weights = [leaf(3, 4, 2, 2, seed=s).float().detach() for s in (1, 2)]
    losses = weighed(features, *weights)
    plain = saliency(losses, features)
    for scale in (7.0, 1e-30, 1e30):
        told = saliency(scale * losses, features)
        for mine, theirs in zip(told, plain, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)
    one = saliency(losses * torch.tensor([1.0, 3.0]), features)
    assert not torch.allclose(one.shares, plain.shares, atol=0.05)
    assert float(one.alignment) == pytest.approx(float(plain.alignment), abs=0.2)


class Net(nn.Module):
    def __init__(self, *, linear: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Sequential(nn.Conv1d(1, 3, 2), nn.Tanh()).double()
        middle = nn.Identity() if linear else nn.Tanh()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Flatten(), nn.Linear(12, 4), middle, nn.Linear(4, 1)) for _ in range(2)
        ).double()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.encoder(x)  # [B, 3, 4]
        return torch.stack([h(features).sum() for h in self.heads]), features


X = torch.linspace(-1, 1, 10, dtype=torch.float64).reshape(2, 1, 5)


@pytest.mark.parametrize("options", [(1.0, 0.0), (0.0, 1.0), (0.3, 0.7)], ids=str)
def test_its_slope_is_that_of_the_penalty(options) -> None:
    """A second derivative, against differences of the encoder's weights."""
    net = Net()
    weight = net.encoder[0].weight

    def penalty() -> Tensor:
        return RepMTL(*options)(*net(X))

    (slope,) = torch.autograd.grad(penalty(), [weight])
    assert slope.abs().max() > 1e-4
    for place in [(0, 0, 0), (1, 0, 1), (2, 0, 0)]:
        with torch.no_grad():
            weight[place] += 1e-5
        above = float(penalty().detach())
        with torch.no_grad():
            weight[place] -= 2e-5
        below = float(penalty().detach())
        with torch.no_grad():
            weight[place] += 1e-5
        assert float(slope[place]) == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-8)


def test_a_linear_head_tells_the_encoder_nothing() -> None:
    net = Net(linear=True)
    slope = torch.autograd.grad(
        RepMTL()(*net(X)), [*net.encoder.parameters()], materialize_grads=True
    )
    assert all(float(s.abs().max()) < 1e-15 for s in slope)


def test_weights_of_the_two_parts() -> None:
    net = Net()
    told = saliency(*net(X))
    penalty = float(RepMTL(0.2, 3.0)(*net(X)).detach())
    assert penalty == pytest.approx(float(0.2 * told.entropy + 3 * told.alignment))
    assert float(RepMTL(2.0, 0.0)(*net(X)).detach()) == pytest.approx(float(2 * told.entropy))
    assert not told.gradients.requires_grad


def test_descending_on_it_gives_places_to_single_tasks() -> None:
    net = Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    before = float(saliency(*net(X)).entropy)
    for _ in range(60):
        optimiser.zero_grad()
        RepMTL(1.0, 0.0)(*net(X)).backward()
        optimiser.step()
    assert float(saliency(*net(X)).entropy) < 0.5 * before


def test_places_without_a_gradient_leave_no_nan() -> None:
    """A dead place, and a place that one task alone reads: the slope stays finite."""
    features = leaf(2, 3, 3)
    mask = torch.tensor([1.0, 1.0, 0.0])
    losses = torch.stack([((features * mask) ** 2).sum(), (features[:, :, 0] ** 4).sum()])
    penalty = RepMTL(1.0, 1.0)(losses, features)
    (slope,) = torch.autograd.grad(penalty, [features])
    assert slope.isfinite().all()
    assert slope.abs().max() > 0
    shares, _ = ownership(torch.zeros(2, 1, 3, 4))
    assert shares.tolist() == torch.zeros(2, 1, 4).tolist()


def test_a_loss_that_is_nan_is_seen() -> None:
    features = leaf(2, 3, 3)
    losses = torch.stack([(features * math.nan).sum(), (features**2).sum()])
    assert RepMTL()(losses, features).isnan()


def test_refusals() -> None:
    features = leaf(2, 3)
    with pytest.raises(ValueError, match=r"losses \[T\].*got \[\]"):
        RepMTL()(features.sum(), features)
    with pytest.raises(ValueError, match="requires_grad=False"):
        RepMTL()(features.sum()[None], features.detach())
    for wrong in ({"entropy": -1.0}, {"alignment": math.nan}, {"temperature": 0.0}):
        with pytest.raises(ValueError, match="weights of at least 0"):
            RepMTL(**wrong)
