"""What the four kinds of label share: rows to learn, a loss among K words, a reading."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from dubito.learn.statement import IGNORED, followed_by, stated, stating_loss
from dubito.learn.trainer import trainer_loss

OPTIONS = torch.tensor([2, 0])


def test_only_the_statement_is_learnt() -> None:
    tokens, labels = followed_by(torch.tensor([[5, 6], [7, 8]]), 1, torch.tensor([3, 4]))
    assert tokens.tolist() == [[5, 6, 1, 3], [7, 8, 1, 4]]
    assert labels.tolist() == [[IGNORED] * 3 + [3], [IGNORED] * 3 + [4]]


def test_an_answer_is_learnt_on_request_and_the_query_never() -> None:
    _, labels = followed_by(torch.tensor([[9, 5, 6]]), 1, torch.tensor([3]), answers=2)
    assert labels.tolist() == [[IGNORED, 5, 6, IGNORED, 3]]
    for wrong in (-1, 4):
        with pytest.raises(ValueError, match=rf"in 0 .. 3, got {wrong}"):
            followed_by(torch.tensor([[9, 5, 6]]), 1, torch.tensor([3]), answers=wrong)


def test_an_option_is_held_against_the_options() -> None:
    """Weights 1, 99, 3: token 2 is 3/4 among 2 and 0; token 1, no option, 99/103 of all."""
    logits = torch.tensor([[1.0, 99.0, 3.0]] * 3, dtype=torch.float64).log()
    got = stating_loss(logits, torch.tensor([2, 0, 1]), options=OPTIONS)
    assert got.tolist() == pytest.approx([math.log(4 / 3), math.log(4), math.log(103 / 99)])


def test_what_is_no_option_teaches_an_option_nothing() -> None:
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    stating_loss(logits, torch.tensor([2]), options=OPTIONS).sum().backward()
    assert logits.grad.tolist() == [[0.5, 0, -0.5, 0]]


def test_all_tokens_as_options_is_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 1])
    plain = cross_entropy(logits, labels, reduction="none")
    assert torch.allclose(stating_loss(logits, labels, options=torch.arange(4)), plain)
    assert torch.autograd.gradcheck(
        lambda x: stating_loss(x, labels, options=OPTIONS), (logits.requires_grad_(),)
    )


def test_words_at_the_bottom_of_the_vocabulary_are_not_lifted_first() -> None:
    """Ten nats below the rest they are as far apart as anywhere."""
    logits = torch.tensor([[-10.0, 0.0, -10.0]], dtype=torch.float64)
    got = stating_loss(logits, torch.tensor([2]), options=OPTIONS)
    assert got.item() == pytest.approx(math.log(2))


def test_in_a_trainer_answer_and_statement_are_one_mean() -> None:
    """The value 1 against the vocabulary of 4, the verdict 2 against two options."""
    rows = followed_by(torch.tensor([[3, 1]]), 3, torch.tensor([2]), answers=1)
    loss = trainer_loss(stating_loss, options=OPTIONS)
    got = loss({"logits": torch.zeros(1, 4, 4)}, rows.labels)
    assert got.item() == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_read_from_the_number_tokens_alone() -> None:
    """Tokens 2, 0, 3 say 0, .5, 1 with weights 1, 2, 5 of 8; token 1 is likelier than all."""
    logits = torch.log(torch.tensor([[2.0, 99.0, 1.0, 5.0]]))
    words, values = torch.tensor([2, 0, 3]), torch.tensor([0.0, 0.5, 1.0])
    got = stated(logits, words, values)
    assert got.likeliest.tolist() == [1.0]
    assert got.expected.item() == pytest.approx((2 * 0.5 + 5) / 8)
    assert stated(logits + 3, words, values).expected.item() == pytest.approx(got.expected.item())
    # T = 1/2 squares the weights: 1, 4, 25 of 30
    sharper = stated(logits, words, values, temperature=0.5)
    assert sharper.expected.item() == pytest.approx((4 * 0.5 + 25) / 30)


def test_what_does_not_fit_is_refused() -> None:
    for options in ([2], [2, 2]):
        with pytest.raises(ValueError, match="at least two different options"):
            stating_loss(torch.zeros(1, 3), torch.tensor([2]), options=torch.tensor(options))
    for values in ([0.5], [0.5, 1.5]):
        with pytest.raises(ValueError, match=r"a value in \[0, 1\] for each token"):
            stated(torch.zeros(1, 4), torch.tensor([0, 1]), torch.tensor(values))
    with pytest.raises(ValueError, match="temperature must be above 0"):
        stated(torch.zeros(1, 4), OPTIONS, torch.tensor([0.0, 1.0]), temperature=0)
