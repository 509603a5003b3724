"""Evidence on disk: Parquet parts that are written whole or not at all."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dubito.evidence import Evidence, Floats, Layers, TopK
from dubito.evidence import Sequence as Answer

VERSION = "2"

FLOATS = pa.list_(pa.float32())
MATRIX = pa.list_(FLOATS)
LAYERS = pa.struct(
    {
        "depths": pa.list_(pa.float64()),
        "shape": pa.list_(pa.int32()),
        "values": FLOATS,
    }
)
ANSWER = pa.struct(
    {
        "text": pa.string(),
        "tokens": pa.list_(pa.string()),
        "offsets": pa.list_(pa.list_(pa.int32())),
        "logprobs": FLOATS,
        "entropies": FLOATS,
        "entropies_upper": FLOATS,
        "uniform_kl": FLOATS,
        "uniform_renyi": FLOATS,
        "top_ids": pa.list_(pa.list_(pa.int64())),
        "top_logprobs": MATRIX,
        "relevance": FLOATS,
        "unconditional": FLOATS,
        "hidden": LAYERS,
        "attention": LAYERS,
        "finished": pa.bool_(),
    }
)
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "prompt": pa.string(),
        "answer": ANSWER,
        "samples": pa.list_(ANSWER),
        "embeddings": MATRIX,
        "entailment": MATRIX,
        "contradiction": MATRIX,
        "matching": MATRIX,
        "p_true": pa.float64(),
        "stated": pa.float64(),
        "missing": pa.map_(pa.string(), pa.string()),
    },
    metadata={"dubito.evidence": VERSION},
)
OPTIONAL = (
    "logprobs",
    "entropies",
    "entropies_upper",
    "uniform_kl",
    "uniform_renyi",
    "relevance",
    "unconditional",
)


class StoreError(ValueError):
    """A file that is no evidence of this version."""


def write_evidence(path: str | Path, evidence: Sequence[Evidence]) -> None:
    """One part; it appears under its name only when it is complete."""
    path = Path(path)
    table = pa.Table.from_pylist([row_of(e) for e in evidence], schema=SCHEMA)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as new:
        pq.write_table(table, new, compression="zstd")


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A new file name, renamed to the wanted one if all went well, else removed."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def read_evidence(path: str | Path) -> list[Evidence]:
    """All evidence of one Parquet file, or of the parts of a folder in the order of their names.

    Raises:
        StoreError: nothing there, not evidence, or of another schema version.
    """
    return [evidence_of(row) for file in parts_of(Path(path)) for row in rows_in(file)]


def parts_of(path: Path) -> list[Path]:
    """The file itself, or all parts of a folder by name.

    Raises:
        StoreError: there is nothing.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files or not path.exists():
        raise StoreError(f"no evidence in {path}; make some with `dubito collect`")
    return files


def rows_in(file: Path) -> Iterable[Mapping[str, Any]]:
    """The rows of one part, after a look at its version."""
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{file} is not a Parquet file: {error}; collect it anew") from error
    found = (table.schema.metadata or {}).get(b"dubito.evidence", b"none").decode()
    if found != VERSION:
        raise StoreError(
            f"{file} has evidence schema {found}, this dubito reads {VERSION}; collect it anew"
        )
    return table.to_pylist(maps_as_pydicts="strict")


def row_of(e: Evidence) -> dict[str, Any]:
    """One evidence as a row."""
    return {
        "id": e.id,
        "prompt": clean(e.prompt),
        "answer": answer_row(e.answer),
        "samples": [answer_row(s) for s in e.samples],
        "embeddings": rows(e.embeddings),
        "entailment": rows(e.entailment),
        "contradiction": rows(e.contradiction),
        "matching": rows(e.matching),
        "p_true": e.p_true,
        "stated": e.stated,
        "missing": dict(e.missing),
    }


def answer_row(s: Answer) -> dict[str, Any]:
    """One sequence as a struct."""
    numbers = {
        "logprobs": s.logprobs,
        "entropies": s.entropies,
        "entropies_upper": s.entropies_upper,
        "uniform_kl": s.uniform_kl,
        "uniform_renyi": s.uniform_renyi,
        "relevance": s.relevance,
        "unconditional": s.unconditional,
    }
    return {
        "text": clean(s.text),
        "tokens": [clean(t) for t in s.tokens],
        "offsets": None if s.offsets is None else s.offsets.tolist(),
        **{name: None if x is None else x.tolist() for name, x in numbers.items()},
        "top_ids": None if s.top is None else s.top.ids.tolist(),
        "top_logprobs": None if s.top is None else s.top.logprobs.tolist(),
        "hidden": layers_row(s.hidden),
        "attention": layers_row(s.attention),
        "finished": s.finished,
    }


def layers_row(layers: Layers | None) -> dict[str, Any] | None:
    """Layers as a struct, their values in one list."""
    if layers is None:
        return None
    values = layers.values
    return {"depths": layers.depths, "shape": values.shape, "values": values.ravel().tolist()}


def layers_of(row: Mapping[str, Any] | None) -> Layers | None:
    """The record of one struct."""
    if row is None:
        return None
    values = np.array(row["values"], dtype=np.float32).reshape(row["shape"])
    return Layers(tuple(row["depths"]), values)


def clean(text: str) -> str:
    """The text with halves of surrogate pairs, which UTF-8 cannot hold, replaced."""
    return text.encode("utf-8", "replace").decode()


def rows(matrix: Floats | None) -> list[list[float]] | None:
    """A matrix as lists."""
    return None if matrix is None else matrix.tolist()


def evidence_of(row: Mapping[str, Any]) -> Evidence:
    """The record of one row."""
    return Evidence(
        row["prompt"],
        answer_of(row["answer"]),
        tuple(answer_of(s) for s in row["samples"]),
        embeddings=floats(row["embeddings"]),
        entailment=floats(row["entailment"]),
        contradiction=floats(row["contradiction"]),
        matching=floats(row["matching"]),
        p_true=row["p_true"],
        stated=row["stated"],
        missing=row["missing"],
        id=row["id"],
    )


def answer_of(row: Mapping[str, Any]) -> Answer:
    """The record of one struct."""
    top = None
    if row["top_ids"] is not None:
        shape = (len(row["top_ids"]), len(row["top_ids"][0]) if row["top_ids"] else 0)
        top = TopK(
            np.array(row["top_ids"], dtype=np.int64).reshape(shape),
            np.array(row["top_logprobs"], dtype=np.float32).reshape(shape),
        )
    offsets = row["offsets"]
    return Answer(
        row["text"],
        tuple(row["tokens"]),
        None if offsets is None else np.array(offsets, dtype=np.int32).reshape(-1, 2),
        top=top,
        hidden=layers_of(row["hidden"]),
        attention=layers_of(row["attention"]),
        finished=row["finished"],
        **{name: floats(row[name]) for name in OPTIONAL},
    )


def floats(values: list[Any] | None) -> Floats | None:
    """Lists as float32 arrays."""
    return None if values is None else np.array(values, dtype=np.float32)
