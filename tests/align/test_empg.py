"""The row empg: an outcome's advantage shared among steps, and the law that it rests on."""

import math

import pytest
import torch
from torch import Tensor

from dubito.align.step_credit import empg
from dubito.maths.entropy import renyi_entropy

EXP = math.exp(-1)
LOW, HIGH = 1.4621172, 0.5378828  # 1 / .68394 and .36788 / .68394, where .68394 = (1 + e^-1) / 2


def tensor(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def one(advantage: float, *entropies: float, **options: float) -> list[float]:
    """The advantages of one trajectory whose steps have one token each."""
    steps = torch.arange(len(entropies))[None]
    return empg(tensor(advantage), tensor(*entropies)[None], steps, **options)[0].tolist()


@pytest.mark.parametrize(
    ("logits", "wanted"),
    [((1.0, 0, -1, 2), 0.52064), ((0.0,) * 5, 0.8), ((0.0, 1e9), 0.0)],
)
def test_slopes_are_small_where_the_policy_is_sure(logits: tuple[float, ...], wanted: float):
    """Proposition 1: E |slope of log p|^2 = 1 - exp(-H_2), with Renyi's entropy of order 2."""
    z = tensor(*logits)
    jacobian = torch.autograd.functional.jacobian(lambda x: x.log_softmax(dim=-1), z)  # [A, A]
    squared = (z.softmax(dim=-1) * jacobian.square().sum(dim=-1)).sum().item()
    assert squared == pytest.approx(wanted, abs=1e-5)
    entropy = float(renyi_entropy(z.log_softmax(dim=-1).numpy(), 2))
    assert 1 - math.exp(-entropy) == pytest.approx(squared, abs=1e-12)


def test_two_steps_by_hand() -> None:
    """h = (0, 1): shares (1.46212, .53788); + .1 * .36788; less their mean 1.01839."""
    first = LOW + 0.1 * EXP
    middle = (first + HIGH) / 2
    got = one(1.0, 0.2, 0.9, bonus=0.1)
    assert got == pytest.approx([first - middle, HIGH - middle], abs=1e-7)
    assert got == pytest.approx([0.48052, -0.48052], abs=1e-5)
    assert one(1.0, 0.2, 0.9, bonus=0.0) == pytest.approx([LOW - 1, HIGH - 1], abs=1e-7)


def test_blame_is_shared_the_same_way() -> None:
    assert one(-1.0, 0.2, 0.9, bonus=0.0) == pytest.approx([1 - LOW, 1 - HIGH], abs=1e-7)


def test_without_weights_it_is_the_outcome_less_its_mean() -> None:
    """Over steps, not trajectories: (3 * 2 - 1) / 4 = 1.25."""
    steps = torch.tensor([[0, 1, 2], [0, -1, -1]])
    got = empg(tensor(2, -1), torch.rand(2, 3).double(), steps, scale=0.0, bonus=0.0)
    assert got.tolist() == [[0.75] * 3, [-2.25, 0, 0]]


def test_alike_steps_share_alike_and_the_last_has_no_bonus() -> None:
    """h = 0, shares 1, clarity 1: (1 + .05, 1 + .05, 1) less 1.03333."""
    got = one(1.0, 0.4, 0.4, 0.4)
    assert got == pytest.approx([1 / 60, 1 / 60, -1 / 30], abs=1e-6)


def test_clarity_and_scale_have_weights_of_their_own() -> None:
    """h = (0, 1, .5), scale 2, clarity 3: shares exp(-2h), bonus exp(-3), exp(-1.5), 0."""
    share = tensor(1, math.exp(-2), math.exp(-1))
    raw = 0.5 * share / share.mean() + 0.2 * tensor(math.exp(-3), math.exp(-1.5), 0)
    got = one(0.5, 1.0, 3.0, 2.0, scale=2.0, clarity=3.0, bonus=0.2)
    assert got == pytest.approx((raw - raw.mean()).tolist(), abs=1e-7)


def test_a_step_is_the_mean_of_its_tokens_and_the_batch_is_one() -> None:
    """Steps of entropy 1 = (0 + 2) / 2, 3 and 2, 3: h = 0, 1, .5, 1 over both trajectories."""
    entropies = tensor(0, 2, 9, 3, 2, 3, 9, 9).view(2, 4)
    steps = torch.tensor([[0, 0, -1, 1], [0, 1, -1, -1]])
    share = tensor(1, EXP, math.exp(-0.5), EXP)
    raw = tensor(1, 1, -2, -2) * share / share.mean()
    a, b, c, d = (raw - raw.mean()).tolist()
    got = empg(tensor(1, -2), entropies, steps, bonus=0.0)
    torch.testing.assert_close(got, tensor(a, a, 0, b, c, d, 0, 0).view(2, 4), atol=1e-7, rtol=0)
    # With the bonus the first trajectory's first step looks at its own next one, not at c.
    bonus = empg(tensor(1, -2), entropies, steps) - empg(tensor(1, -2), entropies, steps, bonus=0.0)
    gain = tensor(0.05 * EXP, 0, 0.05 * EXP, 0)
    wanted = gain - gain.mean()
    assert bonus[0, [0, 3]].tolist() == pytest.approx(wanted[:2].tolist())
    assert bonus[1, :2].tolist() == pytest.approx(wanted[2:].tolist())


def test_steps_that_a_short_trajectory_lacks_do_not_count() -> None:
    """Entropies 1, 3, 2 and 2: h = 0, 1, .5, .5, whatever stands where there is no step."""
    entropies, steps = tensor(1, 3, 2, 2, 0, 0).view(2, 3), torch.tensor([[0, 1, 2], [0, -1, -1]])
    share = tensor(1, EXP, math.exp(-0.5), math.exp(-0.5))
    raw = tensor(1, 1, 1, -1) * share / share.mean() + 0.3 * tensor(EXP, math.exp(-0.5), 0, 0)
    got = empg(tensor(1, -1), entropies, steps, bonus=0.3)
    assert got[steps >= 0].tolist() == pytest.approx((raw - raw.mean()).tolist(), abs=1e-7)


def test_laws() -> None:
    generator = torch.Generator().manual_seed(3)
    advantages = torch.randn(6, generator=generator, dtype=torch.float64)
    entropies = torch.rand(6, 5, generator=generator, dtype=torch.float64)
    steps = torch.arange(5).expand(6, 5)
    got = empg(advantages, entropies, steps)
    assert got.mean().item() == pytest.approx(0, abs=1e-12)
    torch.testing.assert_close(empg(advantages, 7 * entropies + 2, steps), got)
    order = torch.tensor([3, 1, 5, 0, 4, 2])
    torch.testing.assert_close(empg(advantages[order], entropies[order], steps), got[order])


def test_nothing_is_learnt_through_the_entropies() -> None:
    entropies = torch.rand(1, 3, requires_grad=True)
    assert not empg(torch.ones(1), entropies, torch.arange(3)[None]).requires_grad


def test_refusals() -> None:
    with pytest.raises(ValueError, match="weights must be at least 0, got -1"):
        one(1.0, 0.2, scale=-1)
    with pytest.raises(ValueError, match=r"got \[2\], \[1, 3\]"):
        empg(torch.ones(2), torch.rand(1, 3), torch.arange(3)[None])
    with pytest.raises(ValueError, match="steps"):
        empg(torch.ones(1), torch.rand(1, 3), torch.arange(3))
