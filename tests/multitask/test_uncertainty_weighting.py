"""The row uncertainty-weighting: worked numbers, the optimum, scales, starts, bounds."""

import math

import pytest
import torch
from torch import nn
from torchjd.scalarization import UW

from dubito.multitask.uncertainty_weighting import (
    GAUSSIAN,
    LAPLACE,
    SOFTMAX,
    UncertaintyWeighting,
    analytic_weighting,
)


def vector(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def weighting(*likelihoods, start=None, fall=10.0) -> UncertaintyWeighting:
    return UncertaintyWeighting(likelihoods, start=start, fall=fall).double()


def test_at_its_best_each_regression_costs_half_and_half_its_log_noise() -> None:
    """L = (0.04, 25): s = log L = (-3.2189, 3.2189); 1/2 + s/2 each, in sum 1."""
    module = weighting(GAUSSIAN, GAUSSIAN)
    value = module(vector(0.04, 25.0))
    assert module.log_noise.tolist() == pytest.approx([-3.2189, 3.2189], abs=1e-4)
    assert value.item() == pytest.approx(1.0)
    value.backward()
    assert module.log_noise.grad.tolist() == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(
    ("likelihood", "slope"),
    [(GAUSSIAN, 1 / 2 - 3 / 2), (SOFTMAX, 1 / 2 - 3), (LAPLACE, 1 - 3)],
    ids=["-1", "-2.5", "-2"],
)
def test_slope_of_s_at_0(likelihood, slope) -> None:
    """penalty - weight L at L = 3."""
    module = weighting(likelihood, start=[0.0])
    module(vector(3.0)).backward()
    assert module.log_noise.grad.item() == pytest.approx(slope)


@pytest.mark.parametrize("likelihood", [GAUSSIAN, SOFTMAX, LAPLACE])
def test_another_unit_moves_s_alone(likelihood) -> None:
    """c L: s by log c, the value by penalty log c; the network's gradient stays."""
    c = 700.0
    for factor in (1.0, c):
        x = vector(0.3).requires_grad_()
        module = weighting(likelihood)
        value = module(factor * x.square())
        value.backward()
        if factor == 1.0:
            s, cost, slope = module.log_noise.item(), value.item(), x.grad.clone()
    assert module.log_noise.item() - s == pytest.approx(math.log(c))
    assert value.item() - cost == pytest.approx(likelihood.penalty * math.log(c))
    assert torch.allclose(x.grad, slope, rtol=1e-12)


def test_one_task_at_its_best_steps_along_half_the_slope_of_its_log() -> None:
    """L = x^2 at x = 3: grad L / (2 L) = 6 / 18 = 1/3."""
    x = vector(3.0).requires_grad_()
    weighting(GAUSSIAN)(x.square()).backward()
    assert x.grad.item() == pytest.approx(1 / 3)


def test_what_it_costs_is_the_likelihood_of_a_gaussian_and_of_a_laplace() -> None:
    """Mean -log p of torch.distributions, less its constants."""
    residual = torch.randn(50, dtype=torch.float64)
    s = vector(0.7)
    squared = weighting(GAUSSIAN, start=[0.7])(residual.square().mean()[None])
    normal = torch.distributions.Normal(0, (s / 2).exp())
    expected = -normal.log_prob(residual).mean() - 0.5 * math.log(2 * math.pi)
    assert squared.item() == pytest.approx(expected.item())
    absolute = weighting(LAPLACE, start=[0.7])(residual.abs().mean()[None])
    laplace = torch.distributions.Laplace(0, s.exp())
    expected = -laplace.log_prob(residual).mean() - math.log(2)
    assert absolute.item() == pytest.approx(expected.item())


def test_the_likelihood_of_classes_is_exact_at_temperature_1() -> None:
    module = weighting(SOFTMAX, start=[0.0])
    assert module(vector(1.3)).item() == pytest.approx(1.3)


def test_from_0_it_is_torchjds() -> None:
    losses = vector(0.2, 3.0, 40.0).requires_grad_()
    module = weighting(GAUSSIAN, GAUSSIAN, GAUSSIAN, start=[0.0] * 3)
    theirs = UW(3).double()
    for step in (module, theirs):
        losses.grad = None
        step(losses).backward()
        step.grad_of_losses = losses.grad
    assert torch.allclose(module.grad_of_losses, theirs.grad_of_losses)
    assert torch.allclose(module.log_noise.grad, theirs.log_var.grad)


def test_each_task_starts_at_its_best_when_it_is_first_seen() -> None:
    module = weighting(GAUSSIAN, SOFTMAX)
    module(vector(math.nan, 3.0), torch.tensor([False, True]))
    assert module.log_noise.tolist() == pytest.approx([0.0, math.log(6)])
    module(vector(5.0, 0.1))
    assert module.log_noise.tolist() == pytest.approx([math.log(5), math.log(6)])
    module(vector(0.1, 0.1))
    assert module.log_noise.tolist() == pytest.approx([math.log(5), math.log(6)])


def test_a_task_that_is_absent_costs_nothing_and_teaches_nothing() -> None:
    """Its penalty s / 2 is left out as well."""
    module = weighting(GAUSSIAN, GAUSSIAN, start=[0.0, 4.0])
    value = module(vector(3.0, math.nan), torch.tensor([True, False]))
    assert value.item() == pytest.approx(1.5)
    value.backward()
    assert module.log_noise.grad.tolist() == [-1.0, 0.0]


def test_s_falls_no_further_than_it_may_and_comes_back() -> None:
    """From log 1 = 0 by 2 at most, in steps of its own; at the bound it still has a slope."""
    module = weighting(GAUSSIAN, fall=2.0)
    optimiser = torch.optim.SGD(module.parameters(), lr=3.0)
    module(vector(1.0))
    for loss, low, high in ((1e-9, -4.0, -2.0), (30.0, 1.0, math.log(30.0) + 1e-3)):
        for _ in range(200 if loss > 1 else 30):
            for group in optimiser.param_groups:
                group["lr"] = 3.0 if loss < 1 else 0.02
            optimiser.zero_grad()
            module(vector(loss)).backward()
            optimiser.step()
        assert low < module.log_noise.item() < high
    assert weighting(GAUSSIAN, start=[0.0], fall=2.0).lowest.item() == -2.0


def test_the_bound_moves_with_the_unit() -> None:
    small, large = weighting(GAUSSIAN), weighting(GAUSSIAN)
    small(vector(1e-8)), large(vector(1e8))
    assert (small.log_noise - small.lowest).item() == pytest.approx(10.0)
    assert (large.log_noise - large.lowest).item() == pytest.approx(10.0)


def test_noise_and_weights_are_told_in_the_units_of_the_labels() -> None:
    """Variance 9: deviation 3, weight 1/18. Scale 4: weight 1/4. Temperature 4: root 2, 1/4."""
    module = weighting(GAUSSIAN, LAPLACE, SOFTMAX, start=[math.log(x) for x in (9, 4, 4)])
    assert module.noise.tolist() == pytest.approx([3.0, 4.0, 2.0])
    assert module.weights.tolist() == pytest.approx([1 / 18, 1 / 4, 1 / 4])


def test_trained_along_it_finds_the_noise_of_each_task() -> None:
    """A network that already knows the mean: s goes to the log of the variance."""
    generator = torch.Generator().manual_seed(0)
    module = weighting(GAUSSIAN, GAUSSIAN)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    deviations = vector(0.1, 50.0)
    for _ in range(400):
        noise = torch.randn(256, 2, generator=generator, dtype=torch.float64) * deviations
        optimiser.zero_grad()
        module(noise.square().mean(dim=0)).backward()
        optimiser.step()
    assert module.noise.tolist() == pytest.approx([0.1, 50.0], rel=0.05)


def test_saved_and_loaded_it_does_not_start_again() -> None:
    module = weighting(GAUSSIAN, GAUSSIAN)
    module(vector(2.0, 3.0))
    again = weighting(GAUSSIAN, GAUSSIAN)
    again.load_state_dict(module.state_dict())
    again(vector(200.0, 300.0))
    assert torch.equal(again.log_noise, module.log_noise)
    assert torch.equal(again.lowest, module.lowest)


def test_the_parameter_stays_the_one_an_optimiser_holds() -> None:
    module = UncertaintyWeighting([GAUSSIAN])
    held = module.log_noise
    module(torch.tensor([4.0]))
    assert module.log_noise is held
    assert module.log_noise.item() == pytest.approx(math.log(4))


def test_losses_may_have_another_dtype() -> None:
    """What a model in half or double precision gives; s keeps its own."""
    for dtype in (torch.bfloat16, torch.float64):
        losses = torch.tensor([2.0], dtype=dtype, requires_grad=True)
        module = UncertaintyWeighting([GAUSSIAN])
        value = module(losses)
        value.backward()
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(0.5 + 0.5 * math.log(2))
        assert losses.grad.tolist() == [0.25]


@pytest.mark.parametrize("present", [None, torch.tensor([True, True, False])])
def test_gradients(present) -> None:
    losses = vector(0.3, 2.0, 70.0).requires_grad_()
    module = weighting(GAUSSIAN, SOFTMAX, LAPLACE, start=[0.2, -0.4, 3.0])

    def value(losses: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, {"log_noise": s}, (losses, present))

    assert torch.autograd.gradcheck(value, (losses, module.log_noise.detach().requires_grad_()))


def test_analytic_is_what_the_best_s_gives() -> None:
    """Gradients 1 / (2 L); the values differ by a half for each task."""
    losses = vector(0.04, 25.0).requires_grad_()
    best = weighting(GAUSSIAN, GAUSSIAN)
    value = best(losses)
    (expected,) = torch.autograd.grad(value, losses)
    analytic = analytic_weighting(losses)
    (got,) = torch.autograd.grad(analytic, losses)
    assert got.tolist() == pytest.approx([12.5, 0.02])
    assert torch.allclose(got, expected)
    assert analytic.item() + 1.0 == pytest.approx(value.item())


def test_analytic_leaves_out_what_is_absent_or_done() -> None:
    losses = vector(4.0, 9.0, 0.0).requires_grad_()
    value = analytic_weighting(losses, torch.tensor([True, False, True]))
    assert value.item() == pytest.approx(math.log(2))
    (slope,) = torch.autograd.grad(value, losses)
    assert slope.tolist() == [0.125, 0.0, 0.0]
    assert analytic_weighting(vector(-1.0)).isnan()


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"0 likelihoods with start=None"):
        UncertaintyWeighting([])
    with pytest.raises(ValueError, match=r"2 likelihoods with start=\[1.0\]"):
        UncertaintyWeighting(start=[1.0])
    with pytest.raises(ValueError, match="fall must be above 0, got 0"):
        UncertaintyWeighting(fall=0)
    with pytest.raises(ValueError, match=r"losses \[2\] needed, got \[3\]"):
        UncertaintyWeighting()(torch.ones(3))
    with pytest.raises(ValueError, match=r"first losses \[1.0, -2.0\].*above 0"):
        UncertaintyWeighting()(torch.tensor([1.0, -2.0]))
    module = UncertaintyWeighting()
    module(torch.tensor([1.0, -2.0]), torch.tensor([True, False]))  # absent: not looked at
    assert isinstance(module, nn.Module)


def test_evaluation_moves_nothing() -> None:
    """Before training s = 0: 2 / 2 + 8 / 2 = 5; later not even what has fallen too far is held."""
    module = weighting(GAUSSIAN, GAUSSIAN).eval()
    assert module(vector(2.0, 8.0)).item() == pytest.approx(5.0)
    assert module(vector(0.0, 2.0)).item() == pytest.approx(1.0)  # a first loss may be 0 here
    assert module.log_noise.tolist() == [0, 0]
    module.train()(vector(2.0, 8.0))
    assert module.log_noise.tolist() == pytest.approx([math.log(2), math.log(8)])
    module.log_noise.data.sub_(100)
    module.eval()(vector(2.0, 8.0))
    assert module.log_noise.tolist() == pytest.approx([math.log(2) - 100, math.log(8) - 100])
    module.train()(vector(2.0, 8.0))
    assert module.log_noise.tolist() == pytest.approx([math.log(2) - 10, math.log(8) - 10])
