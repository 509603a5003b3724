"""The tables of the records: a row a request, and a row for each judgement of one."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    inspect,
    or_,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.schema import CreateColumn

Where = ColumnElement[bool]
TABLES = MetaData()
REQUESTS = Table(
    "dubito_requests",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("at", Float, nullable=False, index=True),  # seconds since 1970
    Column("model", Text, nullable=False),  # as the client named it
    Column("prompt_digest", String(64), nullable=False),
    Column("evidence_digest", String(64), nullable=False),
    Column("prompt", Text),  # only where logging is switched on, like the answer
    Column("answer", Text),
    Column("doubts", Text, nullable=False),  # JSON: estimator -> doubt or null
    Column("confidence", Float),
    Column("action", String(20), nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    # Null in rows of a dubito that did not know these columns: all of them are answers.
    Column("answered_by", Text),  # a model, or a guard's fingerprint; null: unknown
    Column("kind", String(10)),
)
ANSWER, SCORE = "answer", "score"  # kinds
SCORES = REQUESTS.c.kind == SCORE
ANSWERS = or_(REQUESTS.c.kind.is_(None), REQUESTS.c.kind == ANSWER)
FEEDBACK = Table(
    "dubito_feedback",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("record", String(32), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("right", Boolean, nullable=False),
)


def answers_by(by: str | None) -> Where:
    """The answers of one of those that answered; None: of whom it is not known."""
    return and_(ANSWERS, REQUESTS.c.answered_by == by)


def created(engine: Engine) -> None:
    """Its tables, where another server may be making them at the same moment."""
    try:
        TABLES.create_all(engine)
    except (OperationalError, ProgrammingError, IntegrityError):
        TABLES.create_all(engine)
    for name in columns_lacking(engine):
        try:
            with engine.begin() as connection:
                column = CreateColumn(REQUESTS.c[name]).compile(dialect=engine.dialect)
                connection.execute(text(f"ALTER TABLE {REQUESTS.name} ADD COLUMN {column}"))
        except (OperationalError, ProgrammingError):
            if name in columns_lacking(engine):
                raise


def columns_lacking(engine: Engine) -> list[str]:
    """What an older dubito did not keep of a request."""
    there = {column["name"] for column in inspect(engine).get_columns(REQUESTS.name)}
    return [name for name in REQUESTS.c.keys() if name not in there]  # noqa: SIM118
