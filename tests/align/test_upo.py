"""The row upo: what passes with dropout say of pairs, which are kept, and a loss that hedges."""

import math

import pytest
import torch
from scipy.stats import entropy
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from dubito.align.upo import UPO, Verdicts, both_orders, imitation, verdicts
from dubito.align.vpo import VPO
from dubito.nn.mc_dropout import dropout_passes
from laws import assert_frozen


def t(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def passes(*chosen: tuple[float, ...]) -> Tensor:
    """A pair's probabilities of the chosen answer in each pass, for N pairs; [S, N, 2]."""
    p = torch.tensor(chosen, dtype=torch.float64).T  # [S, N]
    return torch.stack([p, 1 - p], dim=-1)


def test_verdicts_by_hand() -> None:
    """1, 0, 1, 0: log 2 and a tie. Always 1/2: no doubt, and no vote. .9 and three times .6."""
    said = verdicts(passes((1, 0, 1, 0), (0.5,) * 4, (0.9, 0.6, 0.6, 0.6), (0.1, 0.1, 0.1, 0.9)))
    assert said.agreed.tolist() == [False, False, True, False]
    third = entropy([0.675, 0.325]) - (entropy([0.9, 0.1]) + 3 * entropy([0.6, 0.4])) / 4
    last = entropy([0.3, 0.7]) - entropy([0.9, 0.1])
    assert said.doubt.tolist() == pytest.approx([math.log(2), 0, third, last], abs=1e-12)


def test_a_vote_is_not_a_mean() -> None:
    """.51, .51, .01: a mean of .34, and two of three votes. .49, .49, .99: the reverse."""
    assert verdicts(passes((0.51, 0.51, 0.01), (0.49, 0.49, 0.99))).agreed.tolist() == [True, False]


def test_with_dropout_off_there_is_no_doubt() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        judge = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Dropout(0.0), nn.Linear(64, 2))
        rows = torch.randn(7, 4)
    said = verdicts(dropout_passes(judge, lambda: judge(rows).softmax(dim=-1), passes=5))
    assert said.doubt.tolist() == pytest.approx([0.0] * 7, abs=1e-6)
    layer = judge[2]
    assert isinstance(layer, nn.Dropout)
    layer.p = 0.5
    dropped = verdicts(dropout_passes(judge, lambda: judge(rows).softmax(dim=-1), passes=5))
    assert (dropped.doubt > 1e-3).all()


def test_both_orders() -> None:
    rows, better = both_orders(t(1, 2).view(2, 1), t(3, 4).view(2, 1))
    assert rows.tolist() == [[1, 3], [2, 4], [3, 1], [4, 2]]
    assert better.tolist() == [0, 0, 1, 1]


def hedged(z: Tensor, alpha: Tensor) -> Tensor:
    """UPO's loss of margins z, where the doubts make this alpha; the mean."""
    return UPO(beta=1.0, hedge=0.5)(z, torch.zeros_like(z), 2 * alpha * math.log(2))


def test_hedged_by_its_definition() -> None:
    z, alpha = t(-3, 0.5, 2), t(0.1, 0.4, 0.9)
    wanted = -(1 - alpha) * logsigmoid(z) - alpha * logsigmoid(-z)
    assert hedged(z, alpha).item() == pytest.approx(wanted.mean().item())
    assert hedged(z, t(1, 1, 1)).item() == pytest.approx(hedged(-z, t(0, 0, 0)).item())
    assert hedged(t(-800), t(0)).item() == 800  # far out, where log sigmoid alone is finite too


def test_at_a_half_nothing_pulls_from_0_and_all_else_pulls_to_it() -> None:
    z = t(-2, 0, 2).requires_grad_()
    hedged(z, t(0.5, 0.5, 0.5)).sum().backward()
    assert z.grad is not None
    assert z.grad[1] == 0
    assert z.grad[0] < 0 < z.grad[2]


def test_loss_by_hand() -> None:
    """beta .5, ratios 1 and -1: z = 1, log(1 + 1/e) = .31326; a doubt of log 2: alpha 1/2, z / 2.

    A half of the doubt adds a quarter of z.
    """
    loss = UPO(beta=0.5)(t(1, 1, 1), t(-1, -1, -1), t(0, math.log(2), math.log(2) / 2))
    assert loss.item() == pytest.approx(0.3132617 + (0 + 0.5 + 0.25) / 3)
    gentle = UPO(beta=0.5, hedge=0.2)(t(1), t(-1), t(math.log(2)))
    assert gentle.item() == pytest.approx(0.3132617 + 0.2)


def test_without_hedging_or_doubt_it_is_dpo() -> None:
    won, lost, doubt = torch.rand(3, 8, generator=torch.Generator().manual_seed(0)).double()
    wanted = VPO(beta=0.3).preference(won, lost)
    torch.testing.assert_close(UPO(beta=0.3, hedge=0.0)(won, lost, doubt), wanted)
    torch.testing.assert_close(UPO(beta=0.3)(won, lost, 0 * doubt), wanted)


def test_a_wholly_doubted_pair_stays_where_it_is() -> None:
    won, doubted = t(0, 0).requires_grad_(), t(0, math.log(2))
    UPO()(won, t(0, 0), doubted).backward()
    assert won.grad is not None
    assert won.grad.tolist() == pytest.approx([-0.05 / 2, 0])


def test_imitation_by_hand() -> None:
    """-(4 / 2 + 1 / 0.1 + 3 / 3) / 3 = -13 / 3: likelier answers are better."""
    assert imitation(t(4, 1, 3), t(2, 0.001, -3)).item() == pytest.approx(-13 / 3)


SAID = Verdicts(
    torch.tensor([True, False, True, True, False, True]), t(0.3, 0.0, 0.1, 0.2, 0.6, 0.05)
)


def test_surest_by_hand() -> None:
    """Of .3, .1, .2 and .05 the lower half; the one of doubt 0 is not agreed on."""
    assert UPO().surest(SAID).tolist() == [False, False, True, False, False, True]
    assert torch.equal(UPO(share=1.0).surest(SAID), SAID.agreed)
    none = Verdicts(torch.zeros(3, dtype=torch.bool), t(0, 0, 0))
    assert not UPO().surest(none).any()
    assert not UPO().drawn(none, torch.Generator()).any()
    assert SAID.agreed.tolist() == [True, False, True, True, False, True]  # nothing was written


def test_drawn_half_of_those_agreed_on() -> None:
    kept = torch.stack([UPO().drawn(SAID, torch.Generator().manual_seed(s)) for s in range(50)])
    assert kept.sum(dim=1).tolist() == [2] * 50
    assert not kept[:, ~SAID.agreed].any()
    assert kept[:, SAID.agreed].any(dim=0).all()


def test_drawn_as_likely_as_1_less_the_doubt() -> None:
    """Doubts 0 and .1, one of the two: .9 / 1.9 = .474 for the doubted one. Of 0 and .6: .286."""
    generator, draws = torch.Generator().manual_seed(0), 4000
    for doubt, exact in ((0.1, 0.9 / 1.9), (0.6, 0.4 / 1.4)):
        said = Verdicts(torch.tensor([True, True]), t(0, doubt))
        share = sum(int(UPO().drawn(said, generator)[1]) for _ in range(draws)) / draws
        assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / draws)


def test_refusals() -> None:
    assert_frozen(UPO())
    for options in ({"share": 0.0}, {"beta": 0.0}, {"hedge": 0.6}):
        with pytest.raises(ValueError, match=r"hedge in \[0, 0.5\]"):
            UPO(**options)
    with pytest.raises(ValueError, match="one shape"):
        UPO()(t(1, 2), t(1, 2), t(1))
    with pytest.raises(ValueError, match=r"\[S, N, 2\] needed, got \[3, 4\]"):
        verdicts(torch.ones(3, 4))
    with pytest.raises(ValueError, match="give softmax"):
        verdicts(torch.randn(3, 4, 2))
    with pytest.raises(ValueError, match="give softmax"):
        verdicts(torch.full((1, 1, 2), torch.nan))
    with pytest.raises(ValueError, match="give softmax"):
        verdicts(t(1.5, -0.5).view(1, 1, 2))
