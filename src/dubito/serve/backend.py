"""What answers: an upstream, a model in this process, or a guard."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dubito.answer import Answer
from dubito.evidence import Evidence
from dubito.serve.wire import ChatRequest, CompletionRequest

Request = ChatRequest | CompletionRequest


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """An answer: what the client gets, and what is known of it."""

    body: Mapping[str, Any]  # a completion without our object; of a stream what its end adds
    answer: Answer
    by: str | None  # who answered; None: unknown


class Backend(Protocol):
    """Requests in, replies out."""

    @property
    def served(self) -> str | None:
        """Who answers; None where clients choose."""
        ...

    async def reply(self, request: Request) -> Reply:
        """The whole answer.

        Raises:
            Problem: what the client is told instead.
        """
        ...

    def stream(self, request: Request) -> AsyncGenerator[Mapping[str, Any] | Reply]:
        """Chunks as OpenAI shapes them, and at last the reply."""
        ...

    async def models(self) -> list[Mapping[str, Any]]:
        """As /v1/models lists them."""
        ...

    async def score(self, question: str, answers: list[str]) -> tuple[Evidence, str | None]:
        """The evidence of text that is there already, and who read it, if anybody did.

        The first answer counts as the model's.
        """
        ...

    def healthy(self) -> str:
        """Empty, or what is wrong."""
        ...

    async def close(self) -> None:
        """Finish, and let go."""
        ...


def question_of(request: Request) -> str:
    """What a record calls the question: the prompt, or the last turn of the user."""
    if isinstance(request, CompletionRequest):
        return request.prompt
    said = [m.content for m in request.messages if m.role == "user"]
    last = said[-1] if said else request.messages[-1].content
    return last if isinstance(last, str) else str(last)
