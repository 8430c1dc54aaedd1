"""Stage 1: rows of a source -> a Lance table; bad rows are listed, counted, and stop the build when they are too many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, get_args

import numpy as np

from begriff.atlas.items import hash_of, lance_library
from begriff.base import Progress
from begriff.errors import InputError, unknown
from begriff.readers import Columns, Reader, infer_columns

__all__ = ["ingest", "OnDuplicate", "Plan", "plan_items", "sampled", "without_repeats"]

OnDuplicate = Literal["error", "keep-first", "keep-last"]

_BATCH = 8192
_SAMPLE = 2000
_SHOWN = 10
_LARGEST = 64 * 2**20
_NONE = {"source": 0, "rows": 0, "rejected": 0, "dropped": 0, "broken": 0}
_ARROW = {"text": "string", "category": "string", "number": "float64", "boolean": "bool"}


@dataclass(frozen=True)
class Plan:
    """What to read.

    Attributes
    ----------
    columns : Columns
    text : tuple of str
        Columns that hold text.
    id : str or None
        Column of ids; None for the row number.
    drop : dict
        Position in the source (from 0) of every row that is left out because its id is repeated -> what to say of it.
    first : int
        What row numbers as ids go on from.
    only : tuple of int
        Positions in the source, rising, of the rows that are read; empty for all.
    """

    columns: Columns
    text: tuple[str, ...]
    id: str | None
    drop: dict[int, str] = field(default_factory=dict)
    first: int = 0
    only: tuple[int, ...] = ()


def plan_items(
    reader: Reader, text: Sequence[str] | None, id: str | None, types: Mapping[str, str] | None, skip: str | None = None
) -> Plan:
    """Look at the first rows and decide what every column is.

    Raises
    ------
    InputError
        When no row can be read, or a named column does not exist.
    """
    sample = [r.row for r in islice(reader, _SAMPLE) if r.row is not None]
    if not sample:
        raise InputError(f"{reader.name} holds no readable row: there is nothing to build from{_first_reason(reader)}")
    seen = {name for row in sample for name in row if name != skip}
    text = [t for t in reader.text if t in seen] if text is None else text
    for name in [*text, *([id] if id else [])]:
        if name not in seen:
            raise unknown("column", name, sorted(seen))
    if not text:
        raise InputError(f"name the columns that hold text; {reader.name} has {', '.join(sorted(seen))}")
    rows = ({k: v for k, v in row.items() if k != skip} for row in sample)
    columns = infer_columns(rows, text=text, override=types, typed=reader.typed)
    return Plan(columns, tuple(text), id or ("id" if "id" in seen else None))


def _first_reason(reader: Reader) -> str:
    bad = next((r for r in reader if r.row is None), None)
    return "" if bad is None else f" (line {bad.line}: {bad.reason})"


def without_repeats(reader: Reader, plan: Plan, keep: OnDuplicate) -> Plan:
    """The plan with the rows that are left out because their id comes twice.

    One pass over the source; 8 bytes a row are held, and the ids of those that may be repeated.

    Raises
    ------
    InputError
        With ``keep="error"``, when an id is repeated; the first ten are listed.
    """
    if keep not in get_args(OnDuplicate):
        raise InputError(f"on_duplicate={keep!r}: must be one of {', '.join(get_args(OnDuplicate))}")
    if plan.id is None:
        return plan
    hashes = np.fromiter((hash_of(_id(r.row, plan)) for r in reader), dtype=np.uint64)
    values, times = np.unique(hashes, return_counts=True)
    suspects = set(values[(times > 1) & (values != 0)].tolist())
    if not suspects:
        return plan
    places: dict[str, list[tuple[int, int]]] = {}
    for at, record in enumerate(reader):
        found = _id(record.row, plan)
        if found is not None and hash_of(found) in suspects and _readable(record.row, plan):
            places.setdefault(found, []).append((at, record.line))
    repeated = {i: p for i, p in places.items() if len(p) > 1}
    if repeated and keep == "error":
        shown = [f"{i!r:.60} in lines {', '.join(str(line) for _, line in p[:3])}" for i, p in islice(repeated.items(), _SHOWN)]
        more = ["and more"] * (len(repeated) > _SHOWN)
        raise InputError(
            f"{len(repeated)} ids in {plan.id!r} are repeated: {'; '.join([*shown, *more])}. Make them unique, keep one of each with "
            "--on-duplicate keep-first or keep-last, or name another column with --id"
        )
    drop: dict[int, str] = {}
    for i, found_at in repeated.items():
        kept = found_at[0] if keep == "keep-first" else found_at[-1]
        drop.update({at: f"id {i!r:.80} is also in line {kept[1]}, which was kept" for at, _ in found_at if at != kept[0]})
    return replace(plan, drop=drop)


def sampled(reader: Reader, plan: Plan, n: int, *, among: int = 100_000) -> Plan | None:
    """The plan for ``n`` rows that lie evenly among the first 100,000 that can be items; None where there are hardly more than that."""
    at = [i for i, r in enumerate(islice(reader, among)) if i not in plan.drop and _readable(r.row, plan) and r.row is not None]
    if len(at) < 2 * n:
        return None
    return replace(plan, only=tuple(at[i] for i in np.linspace(0, len(at) - 1, n).astype(int)))


def _id(row: Mapping[str, Any] | None, plan: Plan) -> str | None:
    """The id of a row; None where it has none, or cannot be an item for want of text."""
    given = None if row is None else row.get(str(plan.id))
    if row is None or given is None or str(given) == "" or not any(str(row.get(c) or "").strip() for c in plan.text):
        return None
    return str(given)


def _readable(row: Mapping[str, Any] | None, plan: Plan) -> bool:
    try:
        plan.columns.convert(row or {})
    except InputError:
        return False
    return True


def ingest(reader: Reader, plan: Plan, folder: Path, *, max_rejected: float, progress: Progress | None) -> None:
    """Write ``items.lance``, ``rejected.jsonl`` and ``columns.json`` into ``folder``, going on where an earlier run stopped.

    Raises
    ------
    InputError
        When more than ``max_rejected`` of the rows are bad.
    """
    lance = lance_library()
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "progress.json"
    path = str(folder / "items.lance")
    start: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {**_NONE, "version": None}
    if start["version"] is not None:
        dataset = lance.dataset(path)
        if dataset.version != start["version"]:  # appended, but not recorded before the process died
            dataset = lance.dataset(path, version=start["version"])
            dataset.restore()
    batches = _Batches(reader, plan, folder, start)
    for table in batches:
        fresh = start["version"] is None
        written = lance.write_dataset(table, path, mode="overwrite" if fresh else "append")
        start = {**batches.counts, "version": written.version}
        state.write_text(json.dumps(start))
        if progress is not None:
            progress(start["source"], 0)
    if batches.counts["broken"] and max_rejected < 1:
        raise InputError(
            f"{_first_bad(folder, 'cannot be read on', 'from here on')}: what follows is not known. Get the file again, or build from what "
            "there is with --max-rejected 1"
        )
    bad = batches.counts["rejected"] - batches.counts["dropped"]
    total = batches.counts["rows"] + bad
    if bad > max_rejected * total:
        raise InputError(
            f"{bad} of {total} rows are bad (first: {_first_bad(folder)}); more than "
            f"{max_rejected:.0%} stops a build. They are listed in {folder / 'rejected.jsonl'}: repair them, or allow more"
        )
    if batches.counts["rows"] == 0:
        raise InputError(f"{reader.name} holds no row with text in {', '.join(plan.text)}")
    meta = {"kinds": plan.columns.kinds, "text": plan.text, "id": plan.id, **batches.counts}
    (folder / "columns.json").write_text(json.dumps(meta))


def _first_bad(folder: Path, *said: str) -> str:
    """Where and what the first bad row is, or the first of which something is said."""
    with (folder / "rejected.jsonl").open() as f:
        found = (e for e in map(json.loads, f) if "kept" not in e)
        first = next(e for e in found if not said or any(s in e["reason"] for s in said))
    where = f"{first['file']}, line {first['line']}" if "file" in first else f"line {first['line']}"
    return f"{where}: {first['reason']}"


def _repaired(value: Any) -> Any:
    """A string, or list of strings, in which half a character (a lone surrogate) has become a question mark."""
    if isinstance(value, list):
        return [_repaired(v) for v in value]
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


class _Batches:
    """Arrow tables of good rows; bad ones go to ``rejected.jsonl``. Counts what has been consumed."""

    def __init__(self, reader: Reader, plan: Plan, folder: Path, start: dict[str, Any]) -> None:
        self.reader, self.plan = reader, plan
        self.counts = {k: start.get(k, 0) for k in _NONE}
        self.rejected = folder / "rejected.jsonl"
        kept = self.rejected.read_text().splitlines()[: start["rejected"]] if self.rejected.exists() else []
        self.rejected.write_text("".join(line + "\n" for line in kept))

    def __iter__(self) -> Iterator[Any]:
        rows: list[dict[str, Any]] = []
        size, only = 0, set(self.plan.only)
        with self.rejected.open("a") as bad:
            for record in islice(self.reader, self.counts["source"], self.plan.only[-1] + 1 if only else None):
                if only and self.counts["source"] not in only:
                    self.counts["source"] += 1
                    continue
                dropped = self.plan.drop.get(self.counts["source"])
                self.counts["source"] += 1
                try:
                    if dropped is None:
                        rows.append(self._row(record))
                        size += len(rows[-1]["_text"])
                    else:
                        self._list(bad, record, dropped, kept=False)
                except InputError as e:
                    self.counts["broken"] += record.broken
                    self._list(bad, record, str(e))
                if len(rows) == _BATCH or size > _LARGEST:
                    bad.flush()
                    yield self._table(rows)
                    rows, size = [], 0
        if rows:
            yield self._table(rows)

    def _list(self, bad: IO[str], record: Any, reason: str, **more: Any) -> None:
        self.counts["rejected"] += 1
        self.counts["dropped"] += bool(more)
        where = {"file": record.file} if record.file else {}
        entry = {**where, "line": record.line, "reason": reason, "row": str(record.row)[:500], **more}
        bad.write(json.dumps(entry) + "\n")

    def _row(self, record: Any) -> dict[str, Any]:
        if record.row is None:
            raise InputError(record.reason)
        row = self.plan.columns.convert(record.row)
        parts = [str(row[c]).strip() for c in self.plan.text if row.get(c) and str(row[c]).strip()]
        if not parts:
            raise InputError(f"no text in {', '.join(self.plan.text)}")
        given = record.row.get(self.plan.id) if self.plan.id else self.plan.first + self.counts["source"]
        if given is None or str(given) == "":
            raise InputError(f"no id in {self.plan.id!r}")
        if _repaired(str(given)) != str(given):
            raise InputError(f"the id {given!a:.80} is not text: it holds half a character")
        row = {name: _repaired(value) for name, value in row.items()}
        parts = [_repaired(p) for p in parts]
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
