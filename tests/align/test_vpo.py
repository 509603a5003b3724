"""The row vpo: DPO with a calibration term, its slopes, and where these vanish."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from dubito.align.vpo import VPO
from laws import assert_frozen


def tensor(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_by_hand() -> None:
    """beta .5, alpha .2, ratios 1 and -1: log(1 + e^-1) = .31326, and .5 * .2 * mean(2, 4)."""
    method, pair, calibration = VPO(beta=0.5, alpha=0.2), (tensor(1), tensor(-1)), tensor(2, 4)
    assert method.preference(*pair).item() == pytest.approx(0.3132617)
    assert method.offline(*pair, calibration).item() == pytest.approx(0.3132617 - 0.3)
    assert method.online(*pair, calibration).item() == pytest.approx(0.3132617 + 0.3)


def test_without_alpha_it_is_dpo() -> None:
    won, lost, calibration = torch.randn(3, 8, generator=torch.Generator().manual_seed(0)).double()
    method = VPO(beta=0.3, alpha=0.0)
    wanted = -logsigmoid(0.3 * (won - lost)).mean()
    for loss in (method.offline, method.online):
        torch.testing.assert_close(loss(won, lost, calibration), wanted, atol=1e-15, rtol=0)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 7.0])
def test_at_the_reference_it_is_log_2(alpha: float) -> None:
    zero = tensor(0, 0)
    for loss in (VPO(alpha=alpha).offline, VPO(alpha=alpha).online):
        assert loss(zero, zero, zero).item() == pytest.approx(math.log(2))


def test_the_slope_of_a_chosen_answer() -> None:
    """-beta (1 - sigmoid(0)) - alpha beta = -.05 - .01."""
    won = tensor(0).requires_grad_()
    VPO(beta=0.1, alpha=0.1).offline(won, tensor(0), won).backward()
    assert won.grad is not None
    assert won.grad.item() == pytest.approx(-0.06)


def test_the_slope_in_a_table() -> None:
    """Of the term alone: -+ alpha beta (calibration law - policy)."""
    law = tensor(0.5, 0.3, 0.2)
    for term, sign in ((VPO.caution, -1), (VPO.curiosity, 1)):
        logits = tensor(1, 0, -1).requires_grad_()
        ratio = logits.log_softmax(dim=-1) - tensor(0.2, 0.2, 0.6).log()
        # Ten answers of that law: 5, 3 and 2 of a kind.
        term(VPO(beta=0.3, alpha=0.2), ratio.repeat_interleave(tensor(5, 3, 2).long())).backward()
        wanted = sign * 0.3 * 0.2 * (law - logits.detach().softmax(dim=-1))
        torch.testing.assert_close(logits.grad, wanted)


def descended(term: str, law: Tensor, steps: int) -> Tensor:
    """The policy after learning from calibration answers alone."""
    logits, method = torch.zeros_like(law).requires_grad_(), VPO(beta=1.0, alpha=1.0)
    answers = torch.arange(len(law)).repeat_interleave((10 * law).round().long())
    for _ in range(steps):
        ratio = logits.log_softmax(dim=-1) + math.log(len(law))
        loss = {"caution": method.caution, "curiosity": method.curiosity}[term](ratio[answers])
        (slope,) = torch.autograd.grad(loss, logits)
        logits = (logits - slope).detach().requires_grad_()
    return logits.detach().softmax(dim=-1)


def test_without_preferences_caution_ends_at_the_calibration_law() -> None:
    law = tensor(0.6, 0.3, 0.1)
    torch.testing.assert_close(descended("caution", law, 300), law)
    torch.testing.assert_close(descended("caution", tensor(0.5, 0.5), 5), tensor(0.5, 0.5))


def test_without_preferences_curiosity_knows_no_end() -> None:
    assert descended("curiosity", tensor(0.6, 0.4, 0.0), 300)[:2].sum() < 0.01


def test_options() -> None:
    assert_frozen(VPO())
    with pytest.raises(ValueError, match=r"got 0\.1 and -0\.1"):
        VPO(alpha=-0.1)
    with pytest.raises(ValueError, match="beta must be above 0"):
        VPO(beta=0.0)
    with pytest.raises(ValueError, match="one shape"):
        VPO().offline(tensor(1, 2), tensor(1), tensor(1))
