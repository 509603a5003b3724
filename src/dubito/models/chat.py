"""What is sent to a local model: its chat template, or a plain question and answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PLAIN = "Question: {question}\nAnswer:"
ANSWER = "(the answer)"  # stands for one while the text around it is written


@dataclass(frozen=True, slots=True)
class Chat:
    """Turns into token ids with the tokenizer's template where it has one."""

    tokenizer: Any

    @property
    def templated(self) -> bool:
        """Does the model know turns?"""
        return bool(self.tokenizer.chat_template)

    def ids(self, question: str) -> list[int]:
        """Token ids of a question, ready for the answer."""
        text = self.text([question])  # a template writes the start token out
        return self.tokenizer(text, add_special_tokens=not self.templated).input_ids

    def conversation(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Token ids of turns with roles, ready for the assistant's next one.

        A model that knows no turns reads them as lines, each after its role.
        """
        if self.templated:
            text = self.tokenizer.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=True
            )
        elif len(messages) == 1:
            return self.ids(messages[0]["content"])
        else:
            lines = [f"{m['role'].capitalize()}: {m['content']}\n" for m in messages]
            text = "".join([*lines, "Assistant:"])
        return self.tokenizer(text, add_special_tokens=not self.templated).input_ids

    def follow_up(self, turn: str) -> list[int]:
        """Token ids between the end of an answer's text and the answer to the user's next turn."""
        after = self.text(["", ANSWER, turn]).rpartition(ANSWER)[2]
        return self.tokenizer(after, add_special_tokens=False).input_ids

    def end_id(self, stop: frozenset[int]) -> int:
        """The token that ends an answer here: what the template writes after one."""
        after = self.follow_up("")[:1]
        return after[0] if after and after[0] in stop else self.tokenizer.eos_token_id

    def text(self, turns: Sequence[str]) -> str:
        """Alternating user and assistant turns as the model reads them, the next answer to come."""
        if not self.templated:
            asked = [PLAIN.format(question=q) for q in turns[::2]]
            return "\n".join(q + a for q, a in zip(asked, [*turns[1::2], ""], strict=True))
        roles = ("user", "assistant")
        messages = [{"role": roles[i % 2], "content": t} for i, t in enumerate(turns)]
        return self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )

    def stop_ids(self, generation_config: Any) -> frozenset[int]:
        """Tokens that end an answer: the model's end tokens; without a template a new line too."""
        end = generation_config.eos_token_id
        ends = {*(end if isinstance(end, list) else [end]), self.tokenizer.eos_token_id} - {None}
        if not self.templated:
            vocabulary = range(len(self.tokenizer))
            pieces = self.tokenizer.batch_decode([[i] for i in vocabulary])
            ends |= {i for i, piece in enumerate(pieces) if "\n" in piece}
        return frozenset(ends)
