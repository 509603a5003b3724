"""The user's questions: JSONL and CSV in, JSONL out."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from dubito.data.question import DataError, Question

Row = tuple[int, dict[str, Any]]  # line number, what stands there

NEEDED = ("question", "answers")
FIELDS = {"question": "text", "answers": "answers", "kind": "kind", "id": "id", "reason": "reason"}


def load_questions(path: str | Path) -> list[Question]:
    """The questions of a .jsonl or .csv file, in its order: all of them, or an error.

    Columns or keys: `question`; `answers`, a list in JSONL, separated by "|" in CSV; and if wanted
    `id`, `kind`, `answerable` (false: declining is right), `reason`, `all_of`, `rivals` (the last
    two in JSONL only). Others are passed over.

    Raises:
        DataError: the file is empty or not UTF-8, a column is missing, a line is broken, a
            question is empty, or two have the same id. Says which line.
    """
    path = Path(path)
    readers = {".jsonl": jsonl_rows, ".ndjson": jsonl_rows, ".csv": csv_rows}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: cannot read {path.suffix!r}; give one of {', '.join(readers)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    questions: dict[str, tuple[int, Question]] = {}
    for line, row in readers[path.suffix.lower()](text, path):
        question = as_question(row, f"{path}, line {line}")
        if question.id in questions:
            first = questions[question.id][0]
            raise DataError(
                f"{path}, line {line}: id {question.id!r} stands on line {first} already; "
                "give each question its own id, or leave the second one out"
            )
        questions[question.id] = (line, question)
    if not questions:
        raise DataError(f"{path} has no questions; write one a line, with {' and '.join(NEEDED)}")
    return [question for _, question in questions.values()]


def save_questions(path: str | Path, questions: Sequence[Question]) -> None:
    """Write a .jsonl file that `load_questions` reads back; whole, or not at all."""
    path = Path(path)
    if path.suffix.lower() != ".jsonl":
        raise DataError(f"{path}: questions are saved as .jsonl, not {path.suffix!r}")
    if not questions or len({question.id for question in questions}) < len(questions):
        raise DataError(f"{path}: no question to save, or two with one id; nothing is written")
    lines = [json.dumps(as_row(question), ensure_ascii=False) + "\n" for question in questions]
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_text("".join(lines), encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def jsonl_rows(text: str, path: Path) -> Iterator[Row]:
    """The objects of a JSONL text with their line numbers; blank lines are passed over."""
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except json.JSONDecodeError as error:
            raise DataError(
                f"{path}, line {line}: broken JSON at column {error.colno}: {error.msg}"
            ) from error
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {line}: an object is needed, got {content.strip()[:60]}")
        check_columns(row, f"{path}, line {line}")
        yield line, row


def csv_rows(text: str, path: Path) -> Iterator[Row]:
    """The rows of a CSV text with a header, and the lines on which they end."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if header:
            check_columns(dict.fromkeys(header), f"{path}, line 1")
        for cells in filter(None, reader):
            if len(cells) != len(header):
                raise DataError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells under {len(header)} "
                    "columns; quote cells that contain a comma"
                )
            row: dict[str, Any] = dict(zip(header, map(str.strip, cells), strict=True))
            row["answers"] = [a.strip() for a in row.get("answers", "").split("|") if a.strip()]
            yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: broken CSV: {error}") from error


def check_columns(row: dict[str, Any], where: str) -> None:
    """Refuse a row or a header that lacks a needed column."""
    optional = {"answers"} if "answerable" in row or "all_of" in row else set()
    lacking = [name for name in NEEDED if name not in row and name not in optional]
    if lacking:
        raise DataError(
            f"{where}: no {' and no '.join(map(repr, lacking))} among {', '.join(map(repr, row))}"
        )


def as_question(row: dict[str, Any], where: str) -> Question:
    """The question of one row, its values checked."""
    try:
        words = {field: text(row, name) for name, field in FIELDS.items() if name != "answers"}
        return Question(
            **words,
            answers=names(row.get("answers"), "answers"),
            all_of=tuple(names(group, "all_of") for group in row.get("all_of") or ()),
            answerable=truth(row.get("answerable")),
            rivals=names(row.get("rivals"), "rivals"),
        )
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def text(row: dict[str, Any], name: str) -> str:
    """A text value; a number is one too, nothing is empty."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise DataError(f"{name!r} must be a text, got {value!r}")
    return "" if value is None else str(value)


def names(value: object, what: str) -> tuple[str, ...]:
    """The names in a list of texts and numbers; one alone is a list of one."""
    many = [] if value is None else value if isinstance(value, list) else [value]
    if any(isinstance(name, bool) or not isinstance(name, str | int | float) for name in many):
        raise DataError(f"{what!r} must be a list of texts or numbers, got {value!r}")
    return tuple(str(name) for name in many)


def truth(value: object) -> bool:
    """A truth value, as JSON or as a word; nothing means true."""
    known = {None: True, "": True, "true": True, "yes": True, "false": False, "no": False}
    said = value.strip().lower() if isinstance(value, str) else value
    if isinstance(said, bool):
        return said
    if not isinstance(said, str | None) or said not in known:
        raise DataError(f"'answerable' must be true or false, got {value!r}")
    return known[said]


def as_row(question: Question) -> dict[str, Any]:
    """The question as it stands in a file, without what is empty."""
    row = {
        "id": question.id,
        "kind": question.kind,
        "question": question.text,
        "answers": list(question.answers),
        "all_of": [list(group) for group in question.all_of],
        "reason": question.reason,
        "rivals": list(question.rivals),
    }
    kept = {name: value for name, value in row.items() if value or name in NEEDED}
    return kept if question.answerable else kept | {"answerable": False}
