"""ua-clm: worked tokens of both kinds, groups that weigh alike, slopes where tanh is flat."""

import math

import pytest
import torch

from dubito.learn.honest_entropy import ua_clm
from dubito.learn.trainer import trainer_loss

HALVES, SURE = [0.5, 0.5], [0.9, 0.1]


def cost(p, label, **options):
    """The loss of a single token with these probabilities."""
    logits = torch.tensor([p], dtype=torch.float64).log()
    return ua_clm(logits, torch.tensor([label]), **options).item()


@pytest.mark.parametrize(
    ("p", "label", "expected"),
    [
        (HALVES, 0, 0.4581),  # H = log 2, tanh .6, a tie goes to index 0: right, -.5 log .4
        (HALVES, 1, 0.2554),  # wrong, -.5 log .6
        (SURE, 0, 0.0377),  # H = .3251, tanh .3141: -.1 log .6859
        (SURE, 1, 1.04225),  # -.9 log .3141
    ],
)
def test_the_card(p, label, expected):
    assert cost(p, label) == pytest.approx(expected, abs=5e-5)


def test_the_labels_probability_instead():
    """-.1 log .3141 of the wrong token; of a right one the label is the likeliest."""
    assert cost(SURE, 1, label_probability=True) == pytest.approx(0.1158, abs=5e-5)
    assert cost(SURE, 0, label_probability=True) == cost(SURE, 0)


def test_limits():
    """Certain and right costs nothing, certain and wrong -log(floor), uniform next to nothing."""
    logits = torch.tensor([[60.0, 0, 0]], dtype=torch.float64)
    assert ua_clm(logits, torch.tensor([0])).item() == pytest.approx(0, abs=1e-20)
    assert ua_clm(logits, torch.tensor([1])).item() == pytest.approx(6 * math.log(10), rel=1e-6)
    lower = ua_clm(logits, torch.tensor([1]), floor=1e-9).item()
    assert lower == pytest.approx(9 * math.log(10), rel=1e-6)
    # V = 100: tanh log 100 = .9998, P = .01
    flat = ua_clm(torch.zeros(1, 100, dtype=torch.float64), torch.tensor([3])).item()
    assert flat == pytest.approx(2e-6, rel=1e-3)


def test_wrong_and_right_weigh_alike():
    """One wrong token of .9 among three right ones of .5 and .9: group means, not a token mean."""
    logits = torch.tensor([SURE, HALVES, SURE, SURE], dtype=torch.float64).log()
    labels = torch.tensor([1, 0, 0, 0])
    expected = 1.04225 + (0.45815 + 2 * 0.03770) / 3
    assert ua_clm(logits, labels).mean().item() == pytest.approx(expected, abs=5e-5)


def test_all_right_is_the_second_term_alone():
    logits = torch.tensor([SURE, HALVES], dtype=torch.float64).log()
    got = ua_clm(logits, torch.tensor([0, 0])).mean().item()
    assert got == pytest.approx((0.0377 + 0.4581) / 2, abs=5e-5)


def test_cross_entropy_is_added_by_token():
    assert cost(SURE, 1, cross_entropy=0.5) == pytest.approx(
        1.04225 - 0.5 * math.log(0.1), abs=5e-5
    )
    two = torch.tensor([SURE, SURE], dtype=torch.float64).log()
    both = ua_clm(two, torch.tensor([0, 1]), cross_entropy=1.0)
    plain = ua_clm(two, torch.tensor([0, 1]))
    assert (both - plain).tolist() == pytest.approx([-math.log(0.9), -math.log(0.1)])


def test_slope_runs_through_doubt_and_probability():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 1, 2, 3, 4, 0])
    assert torch.autograd.gradcheck(lambda x: ua_clm(x, labels, cross_entropy=0.3), (logits,))
    assert torch.autograd.gradcheck(lambda x: ua_clm(x, labels, label_probability=True), (logits,))


def test_a_slope_is_left_where_tanh_rounds_to_one():
    """H = 10.4 nats of 32,000 tokens: 1 - tanh H = 2e-9, still to be lowered for a right token."""
    logits = torch.zeros(1, 32_000)
    logits[0, 0] = 0.5
    logits.requires_grad_()
    ua_clm(logits, torch.tensor([0])).sum().backward()
    assert -0.01 < logits.grad[0, 0] < -1e-4


def test_descent_separates_the_doubt_of_errors():
    """Two tokens with the same start, one right and one wrong: entropy falls and rises."""
    logits = torch.tensor([[1.0, 0, 0], [1.0, 0, 0]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([0, 1])
    optimiser = torch.optim.SGD([logits], lr=0.3)
    for _ in range(5):
        optimiser.zero_grad()
        ua_clm(logits, labels).mean().backward()
        optimiser.step()
    p = logits.detach().softmax(dim=-1)
    doubt = -(p * p.log()).sum(dim=-1)
    assert doubt[0] < 0.9 < 0.9753 < doubt[1]  # .9753 of probabilities .576, .212, .212


def test_shift_and_dtype():
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0])
    assert torch.allclose(ua_clm(logits + 4, labels), ua_clm(logits, labels), atol=1e-5)
    assert ua_clm(logits, labels).dtype == torch.float32


def test_in_a_trainer_the_mean_of_a_batch_is_the_objective():
    logits = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([[0, 1, 2, 0], [-100, -100, 2, 1]])
    kept = torch.cat([logits[0, :3], logits[1, 1:3]]), torch.tensor([1, 2, 0, 2, 1])
    got = trainer_loss(ua_clm, cross_entropy=1.0)({"logits": logits}, labels)
    assert got.item() == pytest.approx(ua_clm(*kept, cross_entropy=1.0).mean().item(), rel=1e-6)


def test_what_does_not_fit_is_refused():
    for options in ({"cross_entropy": -1.0}, {"floor": 0.0}):
        with pytest.raises(ValueError, match="cross_entropy must be at least 0 and floor above 0"):
            cost(SURE, 0, **options)


@pytest.mark.parametrize("label", [0, 1])
def test_tokens_that_cannot_be_change_nothing(label):
    logits = torch.tensor([[*SURE, 0.0]], dtype=torch.float64).log().requires_grad_()
    found = ua_clm(logits, torch.tensor([label]))
    assert found.item() == pytest.approx(cost(SURE, label))
    found.sum().backward()
    assert logits.grad.isfinite().all()
