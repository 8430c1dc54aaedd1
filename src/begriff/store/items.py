"""The table of a corpus: Lance rows by position, and tables made of rows of others."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError, BegriffError, ChangedError
from begriff.kinds.checks import Progress

__all__ = ["hash_of", "Items", "lance_library", "open_items", "write_items"]

_BATCH = 8192


@dataclass(frozen=True)
class Items:
    """The table of a corpus.

    Attributes
    ----------
    dataset : lance.LanceDataset
        Columns of the source, and ``_row`` (position), ``_id``, ``_source`` (position in the
        source, from 0), ``_text``.
    n : int
    """

    dataset: Any
    n: int
    _sorted: tuple[NDArray[np.uint64], NDArray[np.int64]] | None = field(
        default=None, repr=False, compare=False
    )

    def texts(self, batch: int = 4096) -> Iterator[list[str]]:
        """Texts in order, a batch at a time."""
        for b in self.batches(["_text"], batch):
            yield b.column("_text").to_pylist()

    def batches(self, columns: list[str], size: int | None = None) -> Iterator[Any]:
        """Some columns in order, an Arrow batch at a time."""
        with self.reading():
            yield from self.dataset.to_batches(columns=columns, batch_size=size)

    def matching(self, condition: str) -> NDArray[np.int64]:
        """Positions of the rows that meet an SQL condition.

        Raises
        ------
        ValueError
            When Lance cannot read the condition.
        """
        table = self.dataset.to_table(columns=["_row"], filter=condition)
        return np.asarray(table.column("_row").to_numpy())

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """What the library raises when its files are gone or damaged, as an :class:`AtlasError`."""
        try:
            yield
        except (OSError, ValueError, RuntimeError) as e:
            if isinstance(e, BegriffError):
                raise
            path = Path(self.dataset.uri)
            if not path.is_dir():
                raise ChangedError(
                    f"{path.parents[1]} was written again since it was opened: open it again"
                ) from e
            raise AtlasError(
                f"{path} cannot be read ({' '.join(str(e).split())[:200]}): run `begriff check"
                f" {path.parents[1]}`"
            ) from e

    def take(self, rows: Sequence[int], columns: list[str] | None = None) -> list[dict[str, Any]]:
        """Rows at positions."""
        if not len(rows):
            return []
        with self.reading():
            return list(self.dataset.take([int(r) for r in rows], columns=columns).to_pylist())

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Position (n_ids,) of every id, -1 where there is none; by hashes of 8 bytes, not by the
        ids themselves.
        """
        if self._sorted is None:
            hashes = np.fromiter(
                (hash_of(i) for b in self.batches(["_id"]) for i in b.column("_id").to_pylist()),
                dtype=np.uint64,
                count=self.n,
            )
            order = np.argsort(hashes, kind="stable")
            object.__setattr__(self, "_sorted", (hashes[order], order))
        assert self._sorted is not None
        known, order = self._sorted
        wanted = np.array([hash_of(i) for i in ids], dtype=np.uint64)
        at = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
        return np.where(known[at] == wanted, order[at], -1) if len(known) else np.full(len(ids), -1)

    def column(self, name: str) -> Any:
        """One column as a numpy array."""
        with self.reading():
            return self.dataset.to_table(columns=[name]).column(name).to_numpy(zero_copy_only=False)


def hash_of(id: str | None) -> int:
    """A number for an id; 0 for none."""
    return (
        0
        if id is None
        else int.from_bytes(
            hashlib.blake2b(id.encode("utf-8", "replace"), digest_size=8).digest(), "little"
        )
        or 1
    )


def open_items(folder: Path) -> Items:
    """The table that ``ingest`` wrote.

    Raises
    ------
    AtlasError
        When it is gone or damaged.
    """
    path = folder / "items.lance"
    try:
        dataset = lance_library().dataset(str(path))
        return Items(dataset, dataset.count_rows())
    except (OSError, ValueError, RuntimeError) as e:
        raise AtlasError(
            f"{path} cannot be read ({' '.join(str(e).split())[:200]}): run `begriff check"
            f" {folder.parent} --repair`"
        ) from e


def write_items(
    folder: Path,
    pick: NDArray[np.int64],
    old: Items,
    fresh: Items | None = None,
    progress: Progress | None = None,
    *,
    keep: tuple[Sequence[str], NDArray[np.int64]] = ((), np.empty(0, dtype=np.int64)),
) -> None:
    """Write ``items.lance`` with picked rows of two tables (:data:`begriff.store.gather.Pick`),
    numbered anew.

    ``keep`` names columns in which a fresh row takes the value of an old one, and says of which
    (n_fresh,), or -1.
    """
    import pyarrow as pa

    schema, path = old.dataset.schema, folder / "items.lance"
    # rows that stay where they are are not written again
    first = old.n if old.n and np.array_equal(pick[: old.n], np.arange(old.n)) else 0
    shutil.rmtree(path, ignore_errors=True)
    if first:
        shutil.copytree(old.dataset.uri, path, copy_function=_link)

    def batches() -> Iterator[Any]:
        for start in range(first, len(pick), _BATCH):
            part = pick[start : start + _BATCH]
            own, come = part[part >= 0], -1 - part[part < 0]
            tables = [old.dataset.take(own.tolist()).cast(schema)] if len(own) else []
            if fresh is not None and len(come):
                tables.append(
                    _kept(
                        fresh.dataset.take(come.tolist()).cast(schema),
                        old,
                        keep[0],
                        keep[1][come] if keep[0] else come,
                    )
                )
            place = np.empty(len(part), dtype=np.int64)
            place[np.concatenate([np.flatnonzero(part >= 0), np.flatnonzero(part < 0)])] = (
                np.arange(len(part))
            )
            table = pa.concat_tables(tables).take(place)
            numbers = pa.array(np.arange(start, start + len(part)))
            table = table.set_column(schema.get_field_index("_row"), "_row", numbers)
            yield from table.combine_chunks().to_batches()
            if progress is not None:
                progress(start + len(part), len(pick))

    if len(pick) > first:
        made = pa.RecordBatchReader.from_batches(schema, batches())
        lance_library().write_dataset(
            made, str(path), schema=schema, mode="append" if first else "overwrite"
        )


def _link(source: str, target: str) -> None:
    """The same file under another name, where the file system can do that; Lance changes no file
    that it wrote.
    """
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _kept(table: Any, old: Items, columns: Sequence[str], of: NDArray[np.int64]) -> Any:
    """The table with values of old rows (n,) in some columns, and none where the row is -1."""
    import pyarrow as pa

    there = of >= 0
    if columns and there.any():
        values = old.dataset.take(of[there].tolist(), columns=list(columns))
        place = pa.array(np.cumsum(there) - 1, mask=~there)
        for name in columns:
            table = table.set_column(
                table.schema.get_field_index(name),
                table.schema.field(name),
                values.column(name).take(place),
            )
    return table


def lance_library() -> Any:
    """The library, told to log errors alone unless the user asked for more."""
    os.environ.setdefault("LANCE_LOG", "error")
    import lance

    return lance


def describe(value: Any) -> Any:
    """A stored value as JSON: whole numbers without a point, dates as ISO text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
