"""What was asked and answered, in a database: a row a request, and whether it was right.

A thread of its own writes; what waits is written in one transaction, and whoever waits for a row
hears when it is committed. SQLite by default, any database that SQLAlchemy knows by its URL.
"""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any

import numpy as np
from sqlalchemy import Engine, Table, create_engine, event, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from dubito.answer import Answer
from dubito.evidence import Evidence
from dubito.serve.tables import ANSWERS, FEEDBACK, REQUESTS, Where, created

Row = tuple[Table, Mapping[str, Any], "Future[None]"]
LOG = logging.getLogger("dubito.serve")
MOST_WAITING = 10_000  # rows; beyond that a row is refused rather than kept in memory
TOGETHER = 500  # rows of one transaction


class RecordsDown(OSError):
    """A row could not be written; says why."""


class Records:
    """The database and its writer; close it after use.

    Raises:
        RecordsDown: it cannot be opened.
    """

    def __init__(self, url: str, *, busy: float = 2.0) -> None:
        self.engine = opened(url, busy)
        self.queue: Queue[Row | None] = Queue(MOST_WAITING)
        self.thread = Thread(target=self.work, name="dubito-records", daemon=True)
        self.thread.start()

    def write(self, table: Table, row: Mapping[str, Any]) -> "Future[None]":
        """Done when the row is committed; a RecordsDown where it is not."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # whoever leaves cannot cancel it: it is written
        try:
            self.queue.put_nowait((table, row, done))
        except Full:
            done.set_exception(RecordsDown(f"{MOST_WAITING} rows wait to be written already"))
        return done

    def work(self) -> None:
        """Write what waits, all of it together, until told to stop."""
        while (first := self.queue.get()) is not None:
            rows: list[Row] = [first]
            while len(rows) < TOGETHER and (following := self.next_row()) is not None:
                rows.append(following)
            self.commit(rows)

    def next_row(self) -> "Row | None":
        """What waits, if anything; a wish to stop is put back, to be heard after it."""
        try:
            following = self.queue.get_nowait()
        except Empty:
            return None
        if following is None:
            self.queue.put(None)
        return following

    def commit(self, rows: "Sequence[Row]") -> None:
        """All in one transaction; where that fails each in its own. Everyone is told."""
        problem = self.inserted(rows)
        if problem is not None and len(rows) > 1 and not isinstance(problem, OperationalError):
            for row in rows:
                self.commit([row])
            return
        if problem is not None:
            LOG.warning("%d records were not written: %s", len(rows), first_line(problem))
        for _, _, done in rows:
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(RecordsDown(in_short(problem)))

    def inserted(self, rows: "Sequence[Row]") -> Exception | None:
        """One transaction; what went wrong, if anything did."""
        try:
            with self.engine.begin() as connection:
                for table in (REQUESTS, FEEDBACK):
                    if mine := [dict(row) for t, row, _ in rows if t is table]:
                        connection.execute(insert(table), mine)
        except Exception as error:  # the boundary of this thread: whoever waits is told
            return error
        return None

    def judged(self, where: Where = ANSWERS, limit: int | None = 10_000) -> list[dict[str, Any]]:
        """The latest of these that somebody judged, oldest first, each with its last judgement.

        `limit` None: all of them.
        """
        latest: dict[str, bool] = {}
        with self.engine.connect() as connection:
            for row in connection.execute(select(FEEDBACK).order_by(FEEDBACK.c.id)):
                latest[row.record] = row.right
            found = connection.execute(
                select(REQUESTS)
                .where(where, REQUESTS.c.id.in_(select(FEEDBACK.c.record)))
                .order_by(REQUESTS.c.at.desc())
                .limit(limit)
            )
            rows: list[dict[str, Any]] = [
                {**row._mapping, "right": latest[row.id]} for row in found if row.id in latest
            ]
        return [row | {"doubts": json.loads(row["doubts"])} for row in reversed(rows)]

    def latest(self, where: Where = ANSWERS, limit: int = 1000) -> list[dict[str, Any]]:
        """The latest of these requests, oldest first."""
        wanted = select(REQUESTS).where(where).order_by(REQUESTS.c.at.desc()).limit(limit)
        with self.engine.connect() as connection:
            rows = [dict(row._mapping) for row in connection.execute(wanted)]
        return [row | {"doubts": json.loads(row["doubts"])} for row in reversed(rows)]

    def known(self, record: str) -> bool:
        """Was there such a request?"""
        with self.engine.connect() as connection:
            found = connection.execute(select(REQUESTS.c.id).where(REQUESTS.c.id == record))
            return found.first() is not None

    def close(self) -> None:
        """Write what waits, then let go."""
        self.queue.put(None)
        self.thread.join()
        self.engine.dispose()


def judged_at(url: str) -> list[dict[str, Any]]:
    """All judged answers of a database that somebody else may be writing to."""
    records = Records(url)
    try:
        return records.judged(limit=None)
    finally:
        records.close()


def opened(url: str, busy: float) -> Engine:
    """The database with its tables; SQLite keeps a write-ahead log, so that readers never wait."""
    try:
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda c, _: tuned(c, busy))
        created(engine)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        said = str(error).splitlines()[0][:200]
        raise RecordsDown(f"no records can be kept at {shown(url)}: {said}") from error
    return engine


def tuned(connection: Any, busy: float) -> None:
    """Pragmas of one SQLite connection."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing
    cursor.execute(f"PRAGMA busy_timeout={int(1000 * busy)}")
    cursor.close()


def shown(url: str) -> str:
    """The URL without its password."""
    head, at, tail = url.partition("?")[0].rpartition("@")
    return f"{head.partition('://')[0]}://***@{tail}" if at else tail


def first_line(problem: Exception) -> str:
    """What the database says, for the log."""
    return str(getattr(problem, "orig", None) or problem).splitlines()[0][:200]


def in_short(problem: Exception) -> str:
    """The same for clients, who need not know where the database is."""
    said = first_line(problem).lower()
    known = ("locked", "full", "unique", "read-only", "readonly")
    why = next((word for word in known if word in said), "see the server's log")
    return f"the database cannot be written ({why})"


def words(said: str) -> str:
    """The text as any database takes it: half a surrogate pair becomes a question mark."""
    return said.encode("utf-8", "replace").decode()


def row_of(answer: Answer, *, log: bool) -> dict[str, Any]:
    """What is kept of an answer; `log` keeps its words too."""
    evidence = answer.evidence
    doubts = {n: s.doubt if np.isfinite(s.doubt) else None for n, s in answer.scores.items()}
    return {
        "prompt_digest": digest(evidence.prompt),
        "evidence_digest": digest(*told(evidence)),
        "prompt": words(evidence.prompt) if log else None,
        "answer": words(answer.text) if log else None,
        "doubts": json.dumps(doubts),
        "confidence": answer.confidence,
        "action": answer.action,
        "tokens": answer.cost.tokens,
        "seconds": answer.cost.seconds,
    }


def told(evidence: Evidence) -> list[str]:
    """All texts of an evidence and the log-probs of its answer."""
    logprobs = evidence.answer.logprobs
    numbers = "" if logprobs is None else np.asarray(logprobs, np.float32).tobytes().hex()
    return [evidence.answer.text, *(s.text for s in evidence.samples), numbers]


def digest(*texts: str) -> str:
    """SHA-256 of some texts, hexadecimal."""
    joined = json.dumps(texts, ensure_ascii=False)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()
