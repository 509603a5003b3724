"""Requests as clients send them; fields that are not ours go to the upstream as they are."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dubito.serve.problems import Problem

MOST_SAMPLES = 64
Name = Annotated[str, Field(min_length=1, max_length=200)]
Length = Annotated[int | None, Field(ge=1, le=1_000_000)]


class Options(BaseModel):
    """The object `dubito` of a request."""

    model_config = ConfigDict(extra="forbid")

    estimators: list[Name] | None = Field(
        None, description="ids; see `dubito methods`", min_length=1
    )
    samples: int | None = Field(None, ge=0, le=MOST_SAMPLES, description="answers drawn beside it")
    budget: int | None = Field(
        None, ge=1, description="most generations for this request, the answer's own counted"
    )
    tokens: bool = Field(False, description="the doubt of each token too")


NOTHING_SAID = Options.model_validate({})


class Message(BaseModel):
    """One turn."""

    model_config = ConfigDict(extra="allow")

    role: Name
    content: str | list[dict[str, Any]] | None = None


class Streaming(BaseModel):
    """How an answer comes in pieces."""

    model_config = ConfigDict(extra="allow")

    include_usage: bool | None = None


class Asked(BaseModel):
    """What chat and plain completions have in common."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    stream: bool = False
    stream_options: Streaming | None = None
    n: Annotated[int | None, Field(ge=1, le=1, description="one; see `dubito.samples`")] = None
    max_tokens: Length = None
    max_completion_tokens: Length = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    seed: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    logprobs: bool | int | None = None
    top_logprobs: Annotated[int | None, Field(ge=0, le=20)] = None
    stop: str | list[str] | None = None
    dubito: Options = NOTHING_SAID

    def body(self) -> dict[str, Any]:
        """What the upstream gets."""
        return self.model_dump(exclude_unset=True, exclude={"dubito"})

    @property
    def longest(self) -> int | None:
        """Most tokens of the answer, where the client says it."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def counted(self) -> bool:
        """Are the tokens of a stream to be told at its end?"""
        return bool(self.stream_options and self.stream_options.include_usage)


class ChatRequest(Asked):
    """POST /v1/chat/completions."""

    messages: list[Message] = Field(min_length=1)


class CompletionRequest(Asked):
    """POST /v1/completions."""

    prompt: str = Field(min_length=1)


class ScoreRequest(BaseModel):
    """POST /score: text that is there already."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1)
    answer: str
    samples: Annotated[list[str], Field(max_length=MOST_SAMPLES)] = []
    response: Annotated[
        dict[str, Any] | None, Field(description="a stored chat completion, in place of `answer`")
    ] = None
    estimators: Annotated[list[Name] | None, Field(min_length=1)] = None


class FeedbackRequest(BaseModel):
    """POST /feedback: was the answer of this record right?"""

    model_config = ConfigDict(extra="forbid")

    record: str = Field(pattern="^[0-9a-f]{32}$")
    right: bool


class Error(BaseModel):
    """Inside of `Failure`."""

    message: str
    type: str
    code: int


class Failure(BaseModel):
    """What every refusal looks like."""

    error: Error


Roles = Literal["system", "developer", "user", "assistant"]


def plain(messages: list[Message]) -> list[dict[str, str]]:
    """Turns of bare text, for a model in this process.

    Raises:
        Problem: a turn of images or tools, or a role that is none.
    """
    return [{"role": role_of(m), "content": text_of(m)} for m in messages]


def role_of(message: Message) -> str:
    """The role; a developer's turn is a system's."""
    if message.role not in ("system", "developer", "user", "assistant"):
        raise Problem(400, f"a local model reads no turn of role {message.role!r}")
    return "system" if message.role == "developer" else message.role


def text_of(message: Message) -> str:
    """The text of a turn, its parts joined."""
    if isinstance(message.content, str):
        return message.content
    parts = message.content or []
    texts = [p.get("text") for p in parts if p.get("type") == "text"]
    if len(texts) < max(1, len(parts)) or not all(isinstance(t, str) for t in texts):
        raise Problem(400, f"a local model reads text alone; the turn of {message.role!r} is not")
    return "".join(map(str, texts))
