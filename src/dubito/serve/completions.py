"""Completions as OpenAI shapes them, made and read."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]


def fresh_id() -> str:
    """32 hexadecimal digits that nobody else has."""
    return uuid.uuid4().hex


def chat_completion(model: str, text: str, usage: Body) -> Body:
    """A whole answer."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return frame("chat.completion", model) | {"choices": [choice], "usage": usage}


def text_completion(model: str, text: str, usage: Body) -> Body:
    """The same of a plain completion."""
    choice = {"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}
    return frame("text_completion", model) | {"choices": [choice], "usage": usage}


class Chunks:
    """The pieces of one answer, all in one frame; where usage is `counted` it is null in them."""

    def __init__(self, model: str, *, chat: bool, counted: bool = False) -> None:
        self.chat = chat
        self.frame = frame("chat.completion.chunk" if chat else "text_completion", model)
        self.frame |= {"usage": None} if counted else {}

    def __call__(self, text: str | None, *, finish: str = "stop") -> Body:
        """One piece; None: the end."""
        end = finish if text is None else None
        if self.chat:
            delta = {} if text is None else {"role": "assistant", "content": text}
            return self.frame | {"choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        choice = {"index": 0, "text": text or "", "finish_reason": end, "logprobs": None}
        return self.frame | {"choices": [choice]}


def frame(kind: str, model: str) -> Body:
    """What all of them begin with."""
    return {
        "id": f"dubito-{fresh_id()}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def usage(read: int, written: int) -> Body:
    """Tokens, of the answer alone."""
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def named_in(told: Mapping[str, Any]) -> str | None:
    """The model that a request or a response names, if it does."""
    name = told.get("model")
    return name if isinstance(name, str) and name else None


def as_chat(choice: Mapping[str, Any]) -> Body:
    """A plain completion's choice in the shape of a chat's, log-probs too."""
    text = choice.get("text")
    message = {"role": "assistant", "content": text if isinstance(text, str) else ""}
    return {
        "message": message,
        "finish_reason": choice.get("finish_reason"),
        "logprobs": spots(choice.get("logprobs")),
    }


def spots(told: Any) -> Body | None:
    """{tokens, token_logprobs, top_logprobs} as a list of positions; None where it is not that."""
    if not isinstance(told, Mapping):
        return None
    tokens, logprobs = told.get("tokens"), told.get("token_logprobs")
    tops = told.get("top_logprobs") or []
    if not isinstance(tokens, list) or not isinstance(logprobs, list) or not isinstance(tops, list):
        return None
    listed = [*tops, *[{}] * len(tokens)]
    return {
        "content": [
            {
                "token": token,
                "logprob": p,
                "top_logprobs": [{"token": t, "logprob": q} for t, q in pairs(top)],
            }
            for token, p, top in zip(tokens, logprobs, listed, strict=False)
        ]
    }


def pairs(top: Any) -> list[tuple[Any, Any]]:
    """Tokens and log-probs of one position; none where it is no mapping."""
    return list(top.items()) if isinstance(top, Mapping) else []


class Gathered:
    """The pieces of a streamed answer, put together."""

    def __init__(self) -> None:
        self.text = ""
        self.beside: dict[str, str] = {}  # reasoning or a refusal, which have log-probs too
        self.finish: str | None = None
        self.entries: list[Any] = []
        self.model = ""

    def add(self, piece: Mapping[str, Any]) -> None:
        """One more chunk of a chat or plain completion; of its first choice."""
        if isinstance(piece.get("model"), str):
            self.model = piece["model"]
        choices = piece.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
            return
        choice = choices[0] if "delta" in choices[0] else delta_of(choices[0])
        delta = choice.get("delta")
        told = delta if isinstance(delta, Mapping) else {}
        said = told.get("content")
        self.text += said if isinstance(said, str) else ""
        for name in ("reasoning_content", "reasoning", "refusal"):
            if isinstance(told.get(name), str):
                self.beside[name] = self.beside.get(name, "") + told[name]
        self.finish = choice.get("finish_reason") or self.finish
        shown = choice.get("logprobs")
        if isinstance(shown, Mapping) and isinstance(shown.get("content"), list):
            self.entries += shown["content"]

    def choice(self) -> Body:
        """All of it as one choice."""
        message = {"role": "assistant", "content": self.text, **self.beside}
        logprobs = {"content": self.entries} if self.entries else None
        return {"message": message, "finish_reason": self.finish, "logprobs": logprobs}


def delta_of(choice: Mapping[str, Any]) -> Body:
    """A piece of a plain completion in the shape of a chat's."""
    whole = as_chat(choice)
    return {
        "delta": {"content": whole["message"]["content"]},
        "finish_reason": whole["finish_reason"],
        "logprobs": whole["logprobs"],
    }
