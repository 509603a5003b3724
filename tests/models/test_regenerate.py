"""Regenerated answers are what plain greedy decoding makes of the same beginning."""

import pytest
import torch
from tiny import tiny_local, tiny_tokenizer

from dubito.estimate.asked.perturbed import replacements
from dubito.evidence import Plan
from dubito.models.base import Generation
from dubito.models.regenerate import regenerate

GENERATION = Generation(max_tokens=12)
PROMPT = "How far is it?"


@pytest.fixture(scope="module")
def model():
    return tiny_local(tiny_tokenizer())


def slow(model, prompt: str, begun: list[int]) -> list[int]:
    """One token at a time, without a cache."""
    ids = model.chat.ids(GENERATION.ask(prompt))
    whole = list(begun)
    with torch.no_grad():
        while whole[-1] not in model.stop and len(whole) < GENERATION.max_tokens:
            logits = model.model(input_ids=torch.tensor([ids + whole]), use_cache=False).logits
            whole.append(int(logits[0, -1].argmax()))
    return whole


def test_each_goes_on_as_greedy_decoding_does(model) -> None:
    beginnings = [[40, 41], [50], [60, 61, 62, 63], [77]]
    found = regenerate(model, PROMPT, beginnings, GENERATION)
    assert [e.prompt for e in found] == [PROMPT] * 4
    for begun, e in zip(beginnings, found, strict=True):
        whole = slow(model, PROMPT, begun)
        assert len(e.answer.tokens) == len(whole)
        assert e.answer.text == model.tokenizer.decode(whole, skip_special_tokens=True)
        assert e.answer.finished == (whole[-1] in model.stop)


def test_the_answers_own_beginning_gives_the_answer_again(model) -> None:
    plan = Plan(distribution=True, top_k=5)
    ((_, first),) = model.generate([PROMPT], plan, GENERATION)
    assert first.answer.top is not None
    own = first.answer.top.ids[:, 0].tolist()
    for length in {1, len(own) - 1, len(own)} - {0}:
        (again,) = regenerate(model, PROMPT, [own[:length]], GENERATION)
        assert again.answer.text == first.answer.text
    others = replacements(first.answer)
    assert others
    for one, e in zip(
        others, regenerate(model, PROMPT, [o.beginning for o in others], GENERATION), strict=True
    ):
        begun = model.tokenizer.decode(list(one.beginning), skip_special_tokens=True)
        assert e.answer.text.startswith(begun.rstrip("\N{REPLACEMENT CHARACTER}\n"))


def test_beginnings_that_are_whole_already_stay(model) -> None:
    end = model.tokenizer.eos_token_id
    full = [70] * GENERATION.max_tokens
    ended, cut = regenerate(model, PROMPT, [[65, end], full], GENERATION)
    assert ended.answer.finished
    assert ended.answer.text == model.tokenizer.decode([65])
    assert not cut.answer.finished
    assert cut.answer.text == model.tokenizer.decode(full)
    assert regenerate(model, PROMPT, [], GENERATION) == []


def test_whole_and_open_beginnings_keep_their_places(model) -> None:
    full = [70] * GENERATION.max_tokens
    cut, open_one, again = regenerate(model, PROMPT, [full, [50], full], GENERATION)
    (alone,) = regenerate(model, PROMPT, [[50]], GENERATION)
    assert open_one.answer.text == alone.answer.text
    assert cut.answer.text == again.answer.text == model.tokenizer.decode(full)


@pytest.mark.parametrize("bad", [[], [-1], [3, -1]])
def test_what_is_no_beginning_is_refused(model, bad) -> None:
    with pytest.raises(ValueError, match="from 0 up"):
        regenerate(model, PROMPT, [bad], GENERATION)
