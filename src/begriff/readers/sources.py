"""Where rows come from: JSON Lines, Parquet, or any iterable of dicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from begriff.errors import InputError

__all__ = ["open_source", "Reader", "Record"]


@dataclass(frozen=True)
class Record:
    """One row of a source.

    Attributes
    ----------
    line : int
        Position in the source, from 1.
    row : dict or None
        Column -> value; None when the row cannot be read.
    reason : str
        Why it cannot be read.
    """

    line: int
    row: dict[str, Any] | None
    reason: str = ""


@dataclass(frozen=True)
class Reader:
    """Rows of one source, which can be read from the start as often as needed.

    Attributes
    ----------
    name : str
        What to call the source in messages.
    fingerprint : str
        Changes when the content changes.
    """

    name: str
    fingerprint: str
    _rows: Callable[[], Iterator[Record]]

    def __iter__(self) -> Iterator[Record]:
        return self._rows()


def open_source(source: str | Path | Iterable[dict[str, Any]]) -> Reader:
    """A reader for a path (.jsonl, .ndjson, .parquet) or for a re-iterable of dicts.

    Raises
    ------
    InputError
        When the file is missing, empty, a folder, or of an unknown kind.
    """
    if not isinstance(source, str | Path):
        return _from_dicts(source)
    path = Path(source)
    if not path.exists():
        raise InputError(f"no file {str(path)!r}: give a .jsonl or .parquet file")
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder: give a .jsonl or .parquet file")
    kinds = {".jsonl": _jsonl, ".ndjson": _jsonl, ".json": _jsonl, ".parquet": _parquet, ".pq": _parquet}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"{path.name!r} ends in {path.suffix!r}; readable are {', '.join(sorted(kinds))}")
    if path.stat().st_size == 0:
        raise InputError(f"{str(path)!r} is empty: there is nothing to build from")
    return Reader(path.name, _digest(path), lambda: kind(path))


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "blake2b").hexdigest()[:32]


def _jsonl(path: Path) -> Iterator[Record]:
    with path.open("rb") as f:
        for number, raw in enumerate(f, 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError:
                yield Record(number, None, "not UTF-8")
            except ValueError as e:
                yield Record(number, None, f"not JSON: {e}")
            except RecursionError:
                yield Record(number, None, "not JSON: nested too deeply")
            else:
                yield Record(number, row) if isinstance(row, dict) else Record(number, None, "not a JSON object")


def _parquet(path: Path) -> Iterator[Record]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as e:
        raise InputError(f"{str(path)!r} is no readable Parquet file: {str(e).splitlines()[0]}") from e
    number = 0
    with file:
        for batch in file.iter_batches(4096):
            for row in batch.to_pylist():
                number += 1
                yield Record(number, row)


def _from_dicts(source: Iterable[dict[str, Any]]) -> Reader:
    if iter(source) is source:
        raise InputError("an iterator can be read only once: give a list or another re-iterable of dicts, or write a .jsonl file")

    def rows() -> Iterator[Record]:
        for number, row in enumerate(source, 1):
            yield Record(number, dict(row)) if hasattr(row, "keys") else Record(number, None, f"a {type(row).__name__}, not a dict")

    digest = hashlib.blake2b(digest_size=16)
    for record in rows():
        digest.update(json.dumps(record.row, default=str, sort_keys=True).encode())
    return Reader("rows", digest.hexdigest(), rows)
