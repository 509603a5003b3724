"""What a local model reads: turns in its template, or plain questions and answers."""

from types import SimpleNamespace

import pytest
from transformers import PreTrainedTokenizerFast

from dubito.models.chat import Chat
from models.tiny import END, tiny_tokenizer

PLAIN = tiny_tokenizer(chat=False)


def test_a_question_in_the_template(tokenizer: PreTrainedTokenizerFast) -> None:
    chat = Chat(tokenizer)
    assert chat.templated
    ids = chat.ids("Who?")
    assert tokenizer.decode(ids) == "<|user|>Who?<|end|><|assistant|>"
    assert ids[0] == tokenizer.convert_tokens_to_ids("<|user|>")


def test_a_follow_up_begins_with_the_end_of_the_answer(tokenizer: PreTrainedTokenizerFast) -> None:
    follow = Chat(tokenizer).follow_up("Sure?")
    assert tokenizer.decode(follow) == "<|end|><|user|>Sure?<|end|><|assistant|>"
    assert follow[0] == tokenizer.eos_token_id


@pytest.mark.parametrize("answer", ["Lima.", "", "(the answer)"])
def test_question_answer_and_follow_up_are_the_whole_talk(
    tokenizer: PreTrainedTokenizerFast, answer: str
) -> None:
    for each in (tokenizer, PLAIN):
        chat = Chat(each)
        told = each.decode(
            [
                *chat.ids("Who?"),
                *each(answer, add_special_tokens=False).input_ids,
                *chat.follow_up("Sure?"),
            ]
        )
        assert told == chat.text(["Who?", answer, "Sure?"])


def test_plain_questions_without_a_template() -> None:
    chat = Chat(PLAIN)
    assert not chat.templated
    assert PLAIN.decode(chat.ids("Who?")) == "Question: Who?\nAnswer:"
    assert chat.text(["Who?", " I.", "Sure?"]) == (
        "Question: Who?\nAnswer: I.\nQuestion: Sure?\nAnswer:"
    )


def test_a_start_token_stands_at_the_start_only() -> None:
    """A template writes it; without one the tokenizer adds it to the question, not to a turn."""
    for chat in (Chat(tiny_tokenizer(chat=False, start=True)), Chat(tiny_tokenizer(start=True))):
        start = chat.tokenizer.bos_token_id
        assert chat.ids("Who?").count(start) == (not chat.templated)
        assert start not in chat.follow_up("Sure?")


@pytest.mark.parametrize(
    ("configured", "more"), [(None, set()), (5, {5}), ([5, 6], {5, 6}), ([], set())]
)
def test_end_tokens(tokenizer: PreTrainedTokenizerFast, configured: object, more: set[int]) -> None:
    stop = Chat(tokenizer).stop_ids(SimpleNamespace(eos_token_id=configured))
    assert stop == {tokenizer.eos_token_id} | more


def test_a_new_line_ends_a_plain_answer(tokenizer: PreTrainedTokenizerFast) -> None:
    config = SimpleNamespace(eos_token_id=None)
    ends = Chat(PLAIN).stop_ids(config)
    assert {PLAIN.decode([i]) for i in ends} == {END, "\n"}
    assert {tokenizer.decode([i]) for i in Chat(tokenizer).stop_ids(config)} == {END}
