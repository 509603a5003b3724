"""A model behind the door: questions in, evidence out, and what it says of its own answers."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from dubito.evidence import Plan
from dubito.models import local as room
from dubito.models.asking import P_TRUE_LINE, STATED_LINE
from dubito.models.base import SHARD, Generation
from dubito.models.local import LocalModel
from dubito.models.self_report import STATED_TOKENS
from dubito.models.told import Told
from models.tiny import CONTEXT, END, STOPS, foreseen, tiny_local, tiny_tokenizer

PROMPTS = [
    "Who?",
    "What is the capital of Peru?",
    "Why " * 20,
    "7 + 5?",
    "ñ🦙?",
    "Is it so?",
    "No?",
]
ALL = Plan(
    samples=3,
    logprobs=True,
    distribution=True,
    sample_distributions=True,
    top_k=2,
    p_true=True,
    stated=True,
)
ASKED = Generation(max_tokens=16)


def told_by(model: LocalModel, generation: Generation) -> list[Told]:
    asked = [generation.ask(p) for p in PROMPTS]
    ids = [model.chat.ids(q) for q in asked]
    return model.answers(asked, ids, Plan(p_true=True, stated=True), generation)


def whole(model: LocalModel, told: Told, line: str) -> list[int]:
    """All ids up to the reply: question, answer without its end token, the line after it."""
    answer = told.answer.ids.tolist()
    spoken = answer[:-1] if answer[-1] in model.stop else answer
    return [*told.ids, *spoken, *model.tokenizer(line, add_special_tokens=False).input_ids]


@pytest.fixture(scope="module")
def told(local: LocalModel) -> list[Told]:
    """Answers of which some are finished and others cut."""
    found = told_by(local, Generation(max_tokens=12))
    assert 0 < sum(t.answer.ids[-1] in local.stop for t in found) < len(found)
    return found


def test_evidence_is_what_the_model_shows(local: LocalModel) -> None:
    found = dict(local.generate(PROMPTS, ALL, ASKED))
    assert sorted(found) == list(range(len(PROMPTS)))
    for i, prompt in enumerate(PROMPTS):
        evidence = found[i]
        assert evidence.prompt == prompt
        assert len(evidence.samples) == 3
        for s in (evidence.answer, *evidence.samples):
            length = len(s.tokens)
            assert s.offsets is not None
            assert s.offsets.shape == (length, 2)
            assert s.logprobs is not None
            assert s.logprobs.shape == (length,)
            assert s.entropies is not None
            assert s.entropies.shape == (length,)
            assert s.uniform_kl is not None
            assert s.uniform_renyi is not None
        assert evidence.answer.top is not None
        assert evidence.answer.top.ids.shape == (len(evidence.answer.tokens), 2)
        ids = local.chat.ids(ASKED.ask(prompt))
        first = foreseen(local.model, ids, [0])[0]
        assert evidence.answer.logprobs is not None
        assert evidence.answer.logprobs[0] == pytest.approx(first.max(), abs=1e-4)


def test_finished_means_an_end_token(local: LocalModel) -> None:
    seen = set()
    for _, evidence in local.generate(PROMPTS, Plan(samples=6), ASKED):
        for s in (evidence.answer, *evidence.samples):
            assert s.finished or len(s.tokens) == ASKED.max_tokens
            seen.add(s.finished)
    assert seen == {True, False}


def test_an_end_token_at_the_limit_is_finished(local: LocalModel) -> None:
    """The same answers with a limit just at their end token, and one below it."""
    long = dict(local.generate(PROMPTS, Plan(), Generation(max_tokens=40)))
    ended = {i: len(e.answer.tokens) for i, e in long.items() if e.answer.finished}
    assert ended
    for i, length in ended.items():
        for limit, finished in ((length, True), (length - 1, False)):
            if limit:
                ((_, e),) = local.generate([PROMPTS[i]], Plan(), Generation(max_tokens=limit))
                assert e.answer.finished == finished


def test_an_end_token_at_once_is_an_empty_answer(local: LocalModel) -> None:
    eager = LocalModel("eager", local.model, local.tokenizer)
    everything = frozenset(range(len(local.tokenizer)))
    eager.__dict__["stop"] = everything
    for _, evidence in eager.generate(PROMPTS, ALL, ASKED):
        for s in (evidence.answer, *evidence.samples):
            assert len(s.tokens) == 1
            assert s.finished


def test_one_prompt_does_not_depend_on_the_others(local: LocalModel) -> None:
    """More prompts than one group, in either order, on one row or sixteen."""
    many = [f"{p} {i}" for i in range(5) for p in PROMPTS]
    assert len(many) > SHARD
    narrow = tiny_local(local.tokenizer, rows=1)
    forward = dict(local.generate(many, ALL, ASKED))
    backward = dict(local.generate(many[::-1], ALL, ASKED))
    single = dict(narrow.generate(many[:3], ALL, ASKED))
    for i, evidence in forward.items():
        others = [backward[len(many) - 1 - i], *([single[i]] if i < 3 else [])]
        for other in others:
            assert other.prompt == evidence.prompt
            assert other.p_true == pytest.approx(evidence.p_true, abs=1e-4)
            for a, b in zip(
                (evidence.answer, *evidence.samples), (other.answer, *other.samples), strict=True
            ):
                assert a.text == b.text
                np.testing.assert_allclose(a.logprobs, b.logprobs, atol=1e-4)
                np.testing.assert_allclose(a.entropies, b.entropies, atol=1e-4)


def test_progress_counts_prompts(local: LocalModel) -> None:
    done: list[int] = []
    for count, _ in enumerate(local.generate(PROMPTS, Plan(), ASKED, progress=done.append), 1):
        assert sum(done) == count


def test_p_true_is_a_fresh_pass(local: LocalModel, told: list[Told]) -> None:
    """Read anew without any cache: log of the shares of all spellings, finished or cut."""
    for t, value in zip(told, local.p_true(told), strict=True):
        logp = foreseen(local.model, whole(local, t, P_TRUE_LINE), [0])[0]
        true, false = (
            np.logaddexp.reduce([logp[local.tokenizer.convert_tokens_to_ids(w)] for w in words])
            for words in (("True", "ĠTrue"), ("False", "ĠFalse"))
        )
        assert value == pytest.approx(1 / (1 + math.exp(false - true)), abs=1e-4)


def test_without_a_word_for_true_or_false_p_true_is_missing() -> None:
    """No token writes either word: nothing can be said, and the evidence says why."""
    model = tiny_local(tiny_tokenizer(words=()))
    ((_, evidence),) = model.generate(["Who?"], Plan(p_true=True), ASKED)
    assert evidence.p_true is None
    assert "p_true" in evidence.missing


def test_stated_is_read_from_a_fresh_greedy_reply(
    tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To its end, to a percent sign (here: to any of fifty tokens), or to the limit."""
    local = tiny_local(tokenizer)
    percent = frozenset(range(100, 150))
    vars(local.vocabulary)["percent"] = percent
    told = told_by(local, Generation(max_tokens=12))
    said: list[str] = []

    def heard(text: str) -> float:
        said.append(text)
        return len(said) / 100

    monkeypatch.setattr(room, "parse_stated", heard)
    values = local.stated(told)
    assert values == [(1 + i) / 100 for i in range(len(told))]
    for t, reply in zip(told, said, strict=True):
        ids = whole(local, t, STATED_LINE)
        out = local.model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            do_sample=False,
            max_new_tokens=STATED_TOKENS,
            eos_token_id=[*local.stop, *percent],
            pad_token_id=0,
        )
        assert reply == local.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
    assert len(set(said)) > 2


def test_a_cold_sample_is_the_greedy_answer(local: LocalModel) -> None:
    cold = Generation(max_tokens=8, temperature=1e-4)
    for _, evidence in local.generate(PROMPTS, Plan(samples=2), cold):
        assert [s.text for s in evidence.samples] == [evidence.answer.text] * 2


def test_a_percent_sign_completes_a_stated_confidence(local: LocalModel) -> None:
    assert {local.tokenizer.decode([i]) for i in local.vocabulary.percent} == {"%"}


def test_a_reply_without_a_number_is_missing(local: LocalModel) -> None:
    """The tiny model babbles: where no percentage is heard there is None, and why."""
    heard = [e for _, e in local.generate(PROMPTS, Plan(stated=True), ASKED) if e.stated is None]
    assert heard
    for evidence in heard:
        assert "confidence" in evidence.missing["stated"]
    for _, evidence in local.generate(PROMPTS, Plan(), ASKED):
        assert not evidence.missing


def test_samples_are_measured_in_full_only_where_asked(local: LocalModel) -> None:
    plan = Plan(samples=2, distribution=True)
    for _, evidence in local.generate(PROMPTS, plan, ASKED):
        assert evidence.answer.entropies is not None
        assert all(s.entropies is None for s in evidence.samples)


def test_nothing_is_asked_that_the_plan_does_not_ask(local: LocalModel) -> None:
    for _, evidence in local.generate(PROMPTS, Plan(), ASKED):
        assert evidence.p_true is None
        assert evidence.stated is None
        assert evidence.answer.entropies is None
        assert evidence.answer.top is None
        assert evidence.answer.hidden is None
        assert evidence.answer.attention is None
        assert evidence.answer.unconditional is None


@pytest.mark.parametrize("prompt", ["", "  ", "\n\t"])
def test_an_empty_prompt_is_refused(local: LocalModel, prompt: str) -> None:
    for generation in (Generation(), Generation(instruction="")):
        with pytest.raises(ValueError, match="empty prompt"):
            next(local.generate(["Who?", prompt], Plan(), generation))
    with pytest.raises(ValueError, match="empty prompt"):
        local.read(prompt, ["Lima"])


def test_a_prompt_beyond_the_context_is_refused_before_anything_is_generated(
    local: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Iterator[object]:
        raise AssertionError("generated")

    monkeypatch.setattr(LocalModel, "answers", never)
    many = ["Who?"] * SHARD + ["Why? " * CONTEXT]
    with pytest.raises(ValueError, match=rf"context of {CONTEXT} tokens.*'Why\? Why\?"):
        next(local.generate(many, Plan()))
    with pytest.raises(ValueError, match="context"):
        local.read("Who?", ["no", "x" * CONTEXT])


def test_prompt_and_answer_may_fill_the_context_and_no_more(local: LocalModel) -> None:
    bare = Generation(max_tokens=CONTEXT - len(local.chat.ids("Who?")), instruction="")
    next(local.generate(["Who?"], Plan(), bare))
    more = Generation(max_tokens=bare.max_tokens + 1, instruction="")
    with pytest.raises(ValueError, match="context"):
        next(local.generate(["Who?"], Plan(), more))


def test_questions_about_the_answer_must_fit_too(local: LocalModel) -> None:
    """Prompt and answer fill the context; there is no room left to ask about it."""
    full = Generation(max_tokens=CONTEXT - len(local.chat.ids("Who?")), instruction="")
    for plan in (Plan(p_true=True), Plan(stated=True)):
        with pytest.raises(ValueError, match="context"):
            next(local.generate(["Who?"], plan, full))


def test_reading_a_text(local: LocalModel) -> None:
    """Each answer from its first token to the end token, as a plain pass sees it."""
    answers = ["It is True.", "", "ñ🦙"]
    evidence = local.read("Who?", answers, Generation(instruction="Say."))
    prompt = local.tokenizer("<|user|>Who? Say.<|end|><|assistant|>").input_ids
    assert evidence.prompt == "Who?"
    for s, text in zip((evidence.answer, *evidence.samples), answers, strict=True):
        assert s.text == text
        assert s.finished
        assert "".join(s.tokens[:-1]) == text
        end = local.tokenizer.convert_tokens_to_ids(s.tokens[-1])
        ids = [*local.tokenizer(text).input_ids, end]
        logp = foreseen(local.model, prompt, ids)
        np.testing.assert_allclose(s.logprobs, logp[range(len(ids)), ids], atol=1e-4)
        np.testing.assert_allclose(s.entropies, -(np.exp(logp) * logp).sum(1), atol=1e-4)


def test_a_text_is_read_to_the_end_token_of_its_template(local: LocalModel) -> None:
    """Of several end tokens the one that the template writes, not the one of the least id."""
    assert min(local.stop) < STOPS < local.tokenizer.eos_token_id
    evidence = local.read("Who?", ["Lima"])
    assert evidence.answer.tokens[-1] == END


def test_nothing_to_read(local: LocalModel) -> None:
    with pytest.raises(ValueError, match="at least one"):
        local.read("Who?", [])


def test_a_model_without_a_template(local: LocalModel) -> None:
    """A plain question; a new line ends the answer and is no part of its text."""
    plain = tiny_local(tiny_tokenizer(chat=False))
    newline = plain.tokenizer("\n").input_ids[0]
    assert newline in plain.stop
    found = [
        s
        for _, e in plain.generate(PROMPTS, Plan(samples=40), Generation(max_tokens=8))
        for s in (e.answer, *e.samples)
    ]
    assert any(s.finished for s in found)
    for s in found:
        assert "\n" not in s.text
