"""What one server has at hand while it answers: backend, records, meters, onlookers, drift."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter, time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dubito.answer import Answer
from dubito.models.collect import Collector
from dubito.serve.admission import Admission
from dubito.serve.backend import Backend, Reply, Request
from dubito.serve.doubting import block
from dubito.serve.drifting import Drifts
from dubito.serve.live import Live
from dubito.serve.metrics import Meters
from dubito.serve.problems import Problem
from dubito.serve.records import LOG, Records, RecordsDown, first_line, row_of, words
from dubito.serve.settings import Settings
from dubito.serve.tables import ANSWER, ANSWERS, REQUESTS, answers_by


class Desk:
    """All that the routes share."""

    def __init__(
        self,
        backend: Backend,
        settings: Settings,
        *,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.backend = backend
        self.settings = settings
        self.stopping = stopping
        self.records = Records(settings.records) if settings.records else None
        self.admission = Admission(settings.in_flight, settings.waiting, settings.patience)
        self.meters = Meters()
        self.meaning = Collector()  # embeds and judges texts that are to be scored
        self.live = Live()
        self.drifts = Drifts(settings.drift_delta)
        self.replaying = asyncio.Lock()
        self.answering = backend.served  # where clients choose, who did so last
        mine = ANSWERS if backend.served is None else answers_by(backend.served)
        for row in self.records.latest(mine) if self.records else []:
            self.drifts.update(row["answered_by"], row)
            self.answering = row["answered_by"]

    async def close(self) -> None:
        """Answer what was asked, write what was said, let go."""
        try:
            await self.backend.close()
        finally:
            if self.records:
                await asyncio.to_thread(self.records.close)

    async def answered(self, request: Request, reply: Reply, record: str) -> dict[str, Any]:
        """Keep it, count it, tell it on; the object `dubito` for its client."""
        answer, by = reply.answer, None if reply.by is None else words(reply.by)
        told = block(answer, tokens=request.dubito.tokens)
        told |= await self.keep(record, answer, model=request.model or "", by=by)
        self.meters.actions.labels(answer.action).inc()
        if answer.confidence is not None and math.isfinite(answer.confidence):
            self.meters.confidence.observe(answer.confidence)
        row = {"confidence": answer.confidence, "doubts": values(told["doubt"])}
        if request.dubito.estimators is None:  # doubts by other estimators are no drift
            await self.drift(by, row, record)
        self.answering = self.backend.served or by
        self.live.tell(
            {"record": record, "at": time(), "action": answer.action, **row}
            | ({"prompt": answer.evidence.prompt} if self.settings.log_prompts else {})
        )
        return told

    async def drift(self, by: str | None, row: Mapping[str, Any], record: str) -> None:
        """Follow this answer; one that was forgotten is taken up from its records first."""
        if self.records and self.drifts.of(by) is None:
            async with self.replaying:  # two answers by the same one are counted once each
                if self.drifts.of(by) is None and await self.replayed(by, record):
                    return
        self.drifts.update(by, row)

    async def replayed(self, by: str | None, record: str) -> bool:
        """Take up the drift of `by` from its records; was this one among them?"""
        assert self.records is not None
        try:
            rows = await asyncio.to_thread(self.records.latest, answers_by(by))
        except SQLAlchemyError as error:
            LOG.warning("the drift of %s begins anew: %s", by, first_line(error))
            return False
        ids = [row["id"] for row in rows]
        known = record in ids
        # What came after it counts itself.
        self.drifts.follow(by, rows[: ids.index(record) + 1] if known else rows)
        return known

    async def keep(
        self, record: str, answer: Answer, *, model: str = "", by: str | None, kind: str = ANSWER
    ) -> dict[str, Any]:
        """The record's id once it is written; None and the reason where it is not."""
        if self.records is None:
            return {"record": None, "not_recorded": "this server keeps no records"}
        about = {"id": record, "at": time(), "model": words(model), "kind": kind}
        about["answered_by"] = None if by is None else words(by)
        row = about | row_of(answer, log=self.settings.log_prompts)
        try:
            await asyncio.wrap_future(self.records.write(REQUESTS, row))
        except RecordsDown as error:
            self.meters.lost.inc()
            return {"record": None, "not_recorded": str(error)}
        return {"record": record}

    @asynccontextmanager
    async def counted(self, route: str) -> AsyncIterator[None]:
        """Within it a request is counted and timed, whatever becomes of it."""
        start, status = perf_counter(), 200
        try:
            yield
        except Problem as problem:
            status = problem.status
            raise
        except (asyncio.CancelledError, GeneratorExit):
            status = 499  # the client left
            raise
        except (RecordsDown, SQLAlchemyError):
            status = 503
            raise
        except Exception:
            status = 500
            raise
        finally:
            self.meters.requests.labels(route, str(status)).inc()
            self.meters.seconds.labels(route).observe(perf_counter() - start)

    def wrong(self) -> str:
        """Empty where answers can be expected, else what is wrong."""
        if self.records and not self.records.thread.is_alive():
            return "the records' writer has stopped"
        return self.backend.healthy()

    def observe(self) -> None:
        """Bring the gauges up to date."""
        self.meters.drift.set(self.drifts.most)
        self.meters.in_flight.set(self.admission.in_flight)
        self.meters.waiting.set(self.admission.waiting)
        self.meters.healthy.set(0 if self.wrong() else 1)


def values(doubts: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """The bare numbers."""
    return {name: told["value"] for name, told in doubts.items()}
