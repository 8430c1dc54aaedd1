"""Stage 1: rows of a source -> a Lance table; bad rows are listed, counted, and stop the build when
they are too many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from begriff.errors import InputError
from begriff.kinds.checks import Progress
from begriff.pipeline.reading import Reading, count_cells, reading_of
from begriff.readers import Reader
from begriff.readers.columns import id_text
from begriff.store.items import lance_library
from begriff.store.row_plan import Plan

__all__ = ["ingest", "try_reading"]

_BATCH = 8192
_LARGEST = 64 * 2**20
_SOME = 64
_NONE = {"source": 0, "rows": 0, "rejected": 0, "dropped": 0, "broken": 0, "emptied": 0}


def ingest(
    reader: Reader, plan: Plan, folder: Path, *, max_rejected: float, progress: Progress | None
) -> None:
    """Write ``items.lance``, ``rejected.jsonl``, ``emptied.jsonl`` and ``columns.json`` into
    ``folder``.

    Goes on where an earlier run stopped. ``rejected.jsonl`` lists the rows that are no items,
    ``emptied.jsonl`` the cells that are empty because their value was of another kind than their
    column, or were repaired.

    Raises
    ------
    InputError
        When more than ``max_rejected`` of the rows are bad.
    """
    lance = lance_library()
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "progress.json"
    path = str(folder / "items.lance")
    start: dict[str, Any] = (
        json.loads(state.read_text()) if state.exists() else {**_NONE, "version": None}
    )
    if start["version"] is not None:
        dataset = lance.dataset(path)
        # appended, but not recorded before the process died
        if dataset.version != start["version"]:
            dataset = lance.dataset(path, version=start["version"])
            dataset.restore()
    batches = _Batches(reader, plan, folder, start)
    for table in batches:
        fresh = start["version"] is None
        written = lance.write_dataset(table, path, mode="overwrite" if fresh else "append")
        start = {**batches.counts, "cells": batches.cells, "version": written.version}
        state.write_text(json.dumps(start))
        if progress is not None:
            progress(start["source"], 0)
    _check(batches, reader, plan, folder, max_rejected)
    (folder / "columns.json").write_text(json.dumps(_meta(batches, plan)))


def try_reading(reader: Reader, plan: Plan, folder: Path) -> tuple[Reading, int, list[str]]:
    """What :func:`ingest` would make of the rows, without writing a table; ``folder`` takes the
    lists of rows and cells.

    Returns
    -------
    reading : Reading
    n_characters : int
        Of all texts together.
    texts : list of str
        Some of them, at most 64 of each batch, evenly spaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batches, n_characters, some = _Batches(reader, plan, folder, {}), 0, list[str]()
    for table in batches:
        texts = table.column("_text").to_pylist()
        n_characters += sum(map(len, texts))
        some += texts[:: max(1, len(texts) // _SOME)][:_SOME]
    return reading_of(_meta(batches, plan), reader.name), n_characters, some


def _meta(batches: _Batches, plan: Plan) -> dict[str, Any]:
    columns = plan.columns
    described = {
        "kinds": columns.kinds,
        "forms": columns.forms,
        "sources": columns.sources,
        "dropped_columns": columns.dropped,
    }
    return {
        **described,
        "notes": columns.notes,
        "cells": batches.cells,
        "text": plan.text,
        "id": plan.id,
        **batches.counts,
    }


def _check(
    batches: _Batches, reader: Reader, plan: Plan, folder: Path, max_rejected: float
) -> None:
    if batches.counts["broken"] and max_rejected < 1:
        raise InputError(
            f"{_first_bad(folder, 'cannot be read on', 'from here on')}: what follows is not known."
            " Get the file again, or build from what there is with --max-rejected 1"
        )
    bad = batches.counts["rejected"] - batches.counts["dropped"]
    total = batches.counts["rows"] + bad
    if bad > max_rejected * total:
        raise InputError(
            f"{bad} of {total} rows are bad (first: {_first_bad(folder)}); more than"
            f" {max_rejected:.0%} stops a build. They are listed in {folder / 'rejected.jsonl'}:"
            " repair them, or allow more"
        )
    if batches.counts["rows"] == 0:
        raise InputError(f"{reader.name} holds no row with text in {', '.join(plan.text)}")


def _first_bad(folder: Path, *reasons: str) -> str:
    """Where and what the first bad row is, or the first of which something is said."""
    with (folder / "rejected.jsonl").open() as f:
        entries = (e for e in map(json.loads, f) if "kept" not in e)
        first = next(e for e in entries if not reasons or any(s in e["reason"] for s in reasons))
    where = f"{first['file']}, line {first['line']}" if "file" in first else f"line {first['line']}"
    return f"{where}: {first['reason']}"


def _without_halves(value: Any) -> Any:
    """A string, or list of strings, in which half a character (a lone surrogate) has become a
    question mark.
    """
    if isinstance(value, list):
        return [_without_halves(v) for v in value]
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


class _Batches:
    """Arrow tables of good rows; bad ones go to ``rejected.jsonl``, emptied cells to
    ``emptied.jsonl``. Counts what has been consumed.
    """

    def __init__(self, reader: Reader, plan: Plan, folder: Path, start: dict[str, Any]) -> None:
        self.reader, self.plan = reader, plan
        self.counts = {k: start.get(k, 0) for k in _NONE}
        self.cells: dict[str, dict[str, Any]] = start.get("cells", {})
        self.lists = {
            name: _shortened(folder / f"{name}.jsonl", self.counts[name])
            for name in ("rejected", "emptied")
        }

    def __iter__(self) -> Iterator[Any]:
        rows: list[dict[str, Any]] = []
        size, only = 0, set(self.plan.only)
        with self.lists["rejected"].open("a") as bad, self.lists["emptied"].open("a") as emptied:
            for record in islice(
                self.reader, self.counts["source"], self.plan.only[-1] + 1 if only else None
            ):
                at = self.counts["source"]
                self.counts["source"] += 1
                if only and at not in only:
                    continue
                if at in self.plan.drop or record.skipped:
                    self._list(bad, record, self.plan.drop.get(at, record.reason), kept=False)
                    continue
                try:
                    rows.append(self._row(record, at, emptied))
                    size += len(rows[-1]["_text"])
                except InputError as e:
                    self.counts["broken"] += record.broken
                    self._list(bad, record, str(e))
                if len(rows) == _BATCH or size > _LARGEST:
                    bad.flush()
                    emptied.flush()
                    yield self._table(rows)
                    rows, size = [], 0
        if rows:
            yield self._table(rows)

    def _list(self, bad: IO[str], record: Any, reason: str, **more: Any) -> None:
        self.counts["rejected"] += 1
        self.counts["dropped"] += bool(more)
        entry = {**_place(record), "reason": reason, "row": str(record.row)[:500], **more}
        bad.write(json.dumps(entry) + "\n")

    def _row(self, record: Any, at: int, emptied: IO[str]) -> dict[str, Any]:
        plan = self.plan
        if record.row is None or at in plan.bad:
            raise InputError(record.reason or plan.bad[at])
        converted = plan.columns.convert(record.row)
        texts = plan.columns.texts(record.row, plan.text)
        if not texts:
            raise InputError(f"no text in {', '.join(plan.text)}")
        id = id_text(record.row.get(plan.id)) if plan.id else str(plan.first + at + 1)
        if not id:
            raise InputError(f"no id in {plan.id!r}")
        if _without_halves(id) != id:
            raise InputError(f"the id {id!a:.80} is not text: it holds half a character")
        row = {name: _without_halves(value) for name, value in converted.values.items()}
        if plan.id in row:
            row[plan.id] = id
        halves = {n for n, v in converted.values.items() if v != row[n]} - {plan.id}
        for column, reason in [
            *converted.emptied.items(),
            *((n, "half a character became ?") for n in halves),
        ]:
            self.counts["emptied"] += 1
            emptied.write(json.dumps({**_place(record), "column": column, "reason": reason}) + "\n")
        for column in record.repaired:
            self.counts["emptied"] += 1
            reason = "bytes that are not text in the file's encoding were read as Windows-1252"
            emptied.write(json.dumps({**_place(record), "column": column, "reason": reason}) + "\n")
        count_cells(self.cells, row, converted.emptied, {*record.repaired, *halves})
        row.update(
            _row=self.counts["rows"], _id=id, _source=at, _text=_without_halves(". ".join(texts))
        )
        self.counts["rows"] += 1
        return row

    def _table(self, rows: list[dict[str, Any]]) -> Any:
        import pyarrow as pa

        columns = self.plan.columns
        own = {"_row": pa.int64(), "_id": pa.string(), "_source": pa.int64(), "_text": pa.string()}
        fields = {**{n: columns.arrow_type(n) for n in columns.kinds}, **own}
        return pa.Table.from_pylist(rows, schema=pa.schema(list(fields.items())))


def _place(record: Any) -> dict[str, Any]:
    return {**({"file": record.file} if record.file else {}), "line": record.line}


def _shortened(path: Path, n: int) -> Path:
    """A list of which only the first ``n`` lines stay: what a killed run wrote after its last batch
    is written again.
    """
    lines = path.read_text().splitlines()[:n] if path.exists() else []
    path.write_text("".join(line + "\n" for line in lines))
    return path
