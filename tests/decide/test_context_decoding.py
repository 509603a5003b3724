"""Boosting in generate(): against a plain loop that reads everything anew at each step."""

import numpy as np
import pytest
import torch
from tiny import tiny_model, tiny_tokenizer
from torch import Tensor
from transformers import LogitsProcessorList, PreTrainedModel

import dubito
from dubito.decide.context_boost import ContextBoost, ContextUse
from dubito.decide.context_decoding import ModelReader, end_like, leaning_on, marked
from dubito.decide.context_detector import ContextUseDetector
from dubito.decide.context_examples import ContextQuestion, context_examples
from dubito.evidence import Integers
from dubito.maths.context_use import attention_ratios
from dubito.models.local import LocalModel

FAMILIES = pytest.mark.parametrize("family", [None, "gpt2", "mistral"])
IDS = torch.tensor([[7, 8, 9, 8, 10, 11], [20, 21, 22, 23, 24, 25]])
CONTEXT = torch.tensor([[False, True, True, True, True, False], [True] * 4 + [False] * 2])
# Heads of both layers of 4; all tokens count as used.
DETECTOR = ContextUseDetector.from_json(
    {"heads": [1, 4, 6], "coef": [1.0, 2.0, -0.5], "intercept": 3.0, "of_heads": 8}
)
BOOST = ContextBoost(alpha=3.0, top_rank=30)


def model_of(family: str | None) -> PreTrainedModel:
    model = tiny_model(40, family=family)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model


@torch.no_grad()
def by_hand(model: PreTrainedModel, ids: Tensor, places: Integers, steps: int) -> list[int]:
    """One prompt [P], greedily, with attentions that transformers itself hands out."""
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")
    said: list[int] = []
    for _ in range(steps):
        out = model(ids[None], output_attentions=True, use_cache=False)
        attention = torch.cat([a[0, :, -1] for a in out.attentions]).double().numpy()  # [8, T]
        found = attention_ratios(attention[:, places], ids.numpy()[places])
        used = DETECTOR.predict(found.values) == 1
        use = ContextUse(found.ids, used, DETECTOR.weight(found.values))
        said.append(int(BOOST(out.logits[0, -1].double().numpy(), use).scores.argmax()))
        ids = torch.cat([ids, torch.tensor(said[-1:])])
    model.set_attn_implementation(usual)
    return said


def generated(model: PreTrainedModel, ids: Tensor, *processors, **options) -> Tensor:
    mask = options.pop("attention_mask", torch.ones_like(ids))
    out = model.generate(
        ids,
        attention_mask=mask,
        max_new_tokens=6,
        do_sample=False,
        logits_processor=LogitsProcessorList(processors),
        **options,
    )
    return out[:, ids.shape[1] :]


@FAMILIES
def test_generate_is_the_plain_loop(family: str | None) -> None:
    """With caches, two rows at once, and a window of 8 that the context falls out of (mistral)."""
    model = model_of(family)
    usual = model.config._attn_implementation
    with leaning_on(model, CONTEXT, DETECTOR, BOOST) as processor:
        got = generated(model, IDS, processor)
    for row in range(2):
        places = CONTEXT[row].nonzero()[:, 0].numpy()
        assert got[row].tolist() == by_hand(model, IDS[row], places, 6)
    assert model.config._attn_implementation == usual
    assert generated(model, IDS).tolist() != got.tolist()


def test_the_trace_tells_what_was_raised() -> None:
    model = model_of(None)
    with leaning_on(model, CONTEXT, DETECTOR, BOOST) as processor:
        generated(model, IDS, processor)
    assert len(processor.trace) == 6
    for step in processor.trace:
        assert len(step) == 2
        for row, used in enumerate(step):
            assert set(used.ids) <= set(IDS[row][CONTEXT[row]].tolist())
            assert used.shares.sum() == pytest.approx(1.0)
            assert 0 < used.entropy < 1


def test_padding_moves_nothing() -> None:
    """A padded row is answered as it is alone."""
    model = model_of(None)
    padded = torch.nn.functional.pad(IDS, (2, 0))
    context = torch.nn.functional.pad(CONTEXT, (2, 0))
    mask = torch.nn.functional.pad(torch.ones_like(IDS), (2, 0))
    with leaning_on(model, context, DETECTOR, BOOST) as processor:
        got = generated(model, padded, processor, attention_mask=mask)
    with leaning_on(model, CONTEXT, DETECTOR, BOOST) as processor:
        assert generated(model, IDS, processor).tolist() == got.tolist()


def test_unboosted_rows_stay_bit_for_bit() -> None:
    """A detector that calls nothing used, and alpha = 0, are ordinary generation."""
    model = model_of(None)
    never = ContextUseDetector.from_json({**DETECTOR.to_json(), "intercept": -50.0})
    plain = generated(model, IDS)
    for detector, boost in ((never, BOOST), (DETECTOR, ContextBoost(alpha=0.0))):
        with leaning_on(model, CONTEXT, detector, boost) as processor:
            assert generated(model, IDS, processor).tolist() == plain.tolist()
    with leaning_on(model, CONTEXT, never, BOOST) as processor:
        generated(model, IDS, processor)
        assert all(not len(u.ids) for step in processor.trace for u in step)


def test_beams_keep_their_own_context() -> None:
    """Rows are repeated, one prompt's after the other's."""
    model = model_of(None)
    with leaning_on(model, CONTEXT, DETECTOR, BOOST) as processor:
        beams = generated(model, IDS, processor, num_beams=3)
        assert beams.shape == (2, 6)
        assert len(processor.trace[0]) == 6
        for row, used in enumerate(processor.trace[0]):
            assert set(used.ids) <= set(IDS[row // 3][CONTEXT[row // 3]].tolist())


def test_misfits_are_refused() -> None:
    model = model_of(None)
    other = ContextUseDetector.from_json({**DETECTOR.to_json(), "of_heads": 12})
    with pytest.raises(ValueError, match="12 heads does not fit 2 layers of 4"):
        leaning_on(model, CONTEXT, other).__enter__()
    with pytest.raises(ValueError, match="needs a context"):
        leaning_on(model, torch.zeros_like(CONTEXT), DETECTOR).__enter__()
    with (
        leaning_on(model, CONTEXT.repeat(2, 1)[:3], DETECTOR) as processor,
        pytest.raises(ValueError, match="one row for each prompt"),
    ):
        generated(model, IDS, processor)


@FAMILIES
@torch.no_grad()
def test_reader_is_what_transformers_hands_out(family: str | None) -> None:
    model = model_of(family)
    prompt, answer = IDS[0].tolist(), [30, 31, 32]
    steps = ModelReader(model)(prompt, answer)
    assert steps.logits.shape == (3, 40)
    assert steps.attention.shape == (3, 8, 6)
    model.set_attn_implementation("eager")
    out = model(torch.tensor([[*prompt, *answer]]), output_attentions=True, use_cache=False)
    np.testing.assert_allclose(steps.logits, out.logits[0, 5:8].double(), atol=1e-4)
    whole = torch.stack(out.attentions)[:, 0]  # [L, H, 9, 9]
    expected = whole[:, :, 5:8, :6].flatten(0, 1).transpose(0, 1)  # [T, L * H, P]
    np.testing.assert_allclose(steps.attention, expected.double(), atol=1e-5)


def test_context_is_marked_by_offsets() -> None:
    """A token that lies across the border counts; shorter prompts are padded on the left."""
    tokenizer = tiny_tokenizer(words=("True", " True"))
    inputs, context = marked(tokenizer, ["a True b", "xyz True"], ["True", "yz"])
    ids = inputs["input_ids"]
    assert tokenizer.decode(ids[0]) == "a True b"
    assert context[0].tolist() == [False, True, False, False]  # a | True |   | b
    assert context[1].tolist() == [False, True, True, False]
    assert inputs["attention_mask"].tolist() == [[1] * 4, [1] * 4]
    inputs, context = marked(tokenizer, ["abc", "a"], ["c", "a"])
    assert inputs["attention_mask"].tolist() == [[1, 1, 1], [0, 0, 1]]
    assert context.tolist() == [[False, False, True], [False, False, True]]
    for bad in ("q", ""):
        with pytest.raises(ValueError, match="does not stand"):
            marked(tokenizer, ["abc"], [bad])


def test_the_last_place_of_a_context_is_taken() -> None:
    """A context that the prompt quotes first in an example."""
    _, context = marked(tiny_tokenizer(), ["ab ab?"], ["ab"])
    assert context.nonzero()[:, 1].tolist() == [3, 4]


def test_ends_are_blank_or_special() -> None:
    tokenizer = tiny_tokenizer()
    ends = end_like(tokenizer)
    assert {tokenizer.eos_token_id, tokenizer.bos_token_id} <= ends
    assert set(tokenizer(" \n").input_ids) <= ends
    assert not set(tokenizer("True.").input_ids) & ends


@pytest.mark.slow
def test_smollm2_leans_on_a_contradicting_context() -> None:
    """Plumbing with a real model: a detector from made-up facts, then one of them in generate()."""
    loaded = dubito.load("smollm2")
    assert isinstance(loaded, LocalModel)
    model, tokenizer = loaded.model, loaded.tokenizer
    names = ["Zorba", "Quill", "Mintal", "Fenwick", "Ottoline", "Brask", "Velma", "Dunmore"]
    towns = ["Lisbon", "Oslo", "Cairo", "Lima", "Vienna", "Dublin", "Prague", "Tokyo"]
    questions = []
    for i, (name, town) in enumerate(zip(names, towns, strict=True)):
        text = f"{names[i - 1]} lives in {towns[i - 1]}. {name} lives in {town}. "
        asked = f"So {name} lives in"
        inputs, context = marked(tokenizer, [text + asked], [text])
        questions.append(
            ContextQuestion(
                tokenizer(asked).input_ids,
                inputs["input_ids"][0].tolist(),
                context[0].numpy(),
                tokenizer(f" {town}").input_ids,
            )
        )
    found = context_examples(ModelReader(model), questions)
    assert found.questions >= 4
    detector = ContextUseDetector(strengths=(1.0,), folds=2).fit(found.ratios, found.used)
    text = "The capital of France is Madrid. "
    inputs, context = marked(
        tokenizer,
        [text + "Question: What is the capital of France? Answer: The capital is"],
        [text],
    )
    boost = ContextBoost(ends=end_like(tokenizer))
    with leaning_on(model, context, detector, boost) as processor:
        out = model.generate(
            **inputs,
            max_new_tokens=4,
            do_sample=False,
            logits_processor=LogitsProcessorList([processor]),
        )
    said = tokenizer.decode(out[0, inputs["input_ids"].shape[1] :])
    assert said.strip()
    assert len(processor.trace) == 4
