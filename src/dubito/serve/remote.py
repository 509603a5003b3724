"""Answers by an upstream: forwarded as they are, with their log-probs read on the way."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from time import perf_counter
from typing import Any

from dubito.answer import Answer, spent_on
from dubito.evidence import Evidence, Plan
from dubito.models.interview import MOST, seed_of, unshown
from dubito.models.responses import choices_of, read_choice
from dubito.models.stored import evidence_from_texts, lacking
from dubito.serve.backend import Reply, Request, question_of
from dubito.serve.completions import Gathered, as_chat, named_in
from dubito.serve.doubting import Doubter, Using
from dubito.serve.events import DONE, events
from dubito.serve.problems import Problem
from dubito.serve.upstream import Asking
from dubito.serve.wire import ChatRequest

Body = dict[str, Any]


class Remote:
    """An upstream with our estimators beside it."""

    def __init__(self, asking: Asking, doubter: Doubter, model: str | None = None) -> None:
        self.asking = asking
        self.doubter = doubter
        self.model = model  # named where a client names none

    @property
    def served(self) -> str | None:
        """The model that is asked where a client names none."""
        return self.model

    async def reply(self, request: Request) -> Reply:
        """The upstream's own answer; samples are drawn beside it where they are asked for."""
        start = perf_counter()
        using = self.doubter.using(request.dubito)
        body = self.body(request)
        drawing = asyncio.ensure_future(self.samples(request, body, using.plan))
        try:
            told = await self.asking.post(path_of(request), measured(body, using.plan, request))
            samples = await drawing
        finally:
            drawing.cancel()  # of an answer that was refused nothing more is drawn
        choices = self.choices(told, request)
        evidence = evidence_of(question_of(request), choices[0], samples, using.plan)
        answer = await self.doubted(evidence, using, perf_counter() - start)
        return Reply(stripped(told, request), answer, named_in(body) or named_in(told))

    async def stream(self, request: Request) -> AsyncGenerator[Mapping[str, Any] | Reply]:
        """Its chunks as they come."""
        start = perf_counter()
        using = self.doubter.using(request.dubito)
        body = self.body(request)
        samples = asyncio.ensure_future(self.samples(request, body, using.plan))
        gathered = Gathered()
        try:
            sent = measured(body, using.plan, request)
            async with self.asking.stream(path_of(request), sent) as lines:
                async for data in events(lines):
                    if data == DONE:
                        break
                    piece = piece_of(data)
                    gathered.add(piece)
                    yield stripped(piece, request)
                else:
                    if gathered.finish is None:
                        raise Problem(502, "the upstream closed before its answer had ended")
            evidence = evidence_of(
                question_of(request), gathered.choice(), await samples, using.plan
            )
        finally:
            samples.cancel()
        answer = await self.doubted(evidence, using, perf_counter() - start)
        yield Reply({}, answer, named_in(body) or gathered.model or None)

    async def doubted(self, evidence: Evidence, using: Using, seconds: float) -> Answer:
        """The answer with its doubts; in a thread where samples have to be compared."""
        spent = spent_on(evidence, seconds)
        if using.plan.samples or using.plan.relevance:
            return await asyncio.to_thread(self.doubter.answer, evidence, using, spent)
        return self.doubter.answer(evidence, using, spent)

    async def samples(self, request: Request, body: Body, plan: Plan) -> list[Mapping[str, Any]]:
        """K answers drawn at temperature 1, in as few requests as the upstream allows.

        Fewer where it fails: the answer is given all the same, and what lacks them is missing.
        """
        found: list[Mapping[str, Any]] = []
        while len(found) < plan.samples:
            drawn = measured(body, plan.of_samples, request) | {
                "temperature": 1,
                "top_p": 1,
                "n": plan.samples - len(found),
                "seed": seed_of(request.seed or 0, question_of(request), len(found)),
                "stream": False,
            }
            drawn.pop("stream_options", None)
            try:
                found += self.choices(await self.asking.post(path_of(request), drawn), request)
            except Problem:
                break
        return found[: plan.samples]

    def body(self, request: Request) -> Body:
        """What the client sent, with our model's name where it gave none."""
        body = request.body()
        if not body.get("model") and self.model:
            body["model"] = self.model
        return body

    def choices(self, told: Mapping[str, Any], request: Request) -> list[Mapping[str, Any]]:
        """The choices, in the shape of a chat's."""
        raw = told.get("choices")
        shaped = told
        if not isinstance(request, ChatRequest) and isinstance(raw, list):
            shaped = {"choices": [as_chat(c) for c in raw if isinstance(c, Mapping)]}
        try:
            return choices_of(shaped)
        except ValueError as error:
            raise Problem(502, f"the upstream answers {error}") from None

    async def models(self) -> list[Mapping[str, Any]]:
        """The upstream's own list."""
        told = await self.asking.get("/models")
        listed = told.get("data") if isinstance(told, Mapping) else None
        if not isinstance(listed, list):
            raise Problem(502, "the upstream lists no models")
        return listed

    async def score(self, question: str, answers: list[str]) -> tuple[Evidence, str | None]:
        """What bare strings tell: an upstream does not read text that it has not written."""
        return evidence_from_texts(question, answers[0], answers[1:]), None

    def healthy(self) -> str:
        """Is the breaker closed?"""
        return "the upstream failed repeatedly" if self.asking.breaker.is_open else ""

    async def close(self) -> None:
        """Let its connections go."""
        await self.asking.close()


def path_of(request: Request) -> str:
    """Below the upstream's base address."""
    return "/chat/completions" if isinstance(request, ChatRequest) else "/completions"


def measured(body: Body, plan: Plan, request: Request) -> Body:
    """The request, with the log-probs that the plan wants; never with fewer than were asked for."""
    wanted = MOST if plan.distribution else min(max(2, plan.top_k), MOST)
    if not (plan.logprobs or plan.distribution or plan.top_k):
        return dict(body)
    if isinstance(request, ChatRequest):
        tops = max(request.top_logprobs or 0, wanted)
        return body | {"logprobs": True, "top_logprobs": tops}
    return body | {"logprobs": max(int(request.logprobs or 0), 5)}


def stripped(told: Mapping[str, Any], request: Request) -> Body:
    """The response without log-probs that its client did not ask for."""
    if not isinstance(told.get("choices"), list):
        return dict(told)
    return {**told, "choices": [shown(c, request) for c in told["choices"]]}


def shown(choice: Any, request: Request) -> Any:
    """One choice with the log-probs that were asked for: none, or so many alternatives."""
    if not isinstance(choice, Mapping) or "logprobs" not in choice:
        return choice
    if request.logprobs is None or request.logprobs is False:
        return {**choice, "logprobs": None}
    entries = choice["logprobs"].get("content") if isinstance(choice["logprobs"], Mapping) else None
    if not isinstance(entries, list):
        return choice
    most = request.top_logprobs or 0
    cut = [
        {**e, "top_logprobs": e["top_logprobs"][:most]}
        if isinstance(e, Mapping) and isinstance(e.get("top_logprobs"), list)
        else e
        for e in entries
    ]
    return {**choice, "logprobs": {**choice["logprobs"], "content": cut}}


def evidence_of(
    question: str, choice: Mapping[str, Any], samples: list[Mapping[str, Any]], plan: Plan
) -> Evidence:
    """What the answer and its samples show, and why not all of it."""
    answer, drawn = read_choice(choice), [read_choice(s) for s in samples]
    missing = {**answer.missing, **unshown(plan), **(lacking(drawn) if plan.logprobs else {})}
    if plan.p_true or plan.stated:
        asked_more = "a proxy asks no further questions; use a guard"
        missing |= {"p_true": asked_more, "stated": asked_more}
    return Evidence(question, answer.sequence, tuple(s.sequence for s in drawn), missing=missing)


def piece_of(data: str) -> Body:
    """One chunk.

    Raises:
        Problem: 502 where it is no JSON object, or an error of the upstream.
    """
    try:
        piece = json.loads(data)
    except ValueError:
        raise Problem(502, f"the upstream streams no JSON: {data[:80]!r}") from None
    if not isinstance(piece, dict):
        raise Problem(502, f"the upstream streams no JSON object: {data[:80]!r}")
    if "error" in piece:
        raise Problem(502, f"the upstream broke off: {str(piece['error'])[:200]}")
    return piece
