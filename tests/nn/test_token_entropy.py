"""Entropies of next-token distributions against scipy, and what the nucleus leaves out."""

import math

import pytest
import torch
from scipy.special import entr

from dubito.nn.token_entropy import nucleus_entropies, token_entropies

P = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)


def random_logits(*shape: int) -> torch.Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_entropy_is_scipys() -> None:
    logits = random_logits(3, 5, 11)
    wanted = entr(logits.softmax(-1).numpy()).sum(-1)
    torch.testing.assert_close(token_entropies(logits), torch.from_numpy(wanted))


def test_between_none_and_log_v() -> None:
    logits = torch.tensor([[0.0, 0, 0, 0], [1e4, 0, 0, 0], [1e10, -1e10, 0, 0]])
    got = token_entropies(logits)
    torch.testing.assert_close(got, torch.tensor([math.log(4), 0.0, 0.0]))
    assert (got >= 0).all()
    assert token_entropies(logits.bfloat16()).dtype == torch.float32


def test_impossible_tokens_add_nothing_and_learn_nothing() -> None:
    logits = torch.tensor([0.0, 0.0, -torch.inf], requires_grad=True)
    entropy = token_entropies(logits)
    assert entropy.item() == pytest.approx(math.log(2))
    entropy.backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == [0, 0, 0]


def test_gradients() -> None:
    assert torch.autograd.gradcheck(token_entropies, random_logits(2, 6).requires_grad_())
    assert torch.autograd.gradcheck(
        lambda x: nucleus_entropies(x, 0.9), random_logits(2, 6).requires_grad_()
    )


def test_nucleus_by_hand() -> None:
    """.5 + .3 reach .8: (.625, .375), .625 log 1.6 + .375 log(8/3) = .6616."""
    assert nucleus_entropies(P.log(), 0.8).item() == pytest.approx(0.6615632)
    # The token that crosses is one of them: .5 + .3 again for .6, but only .5 for half.
    assert nucleus_entropies(P.log(), 0.6).item() == pytest.approx(0.6615632)
    assert nucleus_entropies(P.log(), 0.5).item() == 0
    three = P[:3] / P[:3].sum()
    assert nucleus_entropies(P.log(), 0.81).item() == pytest.approx(entr(three.numpy()).sum())
    # Eight of ten tokens of .1 reach .8, whose sum is rounded to a little less.
    assert nucleus_entropies(torch.zeros(10).double(), 0.8).item() == pytest.approx(math.log(8))
    # Mass is of all tokens, also where no more than two are looked at.
    assert nucleus_entropies(P.log(), 0.6, most=2).item() == pytest.approx(0.6615632)
    # Whatever was added to the logits.
    assert nucleus_entropies((P.log() + 7).float(), 0.8).item() == pytest.approx(0.6615632)


def test_the_order_of_tokens_and_the_batch_are_free() -> None:
    logits, order = random_logits(4, 3, 9), torch.tensor([4, 2, 0, 8, 6, 1, 3, 5, 7])
    got = nucleus_entropies(logits, 0.7)
    torch.testing.assert_close(nucleus_entropies(logits[..., order], 0.7), got)
    torch.testing.assert_close(nucleus_entropies(logits[2, 1], 0.7), got[2, 1])


def test_outside_the_nucleus_nothing_is_learnt() -> None:
    logits = P.log().requires_grad_()
    nucleus_entropies(logits, 0.8).backward()
    assert logits.grad is not None
    assert logits.grad[2:].tolist() == [0, 0]
    assert logits.grad[0].item() == pytest.approx(-logits.grad[1].item()) != 0


def test_the_limits() -> None:
    logits = random_logits(5, 8)
    torch.testing.assert_close(nucleus_entropies(logits, 1.0), token_entropies(logits))
    assert nucleus_entropies(logits, 1e-9).tolist() == [0] * 5
    two = logits.sort(descending=True).values[:, :2]
    torch.testing.assert_close(nucleus_entropies(logits, 0.999, most=2), token_entropies(two))


@pytest.mark.parametrize("mass", [0.0, 1.1, math.nan])
def test_refusals(mass: float) -> None:
    with pytest.raises(ValueError, match="mass must lie in"):
        nucleus_entropies(P, mass)
    with pytest.raises(ValueError, match="most be at least 1"):
        nucleus_entropies(P, most=0)


def test_an_impossible_token_has_no_slope_however_steep_the_loss() -> None:
    """A loss scaled by 1e4, as mixed precision does, must not turn into NaN at -inf."""
    logits = torch.tensor([0.5, 1.0, -torch.inf], requires_grad=True)
    (1e4 * token_entropies(logits)).backward()
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[2] == 0
