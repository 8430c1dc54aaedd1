"""Arrow in all its forms: Parquet, Arrow files, Lance tables, and frames of pandas, polars or pyarrow."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from begriff.errors import InputError
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
    """Whether an object hands out Arrow data, as frames of pandas, polars and pyarrow do."""
    return hasattr(source, "__arrow_c_stream__")


def from_frame(source: Any) -> Reader:
    """A reader of a frame, which stays in memory as it is; only its fingerprint is computed at once."""
    import pyarrow as pa

    def batches() -> Iterator[Any]:
        for batch in pa.RecordBatchReader.from_stream(source):
            yield from (batch.slice(start, _BATCH) for start in range(0, batch.num_rows, _BATCH))

    try:
        digest = hashlib.blake2b(digest_size=16)
        for batch in batches():
            digest.update(str(batch.schema).encode())
            digest.update(repr(batch.to_pylist()).encode())
    except pa.ArrowException as e:
        raise InputError(f"this {type(source).__name__} cannot be read: {str(e).splitlines()[0]}") from e
    return Reader(type(source).__name__, digest.hexdigest(), lambda: _records(batches(), None))


def _records(batches: Iterable[Any], path: Path | None) -> Iterator[Record]:
    """Rows of record batches; what cannot be read on is one bad row."""
    import pyarrow as pa

    number = 0
    try:
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                yield Record(number, row)
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as e:  # a damaged length asks for any amount
        if number == 0 and path is not None:
            raise
        yield Record(number + 1, None, f"cannot be read on: {_said(e)}", broken=True)


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
