import math
from collections.abc import Iterator

import pytest
import torch

from dubito.nn.tiny_training import Batch, Schedule, fit, token_loss
from dubito.nn.tiny_transformer import TinyTransformer, seeded_transformer


def tokens(seed: int = 0, *, batch: int = 3, length: int = 7) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(11, (batch, length), generator=generator)


def test_the_future_is_not_seen() -> None:
    """Other tokens from position 4 on leave the logits before it as they were."""
    model, x = seeded_transformer(11, context=8, seed=0), tokens()
    other = x.clone()
    other[:, 4:] = (other[:, 4:] + 1) % 11
    before, after = model(x), model(other)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_the_past_is_seen_and_its_order_counts() -> None:
    model, x = seeded_transformer(11, context=8, seed=0), tokens()
    swapped = x[:, [1, 0, 2, 3, 4, 5, 6]]
    differs = (x[:, 0] != x[:, 1]).nonzero()[:, 0]
    assert not torch.allclose(model(x)[differs, -1], model(swapped)[differs, -1])


def test_rows_do_not_meet() -> None:
    model, x = seeded_transformer(11, context=8, seed=0), tokens()
    torch.testing.assert_close(model(x)[1:2], model(x[1:2]))


def test_same_seed_same_weights_and_the_global_state_is_left_alone() -> None:
    state = torch.random.get_rng_state()
    first, second = (seeded_transformer(11, context=8, seed=3) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first(tokens()), second(tokens()))
    assert not torch.equal(first(tokens()), seeded_transformer(11, context=8, seed=4)(tokens()))


def test_greedy_takes_the_likeliest_token_each_time() -> None:
    model, x = seeded_transformer(11, context=8, seed=0), tokens(length=5)
    said = model.greedy(x, 3)
    assert said.shape == (3, 3)
    whole = torch.cat([x, said], dim=1)
    assert torch.equal(model(whole)[:, 4:7].argmax(-1), said)


def test_draws_follow_the_model() -> None:
    model = seeded_transformer(11, context=8, seed=0)
    x = tokens(batch=1, length=4).expand(20000, -1)
    drawn = model.draw(x, 1, torch.Generator().manual_seed(0))[:, 0]
    p = model(x[:1])[0, -1].softmax(-1)
    share = torch.bincount(drawn, minlength=11) / 20000
    assert (share - p).abs().max() < 5 * math.sqrt(0.25 / 20000)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="9 tokens do not fit into a context of 8"):
        seeded_transformer(11, context=8, seed=0)(tokens(length=9))
    with pytest.raises(ValueError, match="multiple of heads, got 10 and 4"):
        TinyTransformer(11, context=8, width=10)


def test_loss_is_that_of_the_learnt_tokens_given_what_precedes_them() -> None:
    """Logits ln 3 for token 1 at position 0: p = 3/4 of the token at position 1; ln(4/3)."""
    logits = torch.tensor([[[0.0, math.log(3)], [5.0, 0.0], [0.0, 7.0]]])
    x = torch.tensor([[0, 1, 1]])
    learnt = torch.tensor([[False, True, False]])
    assert token_loss(logits, x, learnt).item() == pytest.approx(math.log(4 / 3))
    both = torch.tensor([[True, True, True]])  # second: -log sigmoid(-5) = 5.006715
    expected = (math.log(4 / 3) + 5.006715) / 2
    assert token_loss(logits, x, both).item() == pytest.approx(expected, abs=1e-6)


def test_the_step_size_falls_along_half_a_cosine() -> None:
    schedule = Schedule(steps=100, rate=2.0)
    assert [schedule.at(s) for s in (0, 50, 100)] == pytest.approx([2.0, 1.0, 0.0])


def copies() -> Iterator[Batch]:
    """The second half repeats the first."""
    generator = torch.Generator().manual_seed(0)
    learnt = torch.tensor([False] * 3 + [True] * 3).expand(64, -1)
    while True:
        half = torch.randint(5, (64, 3), generator=generator)
        yield torch.cat([half, half], dim=1), learnt


def test_it_learns_to_copy_in_seconds() -> None:
    """From log 5 = 1.609 to nearly 0: attention, positions and training work together."""
    model = seeded_transformer(5, context=6, seed=0)
    losses = fit(model, copies(), Schedule(steps=200, rate=3e-3))
    assert losses[0] == pytest.approx(math.log(5), abs=0.1)
    assert losses[-1] < 0.05
    assert not model.training


def test_training_repeats_bit_for_bit() -> None:
    first, second = (
        fit(seeded_transformer(5, context=6, seed=0), copies(), Schedule(steps=5)) for _ in range(2)
    )
    assert first == second


def test_too_few_batches_are_refused() -> None:
    batch = next(copies())
    with pytest.raises(ValueError, match="3 steps, but only 2 batches"):
        fit(seeded_transformer(5, context=6, seed=0), iter([batch, batch]), Schedule(steps=3))
