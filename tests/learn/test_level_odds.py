"""fine-grained-odds: masses of levels, the loss over the vocabulary, order alone, the reading."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch.nn.functional import cross_entropy

from dubito.learn.level_odds import centres, level_mass, odds, odds_loss, order_loss
from dubito.learn.trainer import trainer_loss

LEVELS = torch.tensor([3, 1])  # the lower one first


def test_centres_lie_in_the_middle() -> None:
    assert centres(4).tolist() == [0.125, 0.375, 0.625, 0.875]


@pytest.mark.parametrize(
    ("score", "width", "first", "masses", "expected"),
    [
        (0.5, 0.05, 3, [0.0227, 0.4772, 0.4772, 0.0227], 0.5),
        (0.37, 0.05, 1, [0.0003, 0.0804, 0.6450, 0.2696, 0.0047], 0.3698),
        (0.37, 0.005, 3, [1.0], 0.35),
        (0.0, 0.05, 0, [0.9772, 0.0227], 0.0523),
        (1.0, 0.05, 8, [0.0227, 0.9772], 0.9477),
    ],
)
def test_the_cards_masses(
    score: float, width: float, first: int, masses: list[float], expected: float
) -> None:
    got = level_mass([score], width=width)[0]
    wanted = np.zeros(10)
    wanted[first : first + len(masses)] = masses
    assert got == pytest.approx(wanted, abs=6e-5)
    assert got @ centres(10) == pytest.approx(expected, abs=5e-5)
    assert got.sum() == pytest.approx(1)


def test_half_a_bin_is_the_default_width() -> None:
    for k in (4, 10):
        assert level_mass([0.3], levels=k) == pytest.approx(
            level_mass([0.3], levels=k, width=0.5 / k)
        )


def test_a_mass_is_the_integral_of_the_density() -> None:
    """Five levels, an inner bin from .4 to .6 by quadrature; the outer one from minus infinity."""
    law = norm(0.47, 0.13).pdf
    got = level_mass([0.47], levels=5, width=0.13)[0]
    assert got[2] == pytest.approx(quad(law, 0.4, 0.6)[0])
    assert got[0] == pytest.approx(quad(law, -math.inf, 0.2)[0])


def test_the_other_side_is_the_mirror() -> None:
    scores = np.linspace(0, 1, 7)
    assert level_mass(scores)[:, ::-1] == pytest.approx(level_mass(1 - scores))


def test_several_scores_are_averaged_and_missing_ones_left_out() -> None:
    one, other = level_mass([0.2, 0.7])
    both = level_mass([[0.2, 0.7, np.nan], [np.nan, 0.2, np.nan]])
    assert both == pytest.approx(np.stack([(one + other) / 2, one]))


def test_missing_scores_may_be_open() -> None:
    """Three of four are missing: (t + .3 / 10 each) / 1.3."""
    got = level_mass([[0.2, np.nan, np.nan, np.nan]], open_missing=True)[0]
    assert got == pytest.approx((level_mass([0.2])[0] + 0.03) / 1.3)
    full = [[0.2, 0.4]]
    assert level_mass(full, open_missing=True) == pytest.approx(level_mass(full))


def test_probability_off_the_levels_is_punished() -> None:
    """Token 3 says 1/8, token 1 3/8, half is elsewhere; 1/4 and 3/4 are wanted: log 2 both."""
    logits = torch.tensor([[3.0, 3.0, 1.0, 1.0]], dtype=torch.float64).log()
    mass = torch.tensor([[0.25, 0.75]], dtype=torch.float64)
    assert odds_loss(logits, mass, levels=LEVELS).item() == pytest.approx(math.log(2))
    assert odds_loss(logits + 5, mass, levels=LEVELS).item() == pytest.approx(math.log(2))
    on_them = torch.tensor([[0.0, 3.0, 0.0, 1.0]], dtype=torch.float64).log()
    assert odds_loss(on_them, mass, levels=LEVELS).item() == pytest.approx(0)


def test_smoothing_spreads_over_the_vocabulary_and_temperature_flattens() -> None:
    """Half of (0, 3/4, 0, 1/4) and an eighth each: (1, 4, 1, 2) / 8."""
    logits = torch.tensor([[1.0, 16.0, 1.0, 4.0]], dtype=torch.float64).log()
    mass = torch.tensor([[0.25, 0.75]], dtype=torch.float64)
    got = odds_loss(logits, mass, levels=LEVELS, smoothing=0.5, temperature=2.0)
    assert got.item() == pytest.approx(0)


def test_all_mass_on_one_level_is_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    mass = torch.eye(2, dtype=torch.float64)
    got = odds_loss(logits, mass, levels=LEVELS)
    assert torch.allclose(got, cross_entropy(logits, LEVELS, reduction="none"))
    assert torch.autograd.gradcheck(lambda x: odds_loss(x, mass, levels=LEVELS), (logits,))


def test_the_slope_is_what_is_said_less_what_is_wanted() -> None:
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    odds_loss(logits, torch.tensor([[0.25, 0.75]]), levels=LEVELS).sum().backward()
    assert logits.grad.tolist() == [[0.25, 0.25 - 0.75, 0.25, 0.0]]


def test_in_a_trainer_masses_are_a_column() -> None:
    """The token before the level predicts it: uniform over 4 is log 4 - H(1/4, 3/4) away."""

    def objective(logits: torch.Tensor, _labels: torch.Tensor, *, mass: torch.Tensor):
        return odds_loss(logits, mass, levels=LEVELS)

    logits = torch.zeros(1, 3, 4)
    logits[0, 2] = torch.tensor([0.0, 9.0, 0.0, 0.0])  # after the level, not to be looked at
    outputs = {"logits": logits, "mass": torch.tensor([[0.25, 0.75]])}
    got = trainer_loss(objective, columns=["mass"])(outputs, torch.tensor([[-100, -100, 1]]))
    entropy = -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
    assert got.item() == pytest.approx(math.log(4) - entropy)


@pytest.mark.parametrize(
    ("order", "cost"), [(0.3, 0.05), (-2.0, 0.15), (0.0, 0.1)], ids=["so", "reversed", "equal"]
)
def test_the_cards_order(order: float, cost: float) -> None:
    """.6 and .55 with a margin of .1."""
    p = torch.tensor([[0.6], [0.55]], dtype=torch.float64)
    got = order_loss(p[0], p[1], torch.tensor([order]))
    assert got.item() == pytest.approx(cost)


def test_an_order_kept_by_the_margin_costs_nothing() -> None:
    p = torch.tensor([0.9, 0.1], requires_grad=True)
    loss = order_loss(p, torch.tensor([0.7, 0.4]), torch.tensor([1, -1]), margin=0.15)
    assert loss.tolist() == [0, 0]
    wrong = order_loss(p, torch.tensor([0.7, 0.4]), torch.tensor([-1, 1]), margin=0.15)
    wrong.sum().backward()
    assert wrong.tolist() == pytest.approx([0.35, 0.45])
    assert p.grad.tolist() == [1, -1]  # the first is to fall, the second to rise


def test_read_from_the_levels_alone() -> None:
    """Weights 1 and 3 of .25 and .75: 2.5 / 4 = .625; deviation .5 sqrt(1/4 * 3/4)."""
    logits = torch.tensor([[99.0, 3.0, 99.0, 1.0]], dtype=torch.float64).log()
    for shift in (0.0, 7.0):
        got = odds(logits + shift, LEVELS)
        assert got.probability.item() == pytest.approx(0.625)
        assert got.deviation.item() == pytest.approx(0.5 * math.sqrt(3 / 16))


@pytest.mark.parametrize("k", [2, 5, 10])
def test_equal_levels_are_a_half(k: int) -> None:
    """Deviation of k even steps of 1 / k: sqrt((k^2 - 1) / 12) / k."""
    got = odds(torch.zeros(1, k, dtype=torch.float64), torch.arange(k))
    assert got.probability.item() == pytest.approx(0.5)
    assert got.deviation.item() == pytest.approx(math.sqrt((k * k - 1) / 12) / k)
    ends = torch.full((2, k), -1e4)
    ends[0, 0] = ends[1, -1] = 0
    assert odds(ends, torch.arange(k)).probability.tolist() == pytest.approx([0.5 / k, 1 - 0.5 / k])


def test_a_context_of_two_minds_is_learnt_with_its_doubt() -> None:
    """Said to be .15 and .85 alike, it is read as a half with a deviation of .35."""
    mass = torch.from_numpy(level_mass([[0.15, 0.85]], width=1e-3)).float()
    logits = torch.zeros(1, 12, requires_grad=True)
    levels = torch.arange(2, 12)
    descent = torch.optim.LBFGS([logits], max_iter=50, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        descent.zero_grad()
        loss = odds_loss(logits, mass, levels=levels).sum()
        loss.backward()
        return loss

    descent.step(step)
    got = odds(logits.detach(), levels)
    assert got.probability.item() == pytest.approx(0.5, abs=1e-3)
    assert got.deviation.item() == pytest.approx(0.35, abs=1e-2)


def test_what_does_not_fit_is_refused() -> None:
    for scores in ([1.2], [[0.5, -0.1]]):
        with pytest.raises(ValueError, match=r"scores must lie in \[0, 1\]"):
            level_mass(scores)
    for scores in ([[0.5], [np.nan]], [[[0.5]]]):
        with pytest.raises(ValueError, match="each row needs a score"):
            level_mass(scores)
    with pytest.raises(ValueError, match="width must be above 0"):
        level_mass([0.5], width=0)
    with pytest.raises(ValueError, match="at least two levels"):
        level_mass([0.5], levels=1)
    logits, mass = torch.zeros(2, 4), torch.full((2, 2), 0.5)
    for wrong in (mass[:1], mass[:, :1]):
        with pytest.raises(ValueError, match=r"mass must be \[2, 2\]"):
            odds_loss(logits, wrong, levels=LEVELS)
    for options in ({"smoothing": 1.5}, {"temperature": 0.0}):
        with pytest.raises(ValueError, match="smoothing must lie in"):
            odds_loss(logits, mass, levels=LEVELS, **options)
    with pytest.raises(ValueError, match="margin must be at least 0"):
        order_loss(mass[:, 0], mass[:, 1], mass[:, 0], margin=-0.1)
    with pytest.raises(ValueError, match="pairs of one length"):
        order_loss(mass[:, 0], mass[:, 1], mass[:1, 0])
