"""Fusion of logits: numbers by hand, the root, both completions, the processor in generate()."""

import copy
import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.special import log_softmax, rel_entr
from tiny import tiny_model
from torch import Tensor
from transformers import LogitsProcessorList, PreTrainedModel

import dubito
from dubito.decide.expert_decoding import FusedExperts
from dubito.decide.logit_fusion import (
    LogitFusion,
    alone,
    boundary,
    divergence,
    joint,
    matching_weight,
    moves_of,
)
from dubito.models.local import LocalModel


def logs(*p: float) -> Tensor:
    """One row of log-probabilities, [1, V], in float64."""
    return torch.tensor([p], dtype=torch.float64).log()


BASE = logs(0.5, 0.3, 0.2)
SHIFT = torch.tensor([[0.0, 0.0, math.log(4)]], dtype=torch.float64)
TUNED = (BASE + SHIFT)[None]  # softmax is (.5, .3, .8) / 1.6 = (.3125, .1875, .5)
PEAKED = logs(0.2, 0.1, 0.7)


def test_large_equal_to_small_follows_the_expert() -> None:
    """Then alpha = 1 moves by just KL(Q_1 || Q), and the law is the expert's."""
    fused = LogitFusion()(BASE, BASE, TUNED)
    # .3125 ln(.3125/.5) + .1875 ln(.1875/.3) + .5 ln(.5/.2) = .5 (-.470004 + .916291) = .223144
    assert moves_of(BASE, BASE, TUNED).targets.item() == pytest.approx(0.223144, abs=1e-6)
    assert fused.weights.item() == pytest.approx(1.0, abs=1e-8)
    expected = torch.tensor([[0.3125, 0.1875, 0.5]], dtype=torch.float64)
    torch.testing.assert_close(fused.logits.softmax(dim=-1), expected, atol=1e-8, rtol=0)


@pytest.mark.parametrize(
    ("alpha", "moved"), [(0.5, 0.0402), (1.0, 0.1207), (1.5, 0.1988), (2.0, 0.2579)]
)
def test_divergence_of_a_peaked_law(alpha: float, moved: float) -> None:
    """At alpha = 1: weights (.2, .1, 2.8) / 3.1, KL = .903226 ln 4 - ln 3.1 = .1207."""
    assert divergence(PEAKED + alpha * SHIFT, PEAKED).item() == pytest.approx(moved, abs=5e-5)


def test_root_of_a_peaked_law() -> None:
    fused = LogitFusion()(PEAKED, BASE, TUNED)
    assert fused.weights.item() == pytest.approx(1.68549, abs=1e-5)


def test_it_is_the_divergence_of_new_from_old() -> None:
    """Not the other way round: scipy's sum over p log(p / q)."""
    p, q = np.array([0.2, 0.1, 0.7]), np.array([0.5, 0.3, 0.2])
    assert divergence(PEAKED, BASE).item() == pytest.approx(rel_entr(p, q).sum(), abs=1e-12)
    assert divergence(BASE, PEAKED).item() == pytest.approx(rel_entr(q, p).sum(), abs=1e-12)


def test_a_target_out_of_reach_gives_the_ceiling() -> None:
    """KL stays below ln(1 / .7) = .356675 however far; tuned from .2 to .98 moved by more."""
    far = logs(0.01, 0.01, 0.98)[None]
    assert moves_of(PEAKED, BASE, far).targets.item() > math.log(1 / 0.7)
    for ceiling in (0.5, 2.0, 50.0):
        fused = LogitFusion(ceiling=ceiling)(PEAKED, BASE, far)
        assert fused.weights.item() == ceiling


def test_a_constant_shift_moves_nothing() -> None:
    fused = LogitFusion()(PEAKED, BASE, (BASE + 3.0)[None])
    assert fused.weights.item() == 0
    torch.testing.assert_close(fused.logits, PEAKED)
    constant = torch.full_like(PEAKED, 3.0)
    one = torch.ones(1, dtype=torch.float64)
    assert matching_weight(PEAKED, constant, 0.1 * one, ceiling=2 * one).item() == 0


def drawn(seed: int, *, experts: int = 3, rows: int = 5, vocabulary: int = 11) -> list[Tensor]:
    """Logits of a large, a small and some tuned models."""
    rng = np.random.default_rng(seed)
    large, small = rng.normal(size=(2, rows, vocabulary))
    tuned = small + rng.normal(size=(experts, rows, vocabulary))
    return [torch.from_numpy(z) for z in (large, small, tuned)]


@pytest.mark.parametrize("seed", range(5))
def test_root_agrees_with_scipy(seed: int) -> None:
    """Each expert alone, by Brent's method on a second formula of the divergence."""
    large, small, tuned = drawn(seed)
    found = alone(moves_of(large, small, tuned), 2.0, 40).numpy()
    p = log_softmax(large.numpy(), axis=-1)
    for e, row in np.ndindex(found.shape):
        shift = (tuned[e, row] - small[row]).numpy()
        q, q1 = (log_softmax(z[row].numpy()) for z in (small, tuned[e]))
        target = (np.exp(q1) * (q1 - q)).sum()

        def gap(a: float, p=p[row], shift=shift, target=target) -> float:
            free = np.log(np.exp(p + a * shift).sum())  # ln E_P[exp(a Delta)]
            law = np.exp(p + a * shift - free)
            return a * (law @ shift) - free - target

        expected = brentq(gap, 0, 2, xtol=1e-12) if gap(2.0) > 0 else 2.0
        assert found[e, row] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("weighting", [boundary, joint])
def test_one_expert_is_the_single_problem(weighting) -> None:
    large, small, tuned = drawn(0, experts=1)
    moves = moves_of(large, small, tuned)
    torch.testing.assert_close(weighting(moves, 2.0, 40), alone(moves, 2.0, 40))


def test_boundary_chooses_one_and_of_two_the_one_that_moved_more() -> None:
    """Where both reach their targets the misfits are equal: (c1 - c2)^2."""
    strong = (BASE + 2 * SHIFT.flip(-1))[None]
    for order in ([0, 1], [1, 0]):
        tuned = torch.cat([TUNED, strong])[order]
        weights = LogitFusion()(BASE, BASE, tuned).weights[:, 0]
        moved = moves_of(BASE, BASE, tuned).targets[:, 0]
        assert (weights > 0).sum() == 1
        assert weights.argmax() == moved.argmax()
        assert weights.max() == pytest.approx(1.0, abs=1e-6)


def test_boundary_of_three_takes_the_middle() -> None:
    """Misfit sum_t (c_k - c_t)^2 is least for the target nearest to the mean of all."""
    tuned = torch.cat([TUNED, (BASE + 0.9 * SHIFT)[None], (BASE + 0.2 * SHIFT)[None]])
    moves = moves_of(BASE, BASE, tuned)
    c = moves.targets[:, 0]
    expected = ((c[:, None] - c) ** 2).sum(dim=1).argmin()
    assert expected == 1
    assert LogitFusion()(BASE, BASE, tuned).weights[:, 0].argmax() == expected


@pytest.mark.parametrize("seed", range(5))
def test_joint_moves_by_the_mean_of_the_targets(seed: int) -> None:
    """Or one weight is at the ceiling; and the weights keep their proportion."""
    large, small, tuned = drawn(seed)
    moves = moves_of(large, small, tuned)
    fused = LogitFusion(joint, steps=50)(large, small, tuned)
    moved = divergence(fused.logits, large)
    full = fused.weights.max(dim=0).values >= 2.0 - 1e-9
    torch.testing.assert_close(moved[~full], moves.targets.mean(dim=0)[~full])
    assert (fused.weights >= 0).all()
    assert (fused.weights <= 2.0 + 1e-9).all()
    start = alone(moves, 2.0, 50) * moves.targets / moves.targets.sum(dim=0)
    torch.testing.assert_close(
        fused.weights / fused.weights.sum(dim=0), start / start.sum(dim=0), atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("weighting", [boundary, joint])
def test_laws(weighting) -> None:
    """Rows do not see each other; shifts of logits and the order of experts do not matter."""
    large, small, tuned = drawn(7)
    fusion = LogitFusion(weighting)
    law = fusion(large, small, tuned).logits.softmax(dim=-1)
    assert torch.allclose(law.sum(dim=-1), torch.ones(5, dtype=torch.float64))
    lone = fusion(large[2:3], small[2:3], tuned[:, 2:3]).logits.softmax(dim=-1)
    torch.testing.assert_close(lone[0], law[2])
    moved = fusion(large + 5, small - 3, tuned + 2).logits.softmax(dim=-1)
    torch.testing.assert_close(moved, law)
    turned = fusion(large, small, tuned.flip(0)).logits.softmax(dim=-1)
    torch.testing.assert_close(turned, law)
    tokens = fusion(large.flip(-1), small.flip(-1), tuned.flip(-1)).logits.softmax(dim=-1)
    torch.testing.assert_close(tokens.flip(-1), law)


def test_what_one_model_excludes_none_says() -> None:
    """Excluded tokens change nothing for the others, whichever model excludes them."""
    large, small, tuned = drawn(3)
    expected = LogitFusion()(large, small, tuned)
    padded = [
        torch.cat([z, torch.full_like(z[..., :1], 9.0)], dim=-1) for z in (large, small, tuned)
    ]
    for which in range(3):
        models = [z.clone() for z in padded]
        models[which][..., -1] = -torch.inf
        fused = LogitFusion()(*models)
        assert (fused.logits[:, -1] == -torch.inf).all()
        torch.testing.assert_close(fused.logits[:, :-1], expected.logits)
        torch.testing.assert_close(fused.weights, expected.weights)


def test_half_precision_is_solved_in_float32() -> None:
    fused = LogitFusion()(PEAKED.half(), BASE.half(), TUNED.half())
    assert fused.logits.dtype == torch.float32
    assert fused.weights.item() == pytest.approx(1.68549, abs=0.01)


def test_a_one_hot_law_is_clamped() -> None:
    sure = torch.tensor([[0.0, 0.0, 2000.0]], dtype=torch.float64)
    fused = LogitFusion()(sure, BASE, TUNED)
    assert fused.weights.item() == 2.0
    assert fused.logits.argmax() == 2


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="ceiling"):
        LogitFusion(ceiling=0)
    with pytest.raises(ValueError, match="steps"):
        LogitFusion(steps=0)
    with pytest.raises(ValueError, match="same vocabulary"):
        LogitFusion()(BASE, BASE[:, :2], TUNED)
    with pytest.raises(ValueError, match="no expert"):
        LogitFusion()(BASE, BASE, TUNED[:0])
    with pytest.raises(ValueError, match="NaN"):
        LogitFusion()(BASE, BASE * math.nan, TUNED)
    with pytest.raises(ValueError, match="no token"):
        LogitFusion()(BASE - math.inf, BASE, TUNED)


# In generate(): random models of one vocabulary.


def other_model(scale: float) -> PreTrainedModel:
    """The tiny model with all its output weights scaled: another opinion."""
    model = tiny_model(40)
    with torch.no_grad():
        model.lm_head.weight.mul_(scale).add_(0.02 * torch.arange(40)[:, None])
    return model


IDS = torch.tensor([[7, 8, 9, 10, 11], [20, 21, 22, 23, 24]])


@torch.no_grad()
def by_hand(models: list[PreTrainedModel], ids: Tensor, steps: int) -> Tensor:
    """Greedy fusion with a full pass of every model at each step."""
    for _ in range(steps):
        large, small, *tuned = (m(ids, use_cache=False).logits[:, -1] for m in models)
        fused = LogitFusion()(large, small, torch.stack(tuned))
        ids = torch.cat([ids, fused.logits.argmax(dim=-1, keepdim=True)], dim=1)
    return ids


def generated(model: PreTrainedModel, *processors: FusedExperts, ids: Tensor, **options) -> Tensor:
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model.generate(
        ids,
        max_new_tokens=6,
        do_sample=False,
        logits_processor=LogitsProcessorList(processors),
        **options,
    )


def test_generate_is_the_plain_loop() -> None:
    """Caches and all; and a second text with the same processor starts afresh."""
    models = [tiny_model(40), other_model(0.5), other_model(1.5), other_model(-1.0)]
    processor = FusedExperts(models[1], models[2:])
    mask = torch.ones_like(IDS)
    for ids in (IDS, IDS.flip(0), IDS[:1]):
        expected = by_hand(models, ids, 6)
        got = generated(models[0], processor, ids=ids, attention_mask=mask[: len(ids)])
        assert got.tolist() == expected.tolist()
        assert [tuple(w.shape) for w in processor.weights] == [(2, len(ids))] * 6
    plain = generated(models[0], ids=IDS, attention_mask=mask)
    assert by_hand(models, IDS, 6).tolist() != plain.tolist()


def test_padding_is_not_read() -> None:
    """A short prompt beside a long one is answered as it is alone."""
    models = [tiny_model(40), other_model(0.5), other_model(1.5)]
    short = IDS[1:, 2:]
    padded = torch.cat([IDS[:1], torch.nn.functional.pad(short, (2, 0))])
    mask = torch.ones_like(padded)
    mask[1, :2] = 0
    processor = FusedExperts(models[1], models[2:], prompt_mask=mask)
    got = generated(models[0], processor, ids=padded, attention_mask=mask)
    assert got[1, 2:].tolist() == by_hand(models, short, 6)[0].tolist()
    assert got[0].tolist() == by_hand(models, IDS[:1], 6)[0].tolist()


def test_beams_that_change_places_are_read_again() -> None:
    """With beams: as by a processor that never remembers."""
    models = [tiny_model(40), other_model(0.5), other_model(1.5)]
    mask = torch.ones_like(IDS)
    processor = FusedExperts(models[1], models[2:], prompt_mask=mask)
    got = generated(models[0], processor, ids=IDS, attention_mask=mask, num_beams=3)

    class Forgetful(FusedExperts):
        def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
            for follower in self.followers:
                follower.seen = None
            return super().__call__(input_ids, scores)

    forgetful = Forgetful(models[1], models[2:])
    assert got.tolist() == (
        generated(models[0], forgetful, ids=IDS, attention_mask=mask, num_beams=3).tolist()
    )


def test_vocabularies_padded_to_unlike_sizes() -> None:
    """Only differing sizes are refused; with the tokenizer's own size, the rest is never said."""
    small, expert = tiny_model(48), tiny_model(48)
    large = other_model(1.0)
    ids, scores = IDS, torch.zeros(2, 40)
    with pytest.raises(ValueError, match="vocabulary=len"):
        FusedExperts(small, [expert])(ids, scores)
    out = FusedExperts(small, [expert], vocabulary=38)(ids, scores)
    assert out.shape == scores.shape
    assert (out[:, 38:] == -torch.inf).all()
    assert (out[:, :38] > -torch.inf).all()
    with pytest.raises(ValueError, match="prompt mask"):
        FusedExperts(small, [large], prompt_mask=torch.ones(3, 5))(ids, scores)


@pytest.mark.slow
def test_smollm2_beside_itself_says_what_its_expert_says() -> None:
    """Large = small: every alpha is 1 (or the expert does not move), the text is the expert's."""
    loaded = dubito.load("smollm2")
    assert isinstance(loaded, LocalModel)
    model, tokenizer = loaded.model, loaded.tokenizer
    expert = copy.deepcopy(model)
    with torch.no_grad():
        for layer in expert.model.layers[-4:]:
            layer.mlp.down_proj.weight.mul_(0.7)
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    options = {**inputs, "max_new_tokens": 12, "do_sample": False}
    processor = FusedExperts(model, [expert])
    fused = model.generate(**options, logits_processor=LogitsProcessorList([processor]))
    assert fused.tolist() == expert.generate(**options).tolist()
    weights = torch.stack(processor.weights)  # [steps, 1, 1]
    torch.testing.assert_close(weights, torch.ones_like(weights), atol=0.02, rtol=0)
