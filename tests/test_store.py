"""Evidence on disk: every field comes back, and nothing is ever half there."""

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dubito import store
from dubito.evidence import Evidence, Layers, Plan, Sequence, TopK
from dubito.store import StoreError, read_evidence, write_evidence
from inputs import hard_evidence, rich_evidence


def assert_same(found: object, expected: object, where: str = "") -> None:
    """Field by field: arrays to float32, all else exactly; None stays None."""
    if isinstance(expected, Evidence | Layers | Sequence | TopK):
        assert type(found) is type(expected), where
        for f in fields(expected):
            assert_same(getattr(found, f.name), getattr(expected, f.name), f"{where}.{f.name}")
    elif isinstance(expected, np.ndarray):
        assert isinstance(found, np.ndarray), where
        assert found.shape == expected.shape, where
        single = np.float32 if expected.dtype.kind == "f" else expected.dtype
        np.testing.assert_array_equal(found, expected.astype(single), err_msg=where)
        assert found.dtype.kind == expected.dtype.kind, where
    elif isinstance(expected, tuple):
        assert isinstance(found, tuple), where
        assert len(found) == len(expected), where
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    else:
        assert type(found) is type(expected), where
        assert found == expected, where


def round_trip(folder: Path, *evidence: Evidence) -> list[Evidence]:
    write_evidence(folder / "e.parquet", evidence)
    return read_evidence(folder / "e.parquet")


def everything() -> Evidence:
    """No field at its default."""
    base = rich_evidence(1)
    assert base.answer.entropies is not None
    answer = replace(base.answer, entropies_upper=base.answer.entropies + 0.5, finished=False)
    return replace(base, answer=answer, missing={"stated": "it said 'ñ🦙'", "top": ""})


def test_every_field_comes_back(tmp_path: Path) -> None:
    before = everything()
    blank = Evidence("", Sequence(""))
    for record, empty in ((before, blank), (before.answer, blank.answer)):
        for f in fields(record):
            one, other = getattr(record, f.name), getattr(empty, f.name)
            assert type(one) is not type(other) or one != other, f"{f.name} is not filled"
    (after,) = round_trip(tmp_path, before)
    assert_same(after, before)


@pytest.mark.parametrize("name", hard_evidence())
def test_hard_evidence_comes_back(name: str, tmp_path: Path) -> None:
    """Minus infinity, empty answers, one sample and many, in one file."""
    before = hard_evidence()[name]
    other = rich_evidence(9)
    found = round_trip(tmp_path, other, before, other)
    assert_same(found[0], other)
    if not name.startswith("empty"):
        assert_same(found[1], before)


@pytest.mark.parametrize("name", ["empty answer", "empty sample"])
def test_an_answer_of_no_tokens_comes_back(name: str, tmp_path: Path) -> None:
    """Zero tokens: empty arrays, not None, and still usable by every plan."""
    before = hard_evidence()[name]
    (after,) = round_trip(tmp_path, before)
    for a, b in zip((after.answer, *after.samples), (before.answer, *before.samples), strict=True):
        assert_same(replace(a, top=None), replace(b, top=None))
        assert a.top is not None
        assert len(a.top.ids) == len(a.tokens)
    seen = after.only(Plan(top_k=2, samples=1, distribution=True))
    assert seen.answer.top is not None
    assert seen.answer.top.ids.ndim == seen.answer.top.logprobs.ndim == 2


def test_bare_texts_come_back(tmp_path: Path) -> None:
    """All that may be None is None; NaN stays NaN."""
    bare = Evidence("p", Sequence("a"), (Sequence("b"), Sequence("")))
    rest = replace(bare, p_true=0.0, answer=Sequence("a", ("a",), logprobs=np.array([np.nan])))
    first, second = round_trip(tmp_path, bare, rest)
    assert_same(first, bare)
    assert_same(second, rest)
    assert second.p_true == 0.0
    assert first.p_true is None


def test_doubles_of_the_model_keep_their_digits(tmp_path: Path) -> None:
    before = replace(rich_evidence(0), p_true=1 / 3, stated=np.nextafter(0.5, 1))
    (after,) = round_trip(tmp_path, before)
    assert (after.p_true, after.stated) == (before.p_true, before.stated)


def test_text_that_is_no_unicode_is_no_reason_to_lose_the_rest(tmp_path: Path) -> None:
    """Half of a surrogate pair, as a server may send it: replaced, not fatal."""
    first, second = round_trip(tmp_path, Evidence("p", Sequence("a\ud83d")), rich_evidence(0))
    assert first.answer.text.startswith("a")
    assert second.id == "rich-0"


def test_parts_of_a_folder_in_the_order_of_their_names(tmp_path: Path) -> None:
    for part in (10, 2, 1):
        some = [replace(rich_evidence(0, 3), id=f"{part}-{i}") for i in range(2)]
        write_evidence(tmp_path / "deep" / f"part-{part:06d}.parquet", some)
    found = [e.id for e in read_evidence(tmp_path)]
    assert found == ["1-0", "1-1", "2-0", "2-1", "10-0", "10-1"]


def test_no_evidence_is_written_and_read(tmp_path: Path) -> None:
    assert round_trip(tmp_path) == []


def test_the_same_evidence_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_evidence(tmp_path / name, [everything(), rich_evidence(3)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_what_was(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(table: pa.Table, file: Path, **_: object) -> None:
        Path(file).write_bytes(b"PAR1")
        raise error

    target = tmp_path / "e.parquet"
    write_evidence(target, [rich_evidence(0)])
    before = target.read_bytes()
    monkeypatch.setattr(pq, "write_table", half)
    for path in (target, tmp_path / "new.parquet"):
        with pytest.raises(type(error)):
            write_evidence(path, [rich_evidence(1)])
    assert [p.name for p in tmp_path.iterdir()] == ["e.parquet"]
    assert target.read_bytes() == before


def test_what_a_killed_process_leaves_is_not_read(tmp_path: Path) -> None:
    """The process dies in the middle of writing: no part, and the folder still reads."""
    write_evidence(tmp_path / "part-000000.parquet", [rich_evidence(0)])
    script = f"""
import os
from pathlib import Path
from dubito.store import written_aside
with written_aside(Path({str(tmp_path / "part-000032.parquet")!r})) as new:
    new.write_bytes(b"PAR1 half")
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert len(list(tmp_path.iterdir())) == 2  # the half one lies aside
    assert not (tmp_path / "part-000032.parquet").exists()
    assert len(read_evidence(tmp_path)) == 1


@pytest.mark.parametrize("version", ["1", "99", None])
def test_another_schema_version_is_refused(version: str | None, tmp_path: Path) -> None:
    write_evidence(tmp_path / "e.parquet", [rich_evidence(0)])
    table = pq.read_table(tmp_path / "e.parquet")
    metadata = {"dubito.evidence": version} if version else None
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "old.parquet")
    told = version or "none"
    with pytest.raises(StoreError, match=rf"old\.parquet has evidence schema {told}, .*anew"):
        read_evidence(tmp_path / "old.parquet")


@pytest.mark.parametrize("content", [b"", b"question,answers\n", b"PAR1" * 10])
def test_a_file_that_is_no_parquet(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "e.parquet").write_bytes(content)
    with pytest.raises(StoreError, match=r"e\.parquet .*Parquet"):
        read_evidence(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "e.parquet"
    write_evidence(file, [rich_evidence(i) for i in range(3)])
    content = bytearray(file.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    else:
        content[4:400] = bytes(b ^ 255 for b in content[4:400])
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"e\.parquet"):
        read_evidence(file)


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "none.parquet", tmp_path / "none"):
        with pytest.raises(StoreError, match=r"no evidence in .*dubito collect"):
            read_evidence(path)


def test_the_version_is_in_the_file(tmp_path: Path) -> None:
    write_evidence(tmp_path / "e.parquet", [])
    metadata = pq.read_schema(tmp_path / "e.parquet").metadata
    assert metadata[b"dubito.evidence"] == store.VERSION.encode()
