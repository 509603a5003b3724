"""Answers by a model in this process; requests join the batch that is being decoded."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from time import perf_counter
from typing import Any

from jinja2 import TemplateError

from dubito.answer import Answer, spent_on
from dubito.evidence import Evidence
from dubito.models.base import Generation
from dubito.models.continuous import Continuous, Wanted
from dubito.models.local import LocalModel
from dubito.models.stopping import showable
from dubito.serve.backend import Reply, Request, question_of
from dubito.serve.completions import Body, Chunks, chat_completion, text_completion, usage
from dubito.serve.doubting import Doubter, Using
from dubito.serve.problems import Problem
from dubito.serve.unheeded import refuse_unheeded, stops_of
from dubito.serve.wire import ChatRequest, plain

LONGEST = 256  # tokens of an answer where a client does not say
COLDEST = 0.01  # temperature of samples; below it only the likeliest token is left
CUT = "\N{REPLACEMENT CHARACTER}"  # the end of a text whose last character is not whole yet


class Local:
    """A local model with our estimators beside it.

    The answer is greedy, whatever temperature is asked for: the doubt is that of this answer.
    `temperature` is that of the samples.
    """

    def __init__(self, model: LocalModel, doubter: Doubter) -> None:
        self.model = model
        self.doubter = doubter
        self.engine = Continuous(model)

    @property
    def served(self) -> str:
        """This model."""
        return self.model.name

    async def reply(self, request: Request) -> Reply:
        """The whole answer."""
        start, using = perf_counter(), self.doubter.using(request.dubito)
        wanted = self.wanted(request, using)
        evidence = await self.evidence(wanted)
        answer = await self.doubted(evidence, using, perf_counter() - start)
        return Reply(self.body(request, answer, len(wanted.ids)), answer, self.served)

    async def stream(self, request: Request) -> AsyncGenerator[Mapping[str, Any] | Reply]:
        """A chunk for each piece of text, then its doubt; samples are decoded beside it."""
        start, using = perf_counter(), self.doubter.using(request.dubito)
        loop, said = asyncio.get_running_loop(), asyncio.Queue[str]()
        wanted = self.wanted(
            request, using, lambda text: loop.call_soon_threadsafe(said.put_nowait, text)
        )
        chat = isinstance(request, ChatRequest)
        piece, sent = Chunks(self.model.name, chat=chat, counted=request.counted), 0
        ready = asyncio.ensure_future(self.evidence(wanted))
        try:
            while not (ready.done() and said.empty()):
                text = await first_of(said, ready)
                whole = showable((text or "").removesuffix(CUT), wanted.stop)
                if len(whole) > sent:
                    yield piece(whole[sent:])
                    sent = len(whole)
        finally:
            ready.cancel()  # whoever leaves is not decoded for any more
        evidence = ready.result()
        if len(evidence.answer.text) > sent:
            yield piece(evidence.answer.text[sent:])
        yield piece(None, finish="stop" if evidence.answer.finished else "length")
        answer = await self.doubted(evidence, using, perf_counter() - start)
        counted = {"usage": used(answer, len(wanted.ids))} if request.counted else {}
        yield Reply(counted, answer, self.served)

    def wanted(
        self, request: Request, using: Using, written: Callable[[str], object] | None = None
    ) -> Wanted:
        """What the engine is asked.

        Raises:
            Problem: 400 for what no local model heeds.
        """
        refuse_unheeded(request, "a model in this process")
        ids = self.ids(request)
        room = self.model.context - len(ids) - self.model.room_for_questions(using.plan)
        generation = Generation(
            max_tokens=request.longest or max(1, min(LONGEST, room)),
            temperature=max(request.temperature or 1.0, COLDEST),
            seed=request.seed or 0,
            instruction="",
        )
        stops = stops_of(request)
        return Wanted(question_of(request), ids, using.plan, generation, written, stops)

    def ids(self, request: Request) -> list[int]:
        """Tokens that the model reads: turns by its template, a plain prompt as it stands."""
        if isinstance(request, ChatRequest):
            turns = plain(request.messages)
            try:
                return self.model.chat.conversation(turns)
            except (ValueError, TypeError, LookupError, TemplateError) as error:
                raise Problem(400, f"the model's template refuses these turns: {error}") from error
        return self.model.tokenizer(request.prompt).input_ids

    async def evidence(self, wanted: Wanted) -> Evidence:
        """Of the engine; what does not fit its context is the client's to mend."""
        try:
            return await asyncio.wrap_future(self.engine.ask(wanted))
        except asyncio.CancelledError:
            wanted.left.set()
            raise
        except ValueError as error:
            raise Problem(400, str(error)) from error
        except RuntimeError as error:
            raise Problem(503, str(error), after=5) from error

    async def doubted(self, evidence: Evidence, using: Using, seconds: float) -> Answer:
        """The answer with its doubts, in a thread: others are answered meanwhile."""
        spent = spent_on(evidence, seconds)
        return await asyncio.to_thread(self.doubter.answer, evidence, using, spent)

    def body(self, request: Request, answer: Answer, read: int) -> Body:
        """As OpenAI shapes it."""
        made = chat_completion if isinstance(request, ChatRequest) else text_completion
        told = made(self.model.name, answer.text, used(answer, read))
        if not answer.evidence.answer.finished:
            told["choices"][0]["finish_reason"] = "length"
        return told

    async def models(self) -> list[Mapping[str, Any]]:
        """This one."""
        return [{"id": self.model.name, "object": "model", "created": 0, "owned_by": "dubito"}]

    async def score(self, question: str, answers: list[str]) -> tuple[Evidence, str | None]:
        """The texts read by the model in one pass."""
        generation = Generation(instruction="")
        try:
            read = await asyncio.to_thread(self.model.read, question, answers, generation)
        except ValueError as error:
            raise Problem(400, str(error)) from error
        return read, self.served

    def healthy(self) -> str:
        """Does the engine live?"""
        return "" if self.engine.thread.is_alive() else "the engine has stopped"

    async def close(self) -> None:
        """Finish what was asked."""
        await asyncio.to_thread(self.engine.close)


def used(answer: Answer, read: int) -> Body:
    """Tokens that were read, and those of the answer."""
    return usage(read, len(answer.evidence.answer.tokens))


async def first_of(said: "asyncio.Queue[str]", ready: "asyncio.Future[Any]") -> str | None:
    """The next text, or None once there is nothing more to come."""
    getting = asyncio.ensure_future(said.get())
    await asyncio.wait({getting, ready}, return_when=asyncio.FIRST_COMPLETED)
    if getting.done():
        return getting.result()
    getting.cancel()
    return said.get_nowait() if not said.empty() else None
