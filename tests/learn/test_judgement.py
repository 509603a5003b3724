"""calibration-tuning: two options by hand, a divergence that starts at nothing, padding."""

import copy
import math

import pytest
import torch

from dubito.learn.judgement import after_last, departure, judged_right, judgement_loss
from dubito.nn.tiny_transformer import seeded_transformer

OPTIONS = {"no": 1, "yes": 2}
ODDS = torch.tensor([[5.0, 0.0, math.log(3)]], dtype=torch.float64)  # a third token is likelier


def test_the_card() -> None:
    """Logits 0 and log 3: P = 3/4; log 4/3 where right, log 4 where not; T = 2: P = .6340."""
    assert judged_right(ODDS, **OPTIONS).item() == pytest.approx(0.75)
    assert judged_right(ODDS, **OPTIONS, temperature=2.0).item() == pytest.approx(0.6340, abs=5e-5)
    two = ODDS.repeat(2, 1)
    loss = judgement_loss(two, torch.tensor([True, False]), **OPTIONS)
    assert loss.tolist() == pytest.approx([math.log(4 / 3), math.log(4)])
    assert judgement_loss(two, torch.tensor([1, 0]), **OPTIONS).tolist() == loss.tolist()


def test_only_the_two_options_count() -> None:
    other = ODDS.clone()
    other[0, 0] = -30
    for logits in (other, ODDS + 7):
        assert judged_right(logits, **OPTIONS).item() == pytest.approx(0.75)
    logits = ODDS.clone().requires_grad_()
    judgement_loss(logits, torch.tensor([True]), **OPTIONS).sum().backward()
    assert logits.grad.tolist() == [pytest.approx([0, 0.25, -0.25])]  # P - 1 on yes


def test_far_apart_stays_finite() -> None:
    far = torch.tensor([[0.0, 0.0, 1000.0]])
    assert judgement_loss(far, torch.tensor([False]), **OPTIONS).item() == 1000
    assert judgement_loss(far, torch.tensor([True]), **OPTIONS).item() == 0


def test_divergence_of_opposites_and_of_the_same() -> None:
    """Certain of one and certain of the other: log 2 at each of the two positions that count."""
    one = torch.tensor([[[90.0, 0.0]] * 3], dtype=torch.float64)
    kept = torch.tensor([[True, False, True]])
    assert departure(one, one.flip(-1), kept).item() == pytest.approx(2 * math.log(2))
    assert departure(one, one, kept).item() == 0
    assert departure(one, one.flip(-1), torch.zeros_like(kept)).item() == 0


def test_a_model_has_not_left_itself() -> None:
    """An untouched copy: divergence 0, the same judgement, and no slope into the one before."""
    model = seeded_transformer(12, context=6, seed=0)
    pupil = copy.deepcopy(model)
    tokens = torch.arange(10).reshape(2, 5)
    before, now = model(tokens), pupil(tokens)
    left = departure(now, before, torch.ones(2, 5, dtype=torch.bool))
    assert left.tolist() == pytest.approx([0, 0], abs=1e-6)
    assert (judged_right(now[:, -1], **OPTIONS) == judged_right(before[:, -1], **OPTIONS)).all()
    (left.sum() + departure(2 * now, before, torch.ones(2, 5, dtype=torch.bool)).sum()).backward()
    assert all(p.grad is None for p in model.parameters())
    assert any(p.grad.abs().sum() > 0 for p in pupil.parameters())


def test_slope() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, before = torch.randn(2, 2, 3, 4, generator=generator, dtype=torch.float64)
    kept = torch.tensor([[True, True, False], [False, True, True]])
    right = torch.tensor([True, False])
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: departure(x, before, kept), (logits,))
    assert torch.autograd.gradcheck(lambda x: judgement_loss(x[:, 0], right, **OPTIONS), (logits,))


def test_the_last_real_token_on_either_side_of_the_padding() -> None:
    logits = torch.arange(6.0).reshape(2, 3, 1)
    left_and_right = torch.tensor([[0, 1, 1], [1, 1, 0]])
    assert after_last(logits, left_and_right).tolist() == [[2.0], [4.0]]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="must be two tokens, both are 3"):
        judged_right(ODDS, no=3, yes=3)
    with pytest.raises(ValueError, match="above 0, got 0"):
        judged_right(ODDS, **OPTIONS, temperature=0.0)
    with pytest.raises(ValueError, match="row without a token"):
        after_last(torch.zeros(1, 2, 3), torch.zeros(1, 2))
