"""Arrow in all its forms: Parquet, Arrow files, Lance tables, and frames of pandas, polars or
pyarrow.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.readers.delimited import distinct
from begriff.readers.records import Reader, Record
from begriff.readers.streams import open_seekable

__all__ = ["from_frame", "is_frame", "read_arrow", "read_lance", "read_parquet"]

_BATCH = 4096


def read_parquet(path: Path) -> Iterator[Record]:
    """Rows of a Parquet file."""
    import pyarrow.parquet as pq

    with _told(path, "Parquet file"), open_seekable(path) as whole, pq.ParquetFile(whole) as file:
        yield from _records(file.iter_batches(_BATCH), path)


def read_arrow(path: Path) -> Iterator[Record]:
    """Rows of an Arrow file, random access (Feather) or stream."""
    import pyarrow as pa

    with _told(path, "Arrow file"), open_seekable(path) as whole, pa.OSFile(str(whole)) as source:
        try:
            file: Any = pa.ipc.open_file(source)
            batches = (file.get_batch(i) for i in range(file.num_record_batches))
        except pa.ArrowInvalid:
            source.seek(0)
            batches = iter(pa.ipc.open_stream(source))
        yield from _records(batches, path)


def read_lance(path: Path) -> Iterator[Record]:
    """Rows of a Lance table."""
    import lance

    with _told(path, "Lance table"):
        yield from _records(lance.dataset(str(path)).to_batches(batch_size=_BATCH), path)


def is_frame(source: Any) -> bool:
    """Whether an object hands out Arrow data, as frames and series of pandas, polars and pyarrow
    do, or collects it (a LazyFrame).
    """
    return (
        hasattr(source, "__arrow_c_stream__")
        or hasattr(source, "collect_schema")
        or hasattr(source, "iloc")
    )


def from_frame(source: Any) -> Reader:
    """A reader of a frame, which stays in memory as it is; only its fingerprint is computed at
    once.

    The index of a pandas frame is the column ``id`` where there is no other, else ``index``, unless
    it is a plain range. A series is a frame of one column, ``text`` where it has no name.
    """
    import pyarrow as pa

    name = type(source).__name__
    frame = _as_frame(source)

    def batches() -> Iterator[Any]:
        for batch in pa.RecordBatchReader.from_stream(frame):
            yield from (batch.slice(start, _BATCH) for start in range(0, batch.num_rows, _BATCH))

    def of_mixed() -> Iterator[Record]:
        for start in range(0, len(frame), _BATCH):
            yield from (
                Record(start + i, row)
                for i, row in enumerate(frame.iloc[start : start + _BATCH].to_dict("records"), 1)
            )

    rows: Callable[[], Iterator[Record]] = lambda: _records(batches(), None)  # noqa: E731
    try:
        _ = pa.RecordBatchReader.from_stream(frame).schema
    except (pa.ArrowException, TypeError, ValueError) as e:
        if not hasattr(frame, "iloc"):
            raise InputError(f"this {name} cannot be read: {str(e).splitlines()[0]}") from e
        rows = of_mixed  # a column of pandas objects of several types, which Arrow does not take
    digest = hashlib.blake2b(digest_size=16)
    for record in rows():
        digest.update(repr(record.row).encode("utf-8", "replace"))
    return Reader(name, digest.hexdigest(), rows)


def _as_frame(source: Any) -> Any:
    """A frame whose columns have distinct names, with ids that stand in the index as a column."""
    frame = (
        source.collect()
        if hasattr(source, "collect_schema") and hasattr(source, "collect")
        else source
    )
    if not hasattr(frame, "columns") and hasattr(frame, "to_frame"):
        frame = frame.to_frame(name=frame.name or "text")
    if not hasattr(frame, "iloc"):
        return frame
    frame = frame.set_axis(distinct([str(c) for c in frame.columns]), axis=1)
    if type(frame.index).__name__ == "RangeIndex":
        return frame
    free = "index" if "id" in frame.columns else "id"
    names = [
        str(n) if n is not None and str(n) not in frame.columns else free for n in frame.index.names
    ]
    return frame.reset_index(names=distinct(names))


def _records(batches: Iterable[Any], path: Path | None) -> Iterator[Record]:
    """Rows of record batches; what cannot be read on is one bad row."""
    import pyarrow as pa

    number = 0
    try:
        for batch in batches:
            for row in _rows(batch):
                number += 1
                yield Record(number, row)
    # a damaged length asks for any amount
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as e:
        if number == 0 and path is not None:
            raise
        yield Record(number + 1, None, f"cannot be read on: {_said(e)}", broken=True)


def _rows(batch: Any) -> Iterator[dict[str, Any]]:
    """Rows of a batch as Python values.

    Of columns with one name the second becomes ``name_2``; maps become dicts.
    """
    names = distinct([str(n) for n in batch.schema.names])
    columns = [_values(batch.column(i)) for i in range(batch.num_columns)]
    for i in range(batch.num_rows):
        yield {n: c[i] for n, c in zip(names, columns, strict=True)}


def _values(column: Any) -> list[Any]:
    """A column as a list.

    Moments are rounded to microseconds; those that Python's calendar (years 1 to 9999) lacks stay
    as text.

    A text is no moment, so that its reader can say which cell is empty for it.
    """
    import pyarrow as pa
    import pyarrow.compute

    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _moments(column)
    if pa.types.is_duration(kind):
        return [
            None if v is None else v / _UNITS[kind.unit]
            for v in column.cast(pa.int64()).to_pylist()
        ]
    if pa.types.is_time(kind):
        return [None if v is None else str(v) for v in column.cast(pa.string()).to_pylist()]
    if pa.types.is_map(kind):
        return [None if v is None else dict(v) for v in column.to_pylist()]
    if pa.types.is_struct(kind):
        inner = [_values(pa.compute.struct_field(column, i)) for i in range(kind.num_fields)]
        names = distinct([kind.field(i).name for i in range(kind.num_fields)])
        valid = column.is_valid().to_pylist()
        return [
            {n: c[i] for n, c in zip(names, inner, strict=True)} if valid[i] else None
            for i in range(len(column))
        ]
    return list(column.to_pylist())


def _moments(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_date(column.type):
        days = column.cast(pa.date32()).cast(pa.int32()).to_pylist()
        return [None if d is None else _moment(d * 86_400_000_000, False, True) for d in days]
    unit, zoned = _UNITS[column.type.unit], column.type.tz is not None
    return [
        None if v is None else _moment(v * 1_000_000 // unit, zoned, False)
        for v in column.cast(pa.int64()).to_pylist()
    ]


def _moment(micros: int, zoned: bool, whole_days: bool) -> datetime | date | str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC if zoned else None) + timedelta(
            microseconds=micros
        )
    except OverflowError:
        return str(np.datetime64(micros, "us"))
    return moment.date() if whole_days else moment


_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@contextlib.contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    """What a library says of a file that it cannot read, as a mistake of the user's."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, MemoryError) as e:
        raise InputError(f"{str(path)!r} is no readable {what}: {_said(e)}") from e


def _said(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")[:200] or type(error).__name__
