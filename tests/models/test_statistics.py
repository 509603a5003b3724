"""One decoding step: the draw, and the few numbers that are kept of V logits."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import entropy

from dubito.maths.truncation import min_p
from dubito.models.statistics import BLOCK, at_quantile, observe, step

GREEDY = torch.tensor([-1.0])
NUMBERS = ("logprobs", "entropies", "uniform_kl", "uniform_renyi")


def of(*weights: float) -> torch.Tensor:
    """Logits [1, V] of these weights, shifted: only differences count."""
    return torch.log(torch.tensor([weights], dtype=torch.float64)) + 3.7


def test_numbers_by_hand() -> None:
    """p = (1/2, 1/4, 1/4).

    entropy: 1/2 ln 2 + 2 * 1/4 ln 4 = 3/2 ln 2
    KL(u || p): mean of ln(1/3 / p) = -ln 3 + (ln 2 + 2 ln 4) / 3 = 5/3 ln 2 - ln 3
    D_1/2(p || u) = -2 ln sum sqrt(p / 3) = ln 3 - 2 ln(sqrt(1/2) + 2 * 1/2)
    """
    seen = step(of(2, 1, 1), GREEDY, full=[0])
    assert seen.chosen.tolist() == [0]
    expected = [
        -math.log(2),
        1.5 * math.log(2),
        5 / 3 * math.log(2) - math.log(3),
        math.log(3) - 2 * math.log(math.sqrt(0.5) + 1),
    ]
    found = [getattr(seen, name).item() for name in NUMBERS]
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("size", [5, BLOCK, 3 * BLOCK + 17])
@pytest.mark.parametrize("scale", [0.1, 3.0, 30.0])
def test_numbers_are_scipys(size: int, scale: float) -> None:
    logits = torch.randn(4, size, generator=torch.Generator().manual_seed(size)) * scale
    chosen = torch.tensor([0, 1, 2, size - 1])
    seen = observe(logits, chosen)
    logp = log_softmax(logits.double().numpy(), axis=1)
    p, uniform = np.exp(logp), np.full(size, 1 / size)
    expected = (
        logp[range(4), chosen],
        entropy(p, axis=1),
        -np.log(size) - logp.mean(axis=1),  # scipy's own is infinite where p underflows
        -2 * np.log(np.sqrt(p * uniform).sum(axis=1)),
    )
    for name, value in zip(NUMBERS, expected, strict=True):
        np.testing.assert_allclose(getattr(seen, name), value, atol=1e-4, rtol=1e-5, err_msg=name)


def test_a_uniform_distribution_is_at_no_distance() -> None:
    seen = step(torch.full((2, 1000), -4.2), torch.tensor([-1.0, 0.5]), full=[0, 1])
    np.testing.assert_allclose(seen.entropies, math.log(1000), atol=1e-5)
    for value in (seen.uniform_kl, seen.uniform_renyi):
        np.testing.assert_allclose(value, 0, atol=1e-5)
        assert (value >= 0).all()


def test_a_certain_token_has_no_entropy() -> None:
    seen = step(torch.tensor([[0.0, 200.0, 0.0]]), GREEDY, full=[0])
    assert seen.chosen.tolist() == [1]
    assert seen.logprobs.item() == 0
    assert seen.entropies.item() == 0


def test_impossible_tokens_leave_the_vocabulary() -> None:
    """Masked logits give the numbers of the smaller vocabulary; row 1 has none masked."""
    masked = torch.tensor([[-torch.inf, 1.0, 2.0, -torch.inf, 0.5], [1.0, 2.0, 3.0, 4.0, 5.0]])
    seen = observe(masked, torch.tensor([1, 0]))
    small = observe(masked[:1, [1, 2, 4]], torch.tensor([0]))
    plain = observe(masked[1:], torch.tensor([0]))
    for name in NUMBERS:
        both = torch.cat([getattr(small, name), getattr(plain, name)])
        np.testing.assert_allclose(getattr(seen, name), both, atol=1e-6, err_msg=name)


def test_only_the_rows_asked_for_are_measured() -> None:
    """Distributions of rows 2 and 0; log-probabilities of all; the rest is NaN, not 0."""
    logits = torch.randn(4, 50, generator=torch.Generator().manual_seed(1))
    draws = torch.tensor([-1.0, 0.2, 0.7, -1.0])
    some, every, none = (step(logits, draws, full=f) for f in ([2, 0], range(4), ()))
    for seen in (some, none):
        assert torch.equal(seen.chosen, every.chosen)
        assert torch.equal(seen.logprobs, every.logprobs)
    for name in NUMBERS[1:]:
        np.testing.assert_allclose(getattr(some, name)[[0, 2]], getattr(every, name)[[0, 2]])
        assert torch.isnan(getattr(some, name)[[1, 3]]).all()
        assert torch.isnan(getattr(none, name)).all()


def test_an_impossible_chosen_token_has_log_probability_minus_infinity() -> None:
    seen = observe(torch.tensor([[-torch.inf, 1.0, 2.0]]), torch.tensor([0]))
    assert seen.logprobs.item() == -torch.inf
    assert torch.isfinite(seen.entropies).all()


@pytest.mark.parametrize("draw", [-1.0, 0.0, 0.3, 0.9999999])
def test_impossible_tokens_are_never_chosen(draw: float) -> None:
    logits = torch.full((1, 600), -torch.inf)
    logits[0, [3, 299, 511]] = torch.tensor([0.0, 1.0, 0.5])
    for temperature in (0.5, 1.0, 3.0):
        seen = step(logits, torch.tensor([draw]), temperature=temperature)
        assert seen.chosen.item() in (3, 299, 511)


@pytest.mark.parametrize(
    "row", [[math.nan, 1, 2], [1, 2, math.nan], [math.inf, 1, 2], [-math.inf] * 3]
)
def test_broken_logits_are_an_error(row: list[float]) -> None:
    logits = torch.tensor([[1.0, 2.0, 3.0], row])
    with pytest.raises(FloatingPointError, match="float32"):
        step(logits, torch.tensor([-1.0, 0.5]))
    with pytest.raises(FloatingPointError, match="float32"):
        observe(logits, torch.tensor([0, 0]))


def test_min_p_takes_no_unlikely_token_and_leaves_the_measures() -> None:
    """Weights 8, 4, 2, 1 of 8: from a share of 0.3 on only the first two are drawn, 2 : 1.

    At temperature 2 the weights' roots count, 2.83, 2, 1.41, 1: the third is at half, so stays.
    """
    logits = torch.tensor([8.0, 4.0, 2.0, 1.0]).log().expand(300, -1)
    draws = (torch.arange(300) + 0.5) / 300
    whole, cut = step(logits, draws), step(logits, draws, min_p=0.3)
    assert torch.bincount(cut.chosen).tolist() == [200, 100]
    assert len(torch.bincount(whole.chosen)) == 4
    assert torch.allclose(cut.logprobs[0], torch.tensor(8 / 15).log())
    warm = step(logits, draws, temperature=2.0, min_p=0.45)
    assert len(torch.bincount(warm.chosen)) == 3
    share = min_p(logits[0], 0.45, temperature=2.0)
    counted = torch.bincount(warm.chosen, minlength=4) / 300
    assert np.abs(counted.numpy() - np.exp(share)).max() < 0.01


def test_temperature_moves_the_choice_and_not_the_measures() -> None:
    """p = (1/5, 4/5); at temperature 1/2 it is (1/17, 16/17): the draw 0.1 changes sides."""
    logits = of(1, 4)
    draw = torch.tensor([0.1])
    warm, cold = (step(logits, draw, temperature=t, full=[0]) for t in (1.0, 0.5))
    assert (warm.chosen.item(), cold.chosen.item()) == (0, 1)
    assert cold.logprobs.item() == pytest.approx(math.log(0.8), abs=1e-6)
    assert torch.equal(warm.entropies, cold.entropies)


def test_bfloat16_logits_are_measured_in_float32() -> None:
    logits = torch.randn(3, 1000, generator=torch.Generator().manual_seed(0)).bfloat16()
    seen = observe(logits, torch.tensor([0, 1, 2]))
    assert seen.logprobs.dtype == torch.float32
    expected = logits.double().log_softmax(dim=-1)[range(3), [0, 1, 2]]
    np.testing.assert_allclose(seen.logprobs, expected, atol=1e-5)


def test_draws_and_quantiles_by_hand() -> None:
    """Weights 1, 0, 2, 1: the running share is 1/4, 1/4, 3/4, 1."""
    weights = torch.tensor([[1.0, 0.0, 2.0, 1.0]])
    draws = [0.0, 0.2499, 0.25, 0.7499, 0.75, 0.9999999]
    found = [at_quantile(weights, torch.tensor([d])).item() for d in draws]
    assert found == [0, 0, 2, 2, 3, 3]


@pytest.mark.parametrize("size", [1, 7, BLOCK, BLOCK + 1, 1000])
def test_quantiles_are_numpys(size: int) -> None:
    """Small whole weights, so that every sum is exact; ties and zeros among them."""
    rng = np.random.default_rng(size)
    weights = rng.integers(0, 4, size=(50, size))
    weights[:, -1] += 1
    total = weights.sum(axis=1)
    target = rng.integers(0, total)  # in whole units
    draws = ((target + 0.5) / total).astype(np.float32)
    found = at_quantile(torch.tensor(weights, dtype=torch.float32), torch.tensor(draws))
    running = weights.cumsum(axis=1)
    expected = [np.searchsorted(r, t, side="right") for r, t in zip(running, target, strict=True)]
    assert found.tolist() == expected


@settings(max_examples=200, deadline=None)
@given(
    places=st.lists(st.integers(0, 699), min_size=1, max_size=5, unique=True),
    exponents=st.lists(st.integers(-30, 30), min_size=5, max_size=5),
    draw=st.sampled_from([0.0, 1e-9, 0.3, 0.5, 1 - 2**-24]),
)
def test_a_weight_of_zero_is_never_drawn(
    places: list[int], exponents: list[int], draw: float
) -> None:
    weights = torch.zeros(1, 700)
    weights[0, places] = torch.tensor([10.0**e for e in exponents[: len(places)]])
    assert at_quantile(weights, torch.tensor([draw])).item() in places


def test_rounding_at_the_end_stays_inside() -> None:
    """A thousand thirds: sums of blocks and running sums round differently."""
    weights = torch.cat([torch.full((1, 1000), 1 / 3), torch.zeros(1, 200)], dim=1)
    draws = 1 - torch.logspace(-9, -1, 300)
    found = at_quantile(weights.expand(300, -1), draws.clamp(max=1 - 2**-24))
    assert found.max() == 999
    assert abs(found / 1000 - draws).max() < 0.002
