"""The user's questions: whole, or a clear error."""

import json
import os
from pathlib import Path

import pytest

from dubito.data import DataError, Question, facts, is_right, load_questions, save_questions

MANY = [
    Question("Where?", ("here", "Lima, Peru"), "place"),
    Question("What is 1 + 1?", ("2",), id="sum"),
    Question("Wo liegt Köln\nam Rhein?", ("dort | da",)),
    Question("What is it?", answerable=False, reason="no referent"),
    Question("Name both.", all_of=(("a", "A"), ("b",)), rivals=("c",)),
]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_saved_and_loaded_again(tmp_path: Path) -> None:
    questions = [*MANY, *facts(10)]
    save_questions(tmp_path / "q.jsonl", questions)
    assert load_questions(tmp_path / "q.jsonl") == questions
    assert [p.name for p in tmp_path.iterdir()] == ["q.jsonl"]


def test_jsonl(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "q.jsonl",
        '\ufeff{"question": "How many?", "answers": [3, "three"], "other": null}\r\n\n'
        '{"question": "Who?", "answers": "Ada", "id": 7, "kind": null}\n',
    )
    first, second = load_questions(path)
    assert first.answers == ("3", "three")
    assert (second.answers, second.id, second.kind) == (("Ada",), "7", "")
    assert is_right("three", first)


def test_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "q.csv",
        "question, answers ,kind,answerable\n"
        '"Where, please?",here | there,place,\n\n"two\nlines",1|,, yes\nWhat is it?,,,No\n',
    )
    first, second, third = load_questions(path)
    assert first == Question("Where, please?", ("here", "there"), "place")
    assert (second.text, second.answers) == ("two\nlines", ("1",))
    assert not third.answerable


GOOD = '{"question": "Who?", "answers": ["Ada"]}\n'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.jsonl", "", "has no questions; write one a line, with question and answers"),
        ("q.jsonl", " \n\n", "has no questions"),
        ("q.csv", "", "has no questions"),
        ("q.csv", "question,answers\n", "has no questions"),
        ("q.jsonl", GOOD + '{"question": "x"', r"line 2: broken JSON at column 17: Expecting"),
        ("q.jsonl", GOOD + "[1]\n", r"line 2: an object is needed, got \[1\]"),
        (
            "q.jsonl",
            '{"question": "x", "answer": "y"}',
            "line 1: no 'answers' among 'question', 'a",
        ),
        ("q.jsonl", '{"prompt": 1}', "line 1: no 'question' and no 'answers' among 'prompt'"),
        ("q.csv", "prompt;answers\nx;y\n", "line 1: no 'question' and no 'answers' among 'prompt;"),
        ("q.csv", "question,answer\nx,y\n", "line 1: no 'answers' among 'question', 'answer'"),
        ("q.csv", "question,answers\nx,y,z\n", "line 2: 3 cells under 2 columns"),
        ("q.csv", 'question,answers\n"x"y,z\n', "line 2: broken CSV"),
        ("q.csv", 'question,answers\nx,y\n"x,z\n', "line 3: broken CSV: unexpected end of data"),
        ("q.csv", "question,answers\nWho?,|\n", "line 2: no right answer for 'Who\\?'"),
        ("q.jsonl", GOOD + '{"question": " ", "answers": ["y"]}', "line 2: empty question"),
        ("q.jsonl", '{"question": null, "answers": ["y"]}', "line 1: empty question"),
        ("q.jsonl", '{"question": ["x"], "answers": ["y"]}', "'question' must be a text, got"),
        ("q.jsonl", '{"question": "x", "answers": []}', "line 1: no right answer for 'x'"),
        ("q.jsonl", '{"question": "x", "answers": [" "]}', "line 1: an empty answer among"),
        ("q.jsonl", '{"question": "x", "answers": [true]}', "'answers' must be a list of texts"),
        ("q.jsonl", '{"question": "x", "answers": {"a": 1}}', "'answers' must be a list of texts"),
        (
            "q.jsonl",
            '{"question": "x", "answerable": 3}',
            "'answerable' must be true or false, got 3",
        ),
        ("q.csv", "question,answers,answerable\nx,y,maybe\n", "true or false, got 'maybe'"),
        ("q.jsonl", GOOD + "\n" + GOOD, r"line 3: id '\w{12}' stands on line 1 already"),
        ("q.jsonl", b'{"question": "\xff"}', "not UTF-8 at byte 14; save it as UTF-8"),
        ("q.xlsx", "", "cannot read '.xlsx'; give one of .jsonl, .ndjson, .csv"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(DataError, match=message) as error:
        load_questions(path)
    assert str(path) in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.jsonl"):
        load_questions(tmp_path / "gone.jsonl")


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "q.jsonl"
    save_questions(path, MANY[:1])
    before = path.read_text()

    def full_disk(self: Path, text: str, encoding: str) -> None:
        with self.open("w", encoding=encoding) as file:
            file.write(text[:10])
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_questions(path, MANY)
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["q.jsonl"]


@pytest.mark.parametrize("questions", [[], MANY[:1] * 2])
def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path, questions: list[Question]) -> None:
    with pytest.raises(DataError, match="nothing is written"):
        save_questions(tmp_path / "q.jsonl", questions)
    with pytest.raises(DataError, match=r"saved as \.jsonl, not '\.csv'"):
        save_questions(tmp_path / "q.csv", MANY)
    assert not list(tmp_path.iterdir())


def test_a_saved_line_has_what_a_reader_needs(tmp_path: Path) -> None:
    save_questions(tmp_path / "q.jsonl", MANY[:1])
    row = json.loads((tmp_path / "q.jsonl").read_text())
    assert row == {
        "id": MANY[0].id,
        "kind": "place",
        "question": "Where?",
        "answers": ["here", "Lima, Peru"],
    }
