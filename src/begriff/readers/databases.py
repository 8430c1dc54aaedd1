"""Tables of vector databases: rows and the vectors that they hold, read where they are."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError, unknown
from begriff.readers.json_lines import read_lines
from begriff.readers.qdrant import open_client, place_of
from begriff.readers.records import Reader, Record

__all__ = ["Address", "is_here", "lance_table", "OURS", "parse_address", "read_database"]

OURS = "begriff"
"""What the names of columns, vectors and payload fields begin with that codes and names are written
back to.
"""

_ADDRESS = re.compile(r"(lancedb|qdrant):(.+)#([^#/]+)(?:/([^#/]+))?$")
_BATCH = 1024


@dataclass(frozen=True)
class Address:
    """Where a table is.

    Attributes
    ----------
    kind : {"lancedb", "qdrant"}
    place : str
        Folder of the database, or the address of a server.
    table : str
        Table or collection.
    vector : str
        Which of its vectors; empty where it has one.
    """

    kind: str
    place: str
    table: str
    vector: str = ""


def parse_address(source: Any) -> Address | None:
    """What ``"lancedb:PATH#TABLE"`` and ``"qdrant:URL-OR-PATH#COLLECTION/VECTOR"`` name; None for
    other sources.

    Raises
    ------
    InputError
        For one of these without a table.
    """
    if not isinstance(source, str) or not source.startswith(("lancedb:", "qdrant:")):
        return None
    found = _ADDRESS.match(source)
    if found is None:
        raise InputError(
            f"{source!r} names no table: write lancedb:PATH#TABLE or qdrant:URL#COLLECTION, and"
            " /VECTOR where it has several"
        )
    return Address(found[1], found[2], found[3], found[4] or "")


def is_here(address: Address) -> bool:
    """Whether a database is on this machine."""
    parts = urlsplit(address.place)
    return "://" not in address.place or (
        address.kind == "qdrant" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )


def read_database(address: Address) -> Reader:
    """A reader of a table or collection, whose ``vectors`` are those that it holds.

    Raises
    ------
    InputError
        When there is no such table, or it has no vectors, or several and none is named.
    MissingExtraError
        For Qdrant without the ``[qdrant]`` extra.
    """
    return _from_lance(address) if address.kind == "lancedb" else _from_qdrant(address)


# -- LanceDB: a folder of Lance tables
# --------------------------------------------------------------------------------


def lance_table(address: Address) -> Any:
    """The dataset of a table.

    Raises
    ------
    InputError
        When there is none.
    """
    import lance

    if address.place.startswith("db://"):
        raise InputError(
            f"{address.place!r} is a hosted database: begriff reads LanceDB's folders, on disk or"
            " in an object store"
        )
    if "://" not in address.place:
        folder = Path(address.place)
        if not folder.is_dir():
            raise InputError(f"no folder {address.place!r}: give that of a LanceDB database")
        tables = sorted(p.stem for p in folder.glob("*.lance"))
        if address.table not in tables:
            raise unknown("table", address.table, tables)
    try:
        return lance.dataset(f"{address.place.rstrip('/')}/{address.table}.lance")
    except (OSError, ValueError, RuntimeError) as e:
        raise InputError(
            f"{address.place}#{address.table} is no readable table: {str(e).splitlines()[0][:200]}"
        ) from e


def _from_lance(address: Address) -> Reader:
    import pyarrow as pa

    dataset = lance_table(address)
    dense = [
        f.name
        for f in dataset.schema
        if pa.types.is_fixed_size_list(f.type) and pa.types.is_floating(f.type.value_type)
    ]
    column = _one(address, dense)
    others = [
        f.name for f in dataset.schema if f.name not in dense and not f.name.startswith(f"{OURS}_")
    ]

    def rows() -> Iterator[Record]:
        number = 0
        for batch in dataset.to_batches(columns=others, batch_size=_BATCH):
            for row in batch.to_pylist():
                number += 1
                yield Record(number, row)

    def vectors() -> Iterator[NDArray[Any]]:
        for batch in dataset.to_batches(columns=[column], batch_size=_BATCH):
            found = batch.column(0)
            if found.null_count:
                raise InputError(
                    f"{found.null_count} rows of {address.table} have no vector {column!r}: fill"
                    " them in, or delete the rows"
                )
            yield found.flatten().to_numpy(zero_copy_only=False).reshape(len(found), -1)

    digest = hashlib.blake2b(digest_size=16)
    for batch in dataset.to_batches(columns=[*others, column], batch_size=_BATCH):
        digest.update(batch.serialize())
    return Reader(address.table, digest.hexdigest(), rows, vectors=vectors)


def _one(address: Address, found: list[str]) -> str:
    """The vector that is meant."""
    if address.vector and address.vector not in found:
        raise unknown("vector", address.vector, found)
    if not found:
        raise InputError(
            f"{address.table} holds no vectors: build from its rows with an encoder instead"
        )
    if not address.vector and len(found) > 1:
        raise InputError(
            f"{address.table} holds the vectors {', '.join(found)}: name one, as"
            f" #{address.table}/{found[0]}"
        )
    return address.vector or found[0]


# -- Qdrant: a server, or a folder of the client's own
# ----------------------------------------------------------------


def _from_qdrant(address: Address) -> Reader:
    """All points in a temporary folder, which lives as long as the reader: one walk over the
    collection, not one a pass.
    """
    folder = Path(tempfile.mkdtemp(prefix="begriff-"))
    try:
        width = _spool(address, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def rows() -> Iterator[Record]:
        return read_lines(folder / "rows.jsonl")

    def vectors() -> Iterator[NDArray[Any]]:
        whole = np.memmap(folder / "vectors.f32", dtype=np.float32, mode="r").reshape(-1, width)
        return (whole[i : i + _BATCH] for i in range(0, len(whole), _BATCH))

    digest = hashlib.blake2b(digest_size=16)
    for name in ("rows.jsonl", "vectors.f32"):
        with (folder / name).open("rb") as f:
            digest.update(hashlib.file_digest(f, "blake2b").digest())
    weakref.finalize(rows, shutil.rmtree, folder, ignore_errors=True)
    return Reader(address.table, digest.hexdigest(), rows, vectors=vectors)


def _spool(address: Address, folder: Path) -> int:
    """Write payloads and vectors; returns the width of a vector."""
    with open_client(address.place) as client:
        known = [c.name for c in client.get_collections().collections]
        if address.table not in known:
            raise unknown("collection", address.table, known)
        config = client.get_collection(address.table).config.params.vectors
        named = isinstance(config, dict)
        vector = _one(address, sorted(config)) if named else ""
        chosen = config[vector] if named else config
        if chosen is None or chosen.multivector_config is not None:
            raise InputError(
                f"{address.table} holds {'no' if chosen is None else 'several'} vectors a point:"
                " begriff rewrites one an item"
            )
        width, offset = int(chosen.size), None
        with (folder / "rows.jsonl").open("w") as lines, (folder / "vectors.f32").open("wb") as raw:
            while True:
                points, offset = client.scroll(
                    address.table,
                    limit=_BATCH,
                    offset=offset,
                    with_payload=True,
                    with_vectors=[vector],
                )
                for point in points:
                    found = (
                        point.vector.get(vector) if isinstance(point.vector, dict) else point.vector
                    )
                    if found is None:
                        raise InputError(
                            f"point {point.id} of {address.table} has no"
                            f" vector{f' {vector!r}' if named else ''}"
                        )
                    payload = {
                        place_of(k): v
                        for k, v in (point.payload or {}).items()
                        if not k.startswith(f"{OURS}_")
                    }
                    lines.write(json.dumps({**payload, "id": str(point.id)}, default=str) + "\n")
                    raw.write(np.asarray(found, dtype=np.float32).tobytes())
                if offset is None:
                    break
        if not (folder / "vectors.f32").stat().st_size:
            raise InputError(f"{address.table} is empty: there is nothing to build from")
    return width
