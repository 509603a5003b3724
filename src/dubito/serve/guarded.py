"""Answers by a guard: what it decides is carried out, be it to retrieve, escalate or abstain."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Any

from dubito.answer import Answer
from dubito.evidence import Evidence
from dubito.guard import Guard
from dubito.guard.fingerprint import fingerprint
from dubito.guard.saved import name_of
from dubito.models.base import ModelError
from dubito.models.stored import evidence_from_texts
from dubito.serve.backend import Reply, Request
from dubito.serve.completions import Chunks, chat_completion, text_completion, usage
from dubito.serve.problems import Problem
from dubito.serve.unheeded import refuse_unheeded, stops_of, unheeded
from dubito.serve.wire import ChatRequest, plain

BATCH = 32  # questions put to the guard together
WHO = "a guard, which answers as it was fitted,"


class Guarded:
    """A guard whose questions are asked in batches: those that wait go together.

    Args:
        guard: fitted.
        batch: questions asked together; 1 for a guard over servers, which are asked side by side.
        workers: threads that ask; more than 1 only for a guard over servers.
    """

    def __init__(self, guard: Guard, *, batch: int = BATCH, workers: int = 1) -> None:
        guard.fitted()
        self.guard = guard
        self.served = fingerprint(guard)
        self.batch = batch
        self.waiting: deque[tuple[str, Future[Answer]]] = deque()
        self.changed = Condition()
        self.closed = False
        self.threads = [Thread(target=self.work, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    @property
    def name(self) -> str:
        """Of its first model."""
        return name_of(self.guard.model)

    async def reply(self, request: Request) -> Reply:
        """What the guard answers, or that it abstains."""
        refuse_options(request)
        answer = await self.asked(question(request))
        made = chat_completion if isinstance(request, ChatRequest) else text_completion
        counted = usage(0, answer.cost.tokens)
        return Reply(made(self.name, answer.text, counted), answer, self.served)

    async def stream(self, request: Request) -> AsyncGenerator[Mapping[str, Any] | Reply]:
        """Its text in one piece: a guard decides before it says a word."""
        reply = await self.reply(request)
        chat = isinstance(request, ChatRequest)
        piece = Chunks(self.name, chat=chat, counted=request.counted)
        yield piece(reply.answer.text)
        yield piece(None)
        counted = {"usage": reply.body["usage"]} if request.counted else {}
        yield Reply(counted, reply.answer, reply.by)

    async def asked(self, text: str) -> Answer:
        """The guard's answer to one question."""
        done: Future[Answer] = Future()
        with self.changed:
            if self.closed:
                raise Problem(503, "the server is shutting down", after=5)
            self.waiting.append((text, done))
            self.changed.notify()
        try:
            return await asyncio.wrap_future(done)
        except ValueError as error:
            raise Problem(400, str(error)) from error
        except ModelError as error:
            raise Problem(502, str(error)) from error

    def work(self) -> None:
        """Take what waits, ask, hand out; until closed."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or self.closed)
                if not self.waiting:
                    return
                count = min(self.batch, len(self.waiting))
                taken = [self.waiting.popleft() for _ in range(count)]
            self.answer([one for one in taken if one[1].set_running_or_notify_cancel()])

    def answer(self, taken: "list[tuple[str, Future[Answer]]]") -> None:
        """Ask together; where that fails each alone, so that one cannot spoil the others."""
        if not taken:
            return
        try:
            answers = self.guard.answers([text for text, _ in taken])
        except Exception as error:  # the boundary of this thread: whoever asked is told
            if len(taken) == 1:
                taken[0][1].set_exception(error)
            else:
                for one in taken:
                    self.answer([one])
            return
        for (_, done), answer in zip(taken, answers, strict=True):
            done.set_result(answer)

    async def models(self) -> list[Mapping[str, Any]]:
        """The guard's first model."""
        return [{"id": self.name, "object": "model", "created": 0, "owned_by": "dubito"}]

    async def score(self, question: str, answers: list[str]) -> tuple[Evidence, str | None]:
        """What bare strings tell."""
        return evidence_from_texts(question, answers[0], answers[1:]), None

    def healthy(self) -> str:
        """Do its threads live?"""
        return "" if all(t.is_alive() for t in self.threads) else "the guard has stopped"

    async def close(self) -> None:
        """Answer what was asked, then stop."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        for thread in self.threads:
            await asyncio.to_thread(thread.join)


def refuse_options(request: Request) -> None:
    """What a guard promises hangs on the answers and estimators that it was fitted with."""
    refuse_unheeded(request, WHO)
    if stops_of(request):
        raise unheeded("stop", WHO)
    options = request.dubito
    if options.estimators or options.samples is not None or options.budget is not None:
        raise Problem(400, "a guard's estimators, samples and steps are fixed when it is fitted")


def question(request: Request) -> str:
    """The one question; what a system says comes before it.

    Raises:
        Problem: 400 for a conversation, which no guard was fitted on.
    """
    if not isinstance(request, ChatRequest):
        return request.prompt
    turns = plain(request.messages)
    system = [t["content"] for t in turns if t["role"] == "system"]
    users = [t["content"] for t in turns if t["role"] == "user"]
    if len(users) != 1 or len(system) + 1 != len(turns):
        raise Problem(400, f"a guard answers single questions, not {len(turns)} turns")
    text = "\n\n".join([*system, *users])
    if not text.strip():
        raise Problem(400, "an empty question")
    return text
