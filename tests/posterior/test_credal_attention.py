"""The row credal-transformer: attention by evidence."""

import math

import pytest
import torch
from torch import Tensor

from dubito.nn.dirichlet import vacuity
from dubito.nn.tiny_transformer import seeded_transformer
from dubito.posterior.credal_attention import (
    Attended,
    CredalAttention,
    evidential_attention,
    make_credal,
    vacuities,
)


def attended(scores: list[float], hidden: int = 0, **options: float) -> Attended:
    """One query 1 of width 1, so that keys are scores; values tell keys apart."""
    key = torch.tensor(scores, dtype=torch.float64).view(1, 1, -1, 1)
    value = torch.eye(len(scores), dtype=torch.float64)[None, None]
    visible = torch.arange(len(scores)) < len(scores) - hidden
    return evidential_attention(key.new_ones(1, 1, 1, 1), key, value, visible, **options)


def weights(seen: Attended) -> list[float]:
    return seen.weights.flatten().tolist()


def test_no_preference_is_not_no_evidence() -> None:
    """exp(0) = 1: alpha 2 for each of four keys, vacuity 4 / 8; at -20 it is 1 - 2e-9."""
    seen = attended([0.0] * 4)
    assert weights(seen) == [0.25] * 4
    assert seen.vacuity.item() == 0.5
    assert 1 - attended([-20.0] * 4).vacuity.item() == pytest.approx(math.exp(-20), rel=1e-4)


def test_one_key_fits() -> None:
    """exp 5 = 148.413: alpha 149.413 and three times 2, total 155.413, vacuity 4 / 155.413."""
    seen = attended([5.0, 0.0, 0.0, 0.0])
    assert weights(seen) == pytest.approx([0.961393, 0.012869, 0.012869, 0.012869], abs=1e-6)
    assert seen.vacuity.item() == pytest.approx(0.025738, abs=1e-6)
    torch.testing.assert_close(seen.out[0, 0, 0], seen.weights[0, 0, 0])


def test_a_shift_of_all_scores_is_seen() -> None:
    """Upwards less doubt and towards softmax, downwards uniform; never shift invariant."""
    base = [2.0, 0.0, -1.0]
    soft = torch.tensor(base, dtype=torch.float64).softmax(-1).tolist()
    seen = [attended([s + c for s in base], highest=40.0) for c in (-30.0, 0.0, 3.0, 30.0)]
    doubt = [s.vacuity.item() for s in seen]
    assert doubt == sorted(doubt, reverse=True)
    assert len(set(doubt)) == 4
    assert weights(seen[-1]) == pytest.approx(soft, abs=1e-9)
    assert weights(seen[0]) == pytest.approx([1 / 3] * 3, abs=1e-9)
    assert doubt[-1] < 1e-12


def test_beliefs_and_vacuity_sum_to_one() -> None:
    """b = e / total; and the doubt is that of the Dirichlet distribution."""
    scores = torch.tensor([1.0, -0.5, 0.3], dtype=torch.float64)
    seen = attended(scores.tolist())
    evidence = scores.exp()
    belief = evidence / (evidence + 1).sum()
    assert float(belief.sum() + seen.vacuity) == pytest.approx(1, abs=1e-15)
    assert float(vacuity(evidence + 1)) == pytest.approx(seen.vacuity.item())
    lower = torch.tensor(weights(seen), dtype=torch.float64) - seen.vacuity.item() / 3
    torch.testing.assert_close(lower, belief)


def test_hidden_keys_weigh_nothing_and_do_not_count() -> None:
    seen, without = attended([1.0, 2.0, 9.0], hidden=1), attended([1.0, 2.0])
    assert weights(seen) == pytest.approx([*weights(without), 0.0])
    assert weights(seen)[2] == 0.0
    assert seen.vacuity == without.vacuity
    assert weights(attended([3.0, 1.0, 1.0], hidden=2)) == [1.0, 0.0, 0.0]


def test_scores_are_held_and_the_prior_may_be_smaller() -> None:
    """1000 keys: e^10 / (e^10 + 1000 + 999) = 0.917; a prior of 1 / 1000 each: 0.957."""
    scores = [50.0] + [0.0] * 999
    top = math.exp(10)
    assert weights(attended(scores))[0] == pytest.approx((top + 1) / (top + 1000 + 999))
    light = attended(scores, prior=1e-3)
    assert weights(light)[0] == pytest.approx((top + 1e-3) / (top + 999 + 1))
    assert light.vacuity.item() == pytest.approx(1 / (top + 999 + 1))
    assert weights(attended([50.0, 0.0], highest=60.0))[0] == pytest.approx(1)


def test_scores_are_divided_by_the_root_of_the_width() -> None:
    """q = k = (1, 1, 1, 1): 4 / 2 = 2, evidence e^2 for each of two keys."""
    ones = torch.ones(1, 1, 1, 4, dtype=torch.float64)
    keys = ones.expand(1, 1, 2, 4)
    seen = evidential_attention(ones, keys, keys, torch.tensor(True))
    assert seen.vacuity.item() == pytest.approx(1 / (math.exp(2) + 1))


def test_half_precision_is_widened() -> None:
    q = torch.full((1, 1, 1, 1), 3.0, dtype=torch.bfloat16)
    seen = evidential_attention(q, q, q, torch.tensor(True))
    assert seen.out.dtype == torch.bfloat16
    assert seen.vacuity.dtype == torch.float32
    assert seen.vacuity.item() == pytest.approx(1 / (math.exp(9) + 1), rel=1e-6)


def test_gradients_reach_queries_keys_and_values() -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, 3, 2, generator=generator, dtype=torch.float64) for _ in range(3))
    visible = torch.ones(3, 3, dtype=torch.bool).tril()

    def both(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        seen = evidential_attention(q, k, v, visible)
        return seen.out, seen.vacuity

    assert torch.autograd.gradcheck(both, [t.requires_grad_() for t in (q, k, v)])


def tokens() -> Tensor:
    return torch.randint(11, (3, 7), generator=torch.Generator().manual_seed(0))


def test_in_a_tiny_transformer() -> None:
    """The same weights; a position sees what is before it alone; softmax where scores are high."""
    model, plain = (seeded_transformer(11, context=8, seed=0) for _ in range(2))
    assert make_credal(model) == 2
    assert make_credal(model) == 0
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in plain.parameters())
    out = model(tokens())
    assert out.shape == (3, 7, 11)
    assert not torch.allclose(out, plain(tokens()))
    later = tokens()
    later[:, 4:] = 0
    torch.testing.assert_close(model(later)[:, :4], out[:, :4])
    doubt = vacuities(model, tokens())
    assert doubt.shape == (3, 2, 4, 7)
    assert ((doubt > 0) & (doubt <= 1)).all()
    assert not any(m._forward_hooks for m in model.modules())
    with pytest.raises(ValueError, match="no credal attention"):
        vacuities(plain, tokens())


def test_much_evidence_is_the_block_as_it_was() -> None:
    """Queries and keys with one great entry more: every score rises by 30."""
    model, plain = (seeded_transformer(11, context=8, seed=0).double() for _ in range(2))
    make_credal(model, highest=80.0)
    for net in (model, plain):
        for block in net.blocks:
            layer = (block.attention if net is model else block).query_key_value
            rows = layer.weight.data.view(3, 4, 16, 64)
            rows[:2, :, 0] = 0.0
            layer.bias.data.view(3, 4, 16)[:2, :, 0] = (30 * 4) ** 0.5
    torch.testing.assert_close(model(tokens()), plain(tokens()), atol=1e-8, rtol=1e-8)


def test_the_first_position_sees_one_key() -> None:
    layer = CredalAttention(8, 2)
    seen = layer(torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0)))
    assert seen.out.shape == (2, 5, 8)
    assert seen.weights.shape == (2, 2, 5, 5)
    assert (seen.weights[..., 0, 0] == 1).all()
    assert not seen.weights.triu(1).any()
    torch.testing.assert_close(seen.weights.sum(-1), torch.ones(2, 2, 5))


def test_refusals() -> None:
    with pytest.raises(ValueError, match="multiple of heads and prior"):
        CredalAttention(6, 4)
    with pytest.raises(ValueError, match="multiple of heads and prior"):
        CredalAttention(8, 4, prior=0.0)


def test_the_global_generator_is_left_alone() -> None:
    net = seeded_transformer(11, context=8, seed=0)
    before = torch.random.get_rng_state()
    assert make_credal(net) > 0
    assert torch.equal(torch.random.get_rng_state(), before)
