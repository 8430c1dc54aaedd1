"""Stage 1: rows of a source -> a Lance table; bad rows are listed, counted, and stop the build when they are too many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from begriff.base import Progress
from begriff.errors import InputError, unknown
from begriff.readers import Columns, Reader, infer_columns

__all__ = ["ingest", "Items", "open_items", "Plan", "plan_items"]

_BATCH = 8192
_SAMPLE = 2000
_ARROW = {"text": "string", "category": "string", "number": "float64", "boolean": "bool"}


@dataclass(frozen=True)
class Plan:
    """What to read: columns and their kinds, which are text, which is the id (None: the row number)."""

    columns: Columns
    text: tuple[str, ...]
    id: str | None


@dataclass(frozen=True)
class Items:
    """The table of a corpus.

    Attributes
    ----------
    dataset : lance.LanceDataset
        Columns of the source, and ``_row`` (position), ``_id``, ``_source`` (position in the source, from 0), ``_text``.
    n : int
    """

    dataset: Any
    n: int

    def texts(self, batch: int = 4096) -> Iterator[list[str]]:
        """Texts in order, a batch at a time."""
        for b in self.dataset.to_batches(columns=["_text"], batch_size=batch):
            yield b.column("_text").to_pylist()

    def take(self, rows: Sequence[int], columns: list[str] | None = None) -> list[dict[str, Any]]:
        """Rows at positions."""
        if not len(rows):
            return []
        return list(self.dataset.take([int(r) for r in rows], columns=columns).to_pylist())

    def column(self, name: str) -> Any:
        """One column as a numpy array."""
        return self.dataset.to_table(columns=[name]).column(name).to_numpy(zero_copy_only=False)


def plan_items(reader: Reader, text: Sequence[str], id: str | None, types: Mapping[str, str] | None, skip: str | None = None) -> Plan:
    """Look at the first rows and decide what every column is.

    Raises
    ------
    InputError
        When no row can be read, or a named column does not exist.
    """
    sample = [r.row for r in islice(reader, _SAMPLE) if r.row is not None]
    if not sample:
        raise InputError(f"{reader.name} holds no readable row: there is nothing to build from")
    seen = {name for row in sample for name in row if name != skip}
    for name in [*text, *([id] if id else [])]:
        if name not in seen:
            raise unknown("column", name, sorted(seen))
    if not text:
        raise InputError(f"name the columns that hold text; {reader.name} has {', '.join(sorted(seen))}")
    rows = ({k: v for k, v in row.items() if k != skip} for row in sample)
    columns = infer_columns(rows, text=text, override=types)
    return Plan(columns, tuple(text), id or ("id" if "id" in seen else None))


def ingest(reader: Reader, plan: Plan, folder: Path, *, max_rejected: float, progress: Progress | None) -> None:
    """Write ``items.lance``, ``rejected.jsonl`` and ``columns.json`` into ``folder``, going on where an earlier run stopped.

    Raises
    ------
    InputError
        When more than ``max_rejected`` of the rows are bad.
    """
    lance = _lance()
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "progress.json"
    path = str(folder / "items.lance")
    start: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {"source": 0, "rows": 0, "version": None, "rejected": 0}
    if start["version"] is not None:
        dataset = lance.dataset(path)
        if dataset.version != start["version"]:  # appended, but not recorded before the process died
            dataset = lance.dataset(path, version=start["version"])
            dataset.restore()
    batches = _Batches(reader, plan, folder, start, resumed=start["version"] is not None)
    for table in batches:
        fresh = start["version"] is None
        written = lance.write_dataset(table, path, mode="overwrite" if fresh else "append")
        start = {**batches.counts, "version": written.version}
        state.write_text(json.dumps(start))
        if progress is not None:
            progress(start["source"], 0)
    total = batches.counts["rows"] + batches.counts["rejected"]
    if batches.counts["rejected"] > max_rejected * total:
        first = json.loads((folder / "rejected.jsonl").read_text().splitlines()[0])
        raise InputError(
            f"{batches.counts['rejected']} of {total} rows are bad (first: line {first['line']}: {first['reason']}); more than "
            f"{max_rejected:.0%} stops a build. They are listed in {folder / 'rejected.jsonl'}: repair them, or allow more"
        )
    if batches.counts["rows"] == 0:
        raise InputError(f"{reader.name} holds no row with text in {', '.join(plan.text)}")
    meta = {"kinds": plan.columns.kinds, "text": plan.text, "id": plan.id, **batches.counts}
    (folder / "columns.json").write_text(json.dumps(meta))


def open_items(folder: Path) -> Items:
    """The table that ``ingest`` wrote."""
    dataset = _lance().dataset(str(folder / "items.lance"))
    return Items(dataset, dataset.count_rows())


def _lance() -> Any:
    """The library, told to log errors alone unless the user asked for more."""
    import os

    os.environ.setdefault("LANCE_LOG", "error")
    import lance

    return lance


class _Batches:
    """Arrow tables of good rows; bad ones go to ``rejected.jsonl``. Counts what has been consumed."""

    def __init__(self, reader: Reader, plan: Plan, folder: Path, start: dict[str, Any], *, resumed: bool) -> None:
        self.reader, self.plan = reader, plan
        self.counts = {k: start[k] for k in ("source", "rows", "rejected")}
        self.rejected = folder / "rejected.jsonl"
        kept = self.rejected.read_text().splitlines()[: start["rejected"]] if self.rejected.exists() else []
        self.rejected.write_text("".join(line + "\n" for line in kept))
        self.ids: set[str] = set()
        if resumed:
            self.ids.update(open_items(folder).column("_id"))

    def __iter__(self) -> Iterator[Any]:
        rows: list[dict[str, Any]] = []
        with self.rejected.open("a") as bad:
            for record in islice(self.reader, self.counts["source"], None):
                self.counts["source"] += 1
                try:
                    rows.append(self._row(record))
                except InputError as e:
                    self.counts["rejected"] += 1
                    bad.write(json.dumps({"line": record.line, "reason": str(e), "row": str(record.row)[:500]}) + "\n")
                if len(rows) == _BATCH:
                    bad.flush()
                    yield self._table(rows)
                    rows = []
        if rows:
            yield self._table(rows)

    def _row(self, record: Any) -> dict[str, Any]:
        if record.row is None:
            raise InputError(record.reason)
        row = self.plan.columns.convert(record.row)
        parts = [str(row[c]).strip() for c in self.plan.text if row.get(c) and str(row[c]).strip()]
        if not parts:
            raise InputError(f"no text in {', '.join(self.plan.text)}")
        given = record.row.get(self.plan.id) if self.plan.id else self.counts["source"]
        if given is None or str(given) == "":
            raise InputError(f"no id in {self.plan.id!r}")
        if str(given) in self.ids:
            raise InputError(f"id {str(given)!r} is repeated")
        self.ids.add(str(given))
        row.update(_row=self.counts["rows"], _id=str(given), _source=self.counts["source"] - 1, _text=". ".join(parts))
        self.counts["rows"] += 1
        return row

    def _table(self, rows: list[dict[str, Any]]) -> Any:
        import pyarrow as pa

        special = {"list": pa.list_(pa.string()), "date": pa.timestamp("us")}
        fields = [
            (n, special[k] if k in special else getattr(pa, _ARROW[k].replace("bool", "bool_"))())
            for n, k in self.plan.columns.kinds.items()
        ]
        own = [("_row", pa.int64()), ("_id", pa.string()), ("_source", pa.int64()), ("_text", pa.string())]
        return pa.Table.from_pylist(rows, schema=pa.schema([*fields, *own]))
