"""Facts written out, and passages from files."""

from pathlib import Path

import pytest

from dubito.data import facts, is_right
from dubito.data.passages import country_passages, joined, load_passages
from dubito.data.question import DataError, Question, with_answers


def test_what_is_written_out_is_right() -> None:
    """Of 40 questions each is answered by a passage that names its country."""
    passages = country_passages()
    for question in facts(40, seed=3):
        told = [p for p in passages if is_right(p, question)]
        assert told, question.text


def test_no_passage_has_a_hole() -> None:
    passages = country_passages()
    assert len(passages) > 800
    assert len(set(passages)) == len(passages)
    assert not [p for p in passages if "  " in p or " ." in p]
    assert "The capital of Peru is Lima." in passages
    assert "Jordan borders" in " ".join(passages)


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")],
)
def test_lists_as_one_says_them(names: tuple[str, ...], said: str) -> None:
    assert joined(names) == said


def test_files_of_passages(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("One line\nand another.\n\n\nSecond.\n")
    assert load_passages(text) == ["One line and another.", "Second."]
    lines = tmp_path / "a.jsonl"
    lines.write_text('"One."\n{"text": "Two."}\n\n')
    assert load_passages(lines) == ["One.", "Two."]
    assert load_passages("facts") == country_passages()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", '{"x": 1}', "line 1: a text"),
        ("a.jsonl", '"a"\n{', "line 2: broken JSON"),
        ("a.txt", " \n", "holds no passage"),
        ("a.pdf", "x", "no passages"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=told):
        load_passages(tmp_path / name)


def test_texts_become_questions() -> None:
    made = with_answers(["Who?", "What?"], ["A", ("B", "C")])
    assert [q.answers for q in made] == [("A",), ("B", "C")]
    assert with_answers(made, None) == made
    with pytest.raises(ValueError, match="2 questions needs its answer, got 1"):
        with_answers(["Who?", "What?"], ["A"])
    assert isinstance(made[0], Question)
