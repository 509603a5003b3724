"""The head over steps: the card's exact checks, and what it must not see."""

import math

import pytest
import torch

from dubito.nn.step_head import StepHead, mean_of, seeded_head, step_loss


def head(*, future: bool = False) -> StepHead:
    return seeded_head(3, width=16, future=future, seed=0).eval()


def features(batch: int = 2, tokens: int = 5) -> torch.Tensor:
    return torch.randn(batch, tokens, 3, generator=torch.Generator().manual_seed(0))


def masks(*rows: list[int]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.bool)


EACH = masks([1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]).expand(2, -1, -1)
ALL = torch.ones(2, 5, dtype=torch.bool)


def test_mean_of_a_step() -> None:
    """Tokens 1 and 2 of five: (o_2 + o_3) / 2; an empty step is zero, not NaN."""
    o = torch.arange(10.0).reshape(5, 2)
    chosen = masks([0, 1, 1, 0, 0], [0, 0, 0, 0, 0])
    expected = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    torch.testing.assert_close(mean_of(o.expand(2, -1, -1), chosen), expected)


def test_loss_of_the_card() -> None:
    """Logit 0: 3 ln 2 where wrong, ln 2 where right; what is not judged changes nothing."""
    zero = torch.zeros(1)
    assert step_loss(zero, torch.tensor([1.0])).item() == pytest.approx(3 * math.log(2))
    assert step_loss(zero, torch.tensor([0.0])).item() == pytest.approx(math.log(2))
    logits = torch.tensor([0.0, 5.0, 0.0], requires_grad=True)
    loss = step_loss(logits, torch.tensor([1.0, math.nan, 0.0]))
    assert loss.item() == pytest.approx(2 * math.log(2))
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[1] == 0


def test_padding_changes_nothing() -> None:
    """Three more tokens that are not there, and a step that is empty."""
    x, model = features(), head(future=True)
    padded = torch.cat([x, torch.full((2, 3, 3), 7.0)], dim=1)
    steps = torch.zeros(2, 4, 8, dtype=torch.bool)
    steps[:, :3, :5] = EACH
    present = torch.arange(8).expand(2, -1) < 5
    got = model(padded, steps, present)
    torch.testing.assert_close(got[:, :3], model(x, EACH, ALL))
    assert got.isfinite().all()
    # A step that claims tokens which are not there does not get them.
    steps[:, 2, 5:] = True
    torch.testing.assert_close(model(padded, steps, present)[:, :3], model(x, EACH, ALL))


def test_answers_and_steps_do_not_meet() -> None:
    x, model = features(), head()
    whole = model(x, EACH, ALL)
    torch.testing.assert_close(model(x.flip(0), EACH, ALL), whole.flip(0))
    torch.testing.assert_close(model(x, EACH[:, [2, 0]], ALL), whole[:, [2, 0]])


def test_the_future_is_seen_only_where_it_may_be() -> None:
    """Other features of the last two tokens: only their own step may change."""
    x = features()
    other = x.clone()
    other[:, 3:] += 1
    before, after = head()(x, EACH, ALL), head()(other, EACH, ALL)
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.isclose(before[:, 2], after[:, 2]).any()
    seeing = head(future=True)
    assert not torch.isclose(seeing(x, EACH, ALL), seeing(other, EACH, ALL)).any()


def test_the_past_and_the_step_itself_count() -> None:
    x, model = features(), head()
    other = x.clone()
    other[:, 0] += 1
    assert not torch.isclose(model(x, EACH, ALL), model(other, EACH, ALL)).any()
    bigger = masks([0, 1, 1, 0, 0], [0, 0, 1, 0, 0]).expand(2, -1, -1)
    logits = model(x, bigger, ALL)  # up to the same token, another step
    assert not torch.isclose(logits[:, 0], logits[:, 1]).any()


def test_tokens_know_whether_they_belong_to_the_step() -> None:
    """What belonging means is learnt: other embeddings of it, other logits, both ways."""
    x = features()
    for row in (0, 1):
        model = head()
        before = model(x, EACH, ALL)
        with torch.no_grad():
            model.member.weight[row] += torch.linspace(-1, 1, 16)
        assert not torch.isclose(before[:, 1:], model(x, EACH, ALL)[:, 1:]).any()


def test_same_seed_same_weights_and_the_global_state_is_left_alone() -> None:
    state = torch.random.get_rng_state()
    x = features()
    assert torch.equal(head()(x, EACH, ALL), head()(x, EACH, ALL))
    assert torch.equal(torch.random.get_rng_state(), state)
    other = seeded_head(3, width=16, future=False, seed=1).eval()
    assert not torch.equal(other(x, EACH, ALL), head()(x, EACH, ALL))
