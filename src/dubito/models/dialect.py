"""What an OpenAI-compatible server does not take, learnt from what it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FEW = 5  # top log-probs: the most that some servers give, where OpenAI gives 20


@dataclass(slots=True)
class Dialect:
    """Changes to every request. What is learnt twice, by two threads, is learnt once."""

    dropped: set[str] = field(default_factory=set)  # fields the server does not know
    one_choice: bool = False  # n > 1 is refused
    few: bool = False  # no more than `FEW` top log-probs
    renamed: bool = False  # max_tokens is called max_completion_tokens

    def translate(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this server wants it."""
        sent = {k: v for k, v in body.items() if k not in self.dropped}
        if self.one_choice and "n" in sent:
            sent["n"] = 1
        if self.few and sent.get("top_logprobs") is not None:
            sent["top_logprobs"] = min(sent["top_logprobs"], FEW)
        if self.renamed and "max_tokens" in sent:
            sent["max_completion_tokens"] = sent.pop("max_tokens")
        return sent

    def learn(self, sent: Mapping[str, Any], said: str) -> bool:
        """Is there another way to ask, after the server refused this and said why?"""
        if "max_completion_tokens" in said and "max_tokens" in sent:
            self.renamed = True
        elif "logprobs" in said and (sent.get("top_logprobs") or 0) > FEW:
            self.few = True
        elif "logprobs" in said and "logprobs" in sent:
            self.dropped |= {"logprobs", "top_logprobs"}
        elif named := {f for f in ("seed", "top_p") if f in sent and f in said}:
            self.dropped |= named
        elif (sent.get("n") or 1) > 1:
            self.one_choice = True  # llama.cpp's refusal does not name the field
        else:
            return False
        return True
