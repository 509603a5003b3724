"""Preference by mean log-probabilities: worked margins, no reward for brevity alone."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from dubito.learn.simpo import Said, fine_tuning, said, simpo


def of(logprob: float, tokens: int) -> Said:
    return Said(torch.tensor([logprob], dtype=torch.float64), torch.tensor([tokens]))


def test_equally_likely_tokens_leave_gamma():
    for gamma in (0.0, 0.5, 2.0):
        loss = simpo(of(-4, 8), of(-10, 20), gamma=gamma)
        assert loss.item() == pytest.approx(math.log1p(math.exp(gamma)))
    assert simpo(of(-4, 8), of(-10, 20), gamma=0).item() == pytest.approx(math.log(2))


def test_by_hand():
    """2 (-5 / 10) - 2 (-20 / 20) - 1 = -1 + 2 - 1 = 0; then with beta 4: -2 + 4 - 1 = 1."""
    assert simpo(of(-5, 10), of(-20, 20)).item() == pytest.approx(math.log(2))
    assert simpo(of(-5, 10), of(-20, 20), beta=4).item() == pytest.approx(math.log1p(math.exp(-1)))


def test_a_likelier_choice_costs_less_and_order_matters():
    losses = [simpo(of(-n, 4), of(-4, 4)).item() for n in (1, 2, 8)]
    assert losses == sorted(losses)
    assert simpo(of(-1, 4), of(-4, 4)).item() < simpo(of(-4, 4), of(-1, 4)).item()


def test_being_short_is_no_merit():
    """Twice as long at the same mean is the same loss."""
    assert simpo(of(-2, 4), of(-9, 9)).item() == simpo(of(-4, 8), of(-27, 27)).item()


def test_labels_are_about_the_next_token():
    """Vocabulary of 2. Row 0 learns tokens 2 and 3, row 1 token 3 alone."""
    p = torch.tensor([[0.5, 0.9, 0.2, 0.6], [0.5, 0.5, 0.25, 0.5]], dtype=torch.float64)
    logits = torch.stack([p.log(), (1 - p).log()], dim=-1)  # p of token 0
    labels = torch.tensor([[-100, -100, 0, 1], [-100, -100, -100, 0]])
    found = said(logits, labels)
    # token 0 at 2 is told by position 1, token 1 at 3 by position 2
    assert found.logprob.tolist() == pytest.approx([math.log(0.9) + math.log(0.8), math.log(0.25)])
    assert found.tokens.tolist() == [2, 1]
    expected = -(math.log(0.9) + math.log(0.8) + math.log(0.25)) / 3
    assert fine_tuning(found).item() == pytest.approx(expected)
    assert said(logits + 7, labels).logprob.tolist() == pytest.approx(found.logprob.tolist())
    torch.testing.assert_close(
        fine_tuning(found),
        torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()),
    )


def test_gradients():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 5, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    labels = torch.randint(3, (4, 5), generator=generator)
    labels[:, 0], labels[1, 1:3] = -100, -100

    def loss(x):
        both = said(x, labels)
        return simpo(
            Said(both.logprob[:2], both.tokens[:2]), Said(both.logprob[2:], both.tokens[2:])
        )

    assert gradcheck(loss, (logits,))


def test_learning_prefers_the_chosen_answer():
    logits = torch.zeros(2, 4, 5, requires_grad=True)
    labels = torch.tensor([[-100, 1, 2, 3], [-100, 4, 4, -100]])
    optimiser = torch.optim.SGD([logits], lr=5.0)
    for _ in range(60):
        both = said(logits, labels)
        chosen, rejected = (Said(both.logprob[i : i + 1], both.tokens[i : i + 1]) for i in (0, 1))
        loss = simpo(chosen, rejected).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.2


def test_what_has_no_mean_is_refused():
    with pytest.raises(ValueError, match="without tokens"):
        simpo(of(0, 0), of(-1, 1))
    with pytest.raises(ValueError, match="beta"):
        simpo(of(-1, 1), of(-1, 1), beta=0)
    with pytest.raises(ValueError, match="gamma"):
        simpo(of(-1, 1), of(-1, 1), gamma=-1)
