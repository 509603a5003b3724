"""Verbalised probability: labels by sub-task, words, and what is read from the number tokens."""

import numpy as np
import pytest
import torch

from dubito.learn.stated_confidence import (
    WORDS,
    followed_by,
    level,
    of_word,
    share_right,
    stated,
    word,
)


def test_the_card() -> None:
    """p = .617: 61, and "high", which is .6 to .8 with its middle at .7."""
    assert level(0.617) == 61
    assert word(0.617) == "high"
    assert of_word("high") == pytest.approx(0.7)


def test_a_task_is_confident_of_its_share() -> None:
    """Two of three right in b, one of two in a; whatever the order."""
    task, right = np.array(["b", "a", "b", "b", "a"]), np.array([1, 0, 1, 0, 1])
    got = share_right(task, right)
    assert got == pytest.approx([2 / 3, 1 / 2, 2 / 3, 2 / 3, 1 / 2])
    order = np.array([4, 2, 0, 1, 3])
    assert share_right(task[order], right[order]) == pytest.approx(got[order])


def test_levels_are_not_lost_to_rounding() -> None:
    """100 * .29 and 100 * .57 are a hair below 29 and 57 in binary."""
    hundredths = np.arange(101)
    assert (level(hundredths / 100) == hundredths).all()
    assert level([0.0, 0.99, 1.0], highest=10).tolist() == [0, 9, 10]


def test_words_cover_the_range() -> None:
    assert [word(p) for p in (0, 0.2, 0.4, 0.6, 0.8)] == list(WORDS)
    assert word(1.0) == "highest"
    assert [of_word(w) for w in WORDS] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert all(word(of_word(w)) == w for w in WORDS)


def test_only_the_statement_is_learnt() -> None:
    tokens, learnt = followed_by(torch.tensor([[5, 6], [7, 8]]), 1, torch.tensor([3, 4]))
    assert tokens.tolist() == [[5, 6, 1, 3], [7, 8, 1, 4]]
    assert learnt.tolist() == [[False, False, False, True]] * 2


def test_read_from_the_number_tokens_alone() -> None:
    """Tokens 2, 0, 3 say 0, .5, 1 with weights 1, 2, 5 of 8; token 1 is likelier than all."""
    logits = torch.log(torch.tensor([[2.0, 99.0, 1.0, 5.0]]))
    got = stated(logits, torch.tensor([2, 0, 3]), torch.tensor([0.0, 0.5, 1.0]))
    assert got.likeliest.tolist() == [1.0]
    assert got.expected.item() == pytest.approx((2 * 0.5 + 5) / 8)
    shifted = stated(logits + 3, torch.tensor([2, 0, 3]), torch.tensor([0.0, 0.5, 1.0]))
    assert shifted.expected.item() == pytest.approx(got.expected.item())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"in \[0, 1\], got 0.5 to 1.5"):
        level([0.5, 1.5])
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        level(float("nan"))
    with pytest.raises(ValueError, match="no confidence is called 'sure'"):
        of_word("sure")
    for task, right in (([], []), (["a"], [1, 0])):
        with pytest.raises(ValueError, match="a task and a grade for each answer"):
            share_right(task, right)
    for values in ([0.5], [0.5, 1.5]):
        with pytest.raises(ValueError, match=r"a value in \[0, 1\] for each token"):
            stated(torch.zeros(1, 4), torch.tensor([0, 1]), torch.tensor(values))
