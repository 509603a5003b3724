"""What chosen layers show while an answer is read, and the answer without its question."""

import contextlib

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.decoding import Decoder
from dubito.models.inside import GROUP, inside, keeping
from dubito.models.local import LocalModel
from dubito.models.prior import TOKENS, unconditional
from dubito.models.told import Told
from models.tiny import FAMILIES, decoded, foreseen, jobs_of, random_prompts, tiny_model

V = 300
STOP = frozenset(range(0, V, 12))
LENGTHS = [9, 2, 17, 5, 30, 3, 12, 7, 4, 11, 1]
PLAN = Plan(hidden=(0.0, 0.5, 1.0), attention=(0.0, 1.0))


@pytest.fixture(scope="module", params=FAMILIES)
def any_model(request: pytest.FixtureRequest) -> PreTrainedModel:
    """Rotary positions, learned ones, and a sliding window of 8."""
    return tiny_model(V, family=request.param)


def told_by(model: PreTrainedModel) -> list[Told]:
    prompts = random_prompts(LENGTHS)
    traces = decoded(
        Decoder(model, STOP, rows=4, keep_past=True), jobs_of(prompts, samples=0, length=14)
    )
    return [Told("?", ids, traces[j, 0], []) for j, ids in enumerate(prompts)]


@torch.inference_mode()
def plain(model: PreTrainedModel, ids: list[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Embeddings and block outputs, and attention weights, of one pass by transformers itself."""
    model.set_attn_implementation("eager")
    out = model(
        torch.tensor([ids]), output_hidden_states=True, output_attentions=True, use_cache=False
    )
    model.set_attn_implementation("sdpa")
    return [h[0].numpy() for h in out.hidden_states], [a[0].numpy() for a in out.attentions]


def test_layers_are_those_of_a_plain_pass(any_model: PreTrainedModel) -> None:
    """Depths 0, 1/2 and 1 of two blocks; the last but for the model's final norm."""
    assert len(LENGTHS) > GROUP
    told = told_by(any_model)
    assert len({len(t.answer.ids) for t in told}) > 2
    for t, (hidden, attention) in zip(told, inside(any_model, told, PLAN), strict=True):
        ids, prompt = [*t.ids, *t.answer.ids.tolist()], len(t.ids)
        states, weights = plain(any_model, ids)
        assert hidden is not None
        assert attention is not None
        assert (hidden.depths, attention.depths) == (PLAN.hidden, PLAN.attention)
        for got, expected in zip(hidden.values[:2], states[:2], strict=True):
            np.testing.assert_allclose(got, expected[prompt - 1 :], atol=1e-4)
        norm = (
            any_model.base_model.ln_f
            if "ln_f" in dir(any_model.base_model)
            else any_model.base_model.norm
        )
        with torch.inference_mode():
            last = norm(torch.tensor(hidden.values[2])).numpy()
        np.testing.assert_allclose(last, states[2][prompt - 1 :], atol=1e-3)
        for got, expected in zip(attention.values, weights, strict=True):
            np.testing.assert_allclose(got, expected[:, prompt:], atol=1e-4)


def test_the_model_is_as_before(any_model: PreTrainedModel) -> None:
    """No hook stays, attention is computed the usual way again, and so after an error too."""

    def state() -> tuple[str, list[int]]:
        hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in any_model.modules()]
        return any_model.config._attn_implementation, hooks

    told = told_by(any_model)
    before = state()
    inside(any_model, told, PLAN)
    assert state() == before
    with keeping(any_model, PLAN):
        assert state() != before
    with contextlib.suppress(KeyError), keeping(any_model, PLAN):
        raise KeyError
    assert state() == before


def test_reading_again_leaves_the_cache_alone(any_model: PreTrainedModel) -> None:
    told = told_by(any_model)
    first, again = (inside(any_model, told, PLAN) for _ in range(2))
    for (a, _), (b, _) in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    assert [t.past.seen.shape[1] for t in told] == [
        len(t.ids) + len(t.answer.ids) - 1 for t in told
    ]


def test_what_is_not_asked_is_not_kept(any_model: PreTrainedModel) -> None:
    told = told_by(any_model)[:2]
    ((hidden, attention), _) = inside(any_model, told, Plan(hidden=(1.0,)))
    assert hidden is not None
    assert attention is None
    ((hidden, attention), _) = inside(any_model, told, Plan(attention=(0.5,)))
    assert hidden is None
    assert attention is not None


@pytest.mark.parametrize("step", [TOKENS, 3 * GROUP])
def test_without_its_question_an_answer_is_read_after_the_empty_one(
    any_model: PreTrainedModel, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More answers than one group, of unlike lengths, in one piece and in pieces of three."""
    monkeypatch.setattr("dubito.models.prior.TOKENS", step)
    empty, answers = random_prompts([4])[0], random_prompts(LENGTHS)
    found = unconditional(Decoder(any_model, STOP), empty, answers)
    for got, ids in zip(found, answers, strict=True):
        expected = foreseen(any_model, empty, ids)[range(len(ids)), ids]
        np.testing.assert_allclose(got, expected, atol=1e-4)


def test_evidence_holds_what_the_plan_asks(local: LocalModel) -> None:
    plan = Plan(samples=2, hidden=(0.5, 1.0), attention=(0.0,), unconditional=True, p_true=True)
    prompts = ["Who?", "What is the capital of Peru?"]
    for _, evidence in local.generate(prompts, plan, Generation(max_tokens=9)):
        answer = evidence.answer
        size, prompt = len(answer.tokens), len(local.chat.ids(Generation().ask(evidence.prompt)))
        assert answer.hidden is not None
        assert answer.hidden.values.shape == (2, 1 + size, 32)
        assert answer.attention is not None
        assert answer.attention.values.shape == (1, 4, size, prompt + size)
        np.testing.assert_allclose(answer.attention.values.sum(axis=-1), 1, atol=1e-4)
        assert answer.unconditional is not None
        assert answer.unconditional.shape == (size,)
        assert all(s.hidden is None and s.unconditional is None for s in evidence.samples)
