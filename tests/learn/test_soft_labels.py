import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from dubito.learn.soft_labels import smoothing_of, ual


@pytest.fixture
def tokens():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(7, 5, generator=generator, dtype=torch.float64)
    return logits, torch.randint(0, 5, (7,), generator=generator)


def test_the_card():
    """V = 4, logits 2 0 0 0, s = .2: .8 * .3407 + .2 * 1.8407, with log sum exp = 2.3407."""
    loss = ual(torch.tensor([[2.0, 0, 0, 0]]), torch.tensor([0]), smoothing=0.2)
    assert loss.tolist() == pytest.approx([0.64075], abs=5e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2, 1.0])
def test_one_smoothing_for_all_is_what_torch_calls_label_smoothing(tokens, smoothing):
    logits, labels = tokens
    plain = cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    assert torch.allclose(ual(logits, labels, smoothing=smoothing), plain, atol=1e-12)


def test_each_token_has_its_own(tokens):
    logits, labels = tokens
    shares = torch.arange(7) / 10
    each = [ual(logits[[i]], labels[[i]], smoothing=i / 10) for i in range(7)]
    assert torch.allclose(ual(logits, labels, smoothing=shares), torch.cat(each), atol=1e-7)


def test_the_best_prediction_is_the_smoothed_label():
    """V = 4, s = .2: no slope is left at .85 and .05 each."""
    logits = torch.tensor([[0.85, 0.05, 0.05, 0.05]], dtype=torch.float64).log().requires_grad_()
    ual(logits, torch.tensor([0]), smoothing=0.2).sum().backward()
    assert logits.grad.abs().max() < 1e-12


def test_slope(tokens):
    logits, labels = tokens
    shares = (torch.arange(7, dtype=torch.float64) / 10).requires_grad_()

    def loss(x):
        return ual(x, labels, smoothing=shares.detach(), vocabulary=4)

    assert torch.autograd.gradcheck(loss, (logits.requires_grad_(),))
    ual(logits, labels, smoothing=shares).sum().backward()
    assert shares.grad is None


def test_padding_of_the_vocabulary_gets_no_mass():
    """The last two rows are no tokens: the mean is over the four, log sum exp over all six."""
    logits = torch.tensor([[2.0, 0, 0, 0, -9, 9]])
    total = math.log(math.exp(2) + 3 + math.exp(-9) + math.exp(9))
    loss = ual(logits, torch.tensor([0]), smoothing=0.2, vocabulary=4)
    assert loss.item() == pytest.approx(total - 0.8 * 2 - 0.2 * 0.5, abs=1e-5)


def test_dtype_and_shift(tokens):
    logits, labels = tokens
    assert ual(logits.float(), labels, smoothing=torch.rand(7).double()).dtype == torch.float32
    assert torch.allclose(ual(logits + 3, labels), ual(logits, labels), atol=1e-12)


def test_smoothing_by_hand():
    """1, 2, 4 -> 0, 1, 3 above the least, mean 4/3; times .1 / (4/3): 0, .075, .225."""
    assert smoothing_of([1, 2, 4]) == pytest.approx([0, 0.075, 0.225])


def test_the_mean_is_kept_unless_the_highest_cuts():
    doubt = np.random.default_rng(0).random(50)
    assert smoothing_of(doubt, mean=0.2).mean() == pytest.approx(0.2)
    # One open task of ten: 1.0 without the cut.
    cut = smoothing_of([0] * 9 + [1], mean=0.1)
    assert cut[-1] == 0.5
    assert smoothing_of([0] * 9 + [1], mean=0.1, highest=1.0)[-1] == pytest.approx(1.0)


def test_scale_shift_and_order_of_the_doubts():
    doubt = np.array([0.3, 0.1, 0.9, 0.4])
    assert smoothing_of(7 * doubt) == pytest.approx(smoothing_of(doubt))
    assert smoothing_of(doubt + 5) == pytest.approx(smoothing_of(doubt))
    assert np.argsort(smoothing_of(doubt)).tolist() == np.argsort(doubt).tolist()
    assert smoothing_of(doubt * 1e-300) == pytest.approx(smoothing_of(doubt))


def test_all_alike_get_the_mean():
    assert smoothing_of([3, 3, 3], mean=0.2).tolist() == [0.2] * 3


def test_what_does_not_fit_is_refused(tokens):
    logits, labels = tokens
    with pytest.raises(ValueError, match=r"mean <= highest <= 1 is needed, got 0.6 and 0.5"):
        smoothing_of([1, 2], mean=0.6)
    for doubts in ([], [1, math.nan], [[1, 2]]):
        with pytest.raises(ValueError, match="a row of finite numbers"):
            smoothing_of(doubts)
    for smoothing in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            ual(logits, labels, smoothing=smoothing)
    for size in (0, 6):
        with pytest.raises(ValueError, match=r"1 .. 5, got"):
            ual(logits, labels, vocabulary=size)
