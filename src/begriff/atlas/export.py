"""Everything in an atlas, a batch at a time: as lines of text, or as a file."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.kinds.checks import Progress
from begriff.pipeline.imports import OWN_ID, added_names, write_beside
from begriff.search.rank import mask_of
from begriff.search.steer import Given

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["export", "export_concepts", "export_items"]

_BATCH = 512
_TEXT = {".jsonl": "ndjson", ".ndjson": "ndjson", ".csv": "csv"}
_ARROW = {".parquet": "parquet", ".arrow": "ipc", ".feather": "ipc"}
_FIELDS = (
    "id",
    "name",
    "score",
    "score_all",
    "frequency",
    "stability",
    "background",
    "polysemous",
    "hidden",
    "pinned",
    "note",
    "aliases",
)


def export(
    atlas: Snapshot,
    path: str | Path,
    *,
    where: str | None = None,
    has: Given = None,
    vectors: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write items with their columns, named concepts and codes to a file; returns how many.

    A .parquet, .arrow or .feather file has the columns ``id``, those of the items, ``concepts``
    (id, name and activation of named ones, strongest first), ``code_concepts`` and
    ``code_strengths`` (the whole code, unnamed and fine concepts among them), and with ``vectors``
    also ``vector``; a .jsonl or .csv file what :func:`export_items` gives. Where the items have a
    column of one of these names, it keeps it, and what begriff adds is called ``begriff_concepts``
    and so on; a column ``id`` beside another one of ids becomes ``own_id``.

    The file is there whole or not at all. With ``vectors`` a folder of the same name and
    ``.concepts`` holds the dictionary, names and edits: :func:`begriff.import_items` makes an atlas
    of both.

    Parameters
    ----------
    atlas : Snapshot
    path : str or Path
    where, has
        As in :meth:`begriff.Atlas.search`.
    vectors : bool
        Also the items' vectors; for Arrow's formats alone.
    overwrite : bool
        Replace a file that is there.
    progress : callable, optional
        Called with (items done, items in all).

    Raises
    ------
    InputError
        For a suffix that is unknown, a file that is there, a folder that is not, or a filter that
        cannot be read.
    """
    path = Path(path)
    if path.suffix not in (*_TEXT, *_ARROW):
        raise InputError(
            f"{path.name!r} ends in {path.suffix!r}: must be one of {', '.join((*_TEXT, *_ARROW))}"
        )
    if path.exists() and not overwrite:
        raise InputError(f"{str(path)!r} is there already: name another file, or --overwrite it")
    if not path.resolve().parent.is_dir() or path.is_dir():
        raise InputError(f"{str(path)!r} cannot be written: name a file in a folder that is there")
    if vectors and path.suffix in _TEXT:
        raise InputError(
            f"vectors do not go into {path.suffix}: name a .parquet, .arrow or .feather file"
        )
    mask = mask_of(atlas, where, has)
    rows = np.arange(atlas.n_items) if mask is None else np.flatnonzero(mask)
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        if path.suffix in _TEXT:
            _write_text(
                unfinished, export_items(atlas, where, has, _TEXT[path.suffix]), len(rows), progress
            )
        else:
            _write_arrow(unfinished, _ARROW[path.suffix], atlas, rows, vectors, progress)
        if vectors:
            write_beside(atlas, path)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(rows)


def _write_text(path: Path, batches: Iterator[str], n: int, progress: Progress | None) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        for done, batch in enumerate(batches, 1):
            f.write(batch)
            if progress is not None:
                progress(min(done * _BATCH, n), n)


def _write_arrow(
    path: Path,
    kind: str,
    atlas: Snapshot,
    rows: NDArray[np.int64],
    vectors: bool,
    progress: Progress | None,
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(atlas, vectors)
    names = added_names(atlas.columns)
    with pa.OSFile(str(path), "wb") as sink:
        made: Any = (
            pq.ParquetWriter(sink, schema, compression="zstd")
            if kind == "parquet"
            else pa.ipc.new_file(sink, schema)
        )
        with made:
            for start in range(0, len(rows), _BATCH * 8):
                part = rows[start : start + _BATCH * 8]
                made.write_table(
                    pa.Table.from_pylist(_with_codes(atlas, part, vectors, names), schema=schema)
                )
                if progress is not None:
                    progress(start + len(part), len(rows))


def _schema(atlas: Snapshot, vectors: bool) -> Any:
    import pyarrow as pa

    stored = atlas.items.dataset.schema
    names = added_names(atlas.columns)
    fields = [("id", pa.string()), *((n, stored.field(c).type) for n, c in _own(atlas).items())]
    concept = pa.struct([("id", pa.int64()), ("name", pa.string()), ("strength", pa.float32())])
    added = {
        "concepts": pa.list_(concept),
        "code_concepts": pa.list_(pa.int64()),
        "code_strengths": pa.list_(pa.float32()),
    }
    if vectors:
        added["vector"] = pa.list_(pa.float32(), atlas.item_vectors.shape[1])
    return pa.schema([*fields, *((names[n], kind) for n, kind in added.items())])


def _own(atlas: Snapshot) -> dict[str, str]:
    """Names in a file -> columns of the items, without the column ``id`` that holds their ids."""
    columns = {c: c for c in atlas.columns if c != "id"}
    return {**columns, OWN_ID: "id"} if _has_other_id(atlas) else columns


def _has_other_id(atlas: Snapshot) -> bool:
    """Whether the items have a column ``id`` that does not hold their ids."""
    return "id" in atlas.columns and atlas.store.json("items", "columns")["id"] != "id"


def _with_codes(
    atlas: Snapshot, rows: NDArray[np.int64], vectors: bool, names: dict[str, str]
) -> list[dict[str, Any]]:
    own = _own(atlas)
    codes, taken = (
        csr_array(atlas.item_codes[rows]),
        atlas.items.take(rows.tolist(), list(own.values())),
    )
    out = []
    for i, (entry, stored) in enumerate(zip(_item(atlas, rows), taken, strict=True)):
        part = slice(codes.indptr[i], codes.indptr[i + 1])
        out.append(
            {
                **{n: stored[c] for n, c in own.items()},
                "id": entry["id"],
                names["concepts"]: entry[names["concepts"]],
            }
        )
        out[-1][names["code_concepts"]] = atlas.ids[codes.indices[part]].tolist()
        out[-1][names["code_strengths"]] = codes.data[part].tolist()
        if vectors:
            out[-1][names["vector"]] = atlas.item_vectors[rows[i]].tolist()
    return out


def export_items(
    atlas: Snapshot, where: str | None = None, has: Given = None, format: str = "ndjson"
) -> Iterator[str]:
    """Items with their attributes and named concepts, strongest first.

    Parameters
    ----------
    atlas : Snapshot
    where, has
        As in :meth:`begriff.Atlas.search`.
    format : {"ndjson", "csv"}
        A JSON object a line; or a table by RFC 4180, in which cells are written as in the file that
        they came from, lists as JSON, and concepts as ``name:strength`` joined by "; ".

    Raises
    ------
    InputError
        At once, for an unknown format or a filter that cannot be read.
    """
    _check(format)
    mask = mask_of(atlas, where, has)
    rows = np.arange(atlas.n_items) if mask is None else np.flatnonzero(mask)
    own, concepts = _own(atlas), added_names(atlas.columns)["concepts"]
    spelled = {n: partial(atlas.typed_columns.spell, c) for n, c in own.items()}
    batches = (_item(atlas, rows[i : i + _BATCH]) for i in range(0, len(rows), _BATCH))
    return _lines(batches, ["id", *own, concepts], format, spelled)


def export_concepts(atlas: Snapshot, format: str = "ndjson") -> Iterator[str]:
    """Concepts of the core, hidden ones among them.

    Raises
    ------
    InputError
        For an unknown format.
    """
    _check(format)
    return _lines(
        ([c.model_dump(include=set(_FIELDS)) for c in atlas.concept_records],),
        list(_FIELDS),
        format,
    )


def _check(format: str) -> None:
    if format not in ("ndjson", "csv"):
        raise InputError(f"format={format!r}: must be 'ndjson' or 'csv'")


def _item(atlas: Snapshot, rows: Any) -> list[dict[str, Any]]:
    codes, records = (
        atlas.merged_codes[rows],
        {c.row: c for c in atlas.concept_records if c.name and not c.hidden},
    )
    own, concepts = _own(atlas), added_names(atlas.columns)["concepts"]
    out = []
    for i, record in enumerate(atlas.records(rows)):
        part = slice(codes.indptr[i], codes.indptr[i + 1])
        order = np.argsort(-codes.data[part], kind="stable")
        active = [(int(codes.indices[part][j]), float(codes.data[part][j])) for j in order]
        named = [
            {"id": records[j].id, "name": records[j].name, "strength": round(v, 4)}
            for j, v in active
            if j in records
        ]
        out.append(
            {**{n: record.item[c] for n, c in own.items()}, "id": record.id, concepts: named}
        )
    return out


def _lines(
    batches: Any,
    columns: list[str],
    format: str,
    spelled: Mapping[str, Callable[[Any], str]] | None = None,
) -> Iterator[str]:
    if format == "ndjson":
        for batch in batches:
            yield "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in batch)
        return
    cells = [(spelled or {}).get(c, _cell) for c in columns]
    yield _row(columns)
    for batch in batches:
        yield "".join(
            _row([cell(entry.get(c)) for c, cell in zip(columns, cells, strict=True)])
            for entry in batch
        )


def _row(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(
            f"{v['name']}:{v['strength']}" if isinstance(v, Mapping) else str(v) for v in value
        )
    return value
