"""Codes and names into the database that the vectors came from, so that searches there filter and
explain by concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Written
from begriff.errors import InputError
from begriff.kinds.checks import Progress
from begriff.readers.databases import OURS, Address, is_here, lance_table, parse_address
from begriff.readers.qdrant import open_client

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["write_back"]

_BATCH = 256
_LISTS = ("concepts", "strengths", "code_ids", "code_strengths")


def write_back(
    atlas: Snapshot, target: str | None = None, *, progress: Progress | None = None
) -> Written:
    """Write every item's named concepts and whole code beside its vector.

    In LanceDB they are columns: ``begriff_concepts`` (names, strongest first),
    ``begriff_strengths``, and ``begriff_code_ids`` and ``begriff_code_strengths`` (the whole code).
    In Qdrant they are the payload fields ``begriff_concepts`` and ``begriff_strengths``, and a
    sparse vector ``begriff`` whose indices are ids of concepts. What was written before is
    replaced; rows that are no items are left alone.

    Parameters
    ----------
    atlas : Snapshot
    target : str, optional
        ``"lancedb:PATH#TABLE"`` or ``"qdrant:URL#COLLECTION"``; by default what the atlas was built
        from.
    progress : callable, optional
        Called with (rows done, rows in all).

    Returns
    -------
    Written

    Raises
    ------
    InputError
        When there is no such table, or the atlas was not built from a database and none is named,
        or its items have no ids.
    RemoteError
        When the server fails.
    """
    source = atlas.store.require()["made"]["source"]
    given = target or source.get("address")
    address = parse_address(given)
    if address is None:
        raise InputError(
            f"{given or 'the source of this atlas'!r} is no database: name lancedb:PATH#TABLE or"
            " qdrant:URL#COLLECTION"
        )
    if target is None and not is_here(address):
        raise InputError(
            f"this atlas names {given}, and whoever made it chose that: write it out, `begriff"
            f" write-back {atlas.path} {given}`"
        )
    if source["id"] is None:
        raise InputError(
            "the items of this atlas have row numbers for ids: build it with --id COLUMN, so that"
            " they are found again"
        )
    rows, items = (_to_lance if address.kind == "lancedb" else _to_qdrant)(
        atlas, address, source["id"], progress
    )
    return Written(
        path=str(atlas.path), target=str(given), version=atlas.version, rows=rows, items=items
    )


def _entries(
    atlas: Snapshot, rows: NDArray[np.int64]
) -> Iterator[tuple[list[str], list[float], list[int], list[float]]]:
    """Of every item its named concepts and their activations, strongest first, and ids and
    activations of its whole code.
    """
    codes, merged = atlas.item_codes[rows], atlas.merged_codes[rows]
    names = {c.row: str(c.name) for c in atlas.concept_records if c.name and not c.hidden}
    for i in range(len(rows)):
        part, named = (
            slice(codes.indptr[i], codes.indptr[i + 1]),
            slice(merged.indptr[i], merged.indptr[i + 1]),
        )
        held = [
            (names[j], v)
            for j, v in zip(
                merged.indices[named].tolist(), merged.data[named].tolist(), strict=True
            )
            if j in names and v > 0
        ]
        held.sort(key=lambda pair: -pair[1])
        active = codes.data[part] > 0
        ids, strengths = (
            atlas.ids[codes.indices[part][active]].tolist(),
            codes.data[part][active].tolist(),
        )
        yield [n for n, _ in held], [v for _, v in held], ids, strengths


def _to_lance(
    atlas: Snapshot, address: Address, id: str, progress: Progress | None
) -> tuple[int, int]:
    """Columns of the table, a batch at a time."""
    import lance
    import pyarrow as pa

    dataset = lance_table(address)
    if id not in dataset.schema.names:
        raise InputError(
            f"{address.table} has no column {id!r}, which holds the ids of {atlas.path.name}"
        )
    old = [f"{OURS}_{n}" for n in _LISTS if f"{OURS}_{n}" in dataset.schema.names]
    if old:
        dataset.drop_columns(old)
    kinds = (pa.string(), pa.float32(), pa.int64(), pa.float32())
    schema = pa.schema([(f"{OURS}_{n}", pa.list_(k)) for n, k in zip(_LISTS, kinds, strict=True)])
    total, counts = dataset.count_rows(), {"rows": 0, "items": 0}
    atlas.items.rows_of([])  # now: a table cannot be read while another one asks for columns

    @lance.batch_udf(output_schema=schema)  # type: ignore[untyped-decorator]
    def columns(batch: Any) -> Any:
        rows = atlas.items.rows_of([str(i) for i in batch.column(id).to_pylist()])
        there = rows >= 0
        found = iter(_entries(atlas, rows[there]))
        entries = [next(found) if t else (None,) * len(_LISTS) for t in there]
        counts["rows"], counts["items"] = (
            counts["rows"] + len(rows),
            counts["items"] + int(there.sum()),
        )
        if progress is not None:
            progress(min(counts["rows"], total), total)
        return pa.RecordBatch.from_arrays(
            [pa.array([e[n] for e in entries], f.type) for n, f in enumerate(schema)], schema=schema
        )

    dataset.add_columns(columns, read_columns=[id], batch_size=_BATCH * 8)
    return total, counts["items"]


def _to_qdrant(
    atlas: Snapshot, address: Address, id: str, progress: Progress | None
) -> tuple[int, int]:
    """Payload and a sparse vector of the points whose ids are those of items."""
    from qdrant_client import models

    if id != "id":
        raise InputError(
            f"the items have the ids of the column {id!r}, not of points: build without --id"
        )
    ids, items = atlas.items.column("_id"), 0
    with open_client(address.place) as client:
        if not client.collection_exists(address.table):
            raise InputError(f"no collection {address.table!r} at {address.place}")
        total = client.count(address.table).count
        if OURS not in (client.get_collection(address.table).config.params.sparse_vectors or {}):
            client.create_vector_name(
                address.table,
                OURS,
                models.SparseVectorNameConfig(sparse=models.SparseVectorConfig()),
            )
        client.create_payload_index(
            address.table, f"{OURS}_concepts", models.PayloadSchemaType.KEYWORD
        )
        for start in range(0, atlas.n_items, _BATCH):
            points = [_point(str(i)) for i in ids[start : start + _BATCH]]
            asked = [p for p in points if p is not None]
            there = (
                {str(p.id) for p in client.retrieve(address.table, asked, with_payload=False)}
                if asked
                else set()
            )
            entries = _entries(atlas, np.arange(start, start + len(points)))
            known = [(p, e) for p, e in zip(points, entries, strict=True) if str(p) in there]
            items += len(known)
            if known:
                client.batch_update_points(
                    address.table,
                    [_vectors(models, known), *(_payload(models, p, e) for p, e in known)],
                )
            if progress is not None:
                progress(start + len(points), atlas.n_items)
    return total, items


def _point(id: str) -> int | str | None:
    """The id of a point, a number or a UUID; None for what can be none."""
    if id.isascii() and id.isdecimal():
        return int(id) if str(int(id)) == id else None
    try:
        return str(UUID(id))
    except ValueError:
        return None


def _vectors(models: Any, known: list[tuple[Any, Any]]) -> Any:
    vectors = [
        models.PointVectors(id=p, vector={OURS: models.SparseVector(indices=e[2], values=e[3])})
        for p, e in known
    ]
    return models.UpdateVectorsOperation(update_vectors=models.UpdateVectors(points=vectors))


def _payload(models: Any, point: Any, entry: Any) -> Any:
    payload = {f"{OURS}_concepts": entry[0], f"{OURS}_strengths": [round(v, 5) for v in entry[1]]}
    return models.SetPayloadOperation(
        set_payload=models.SetPayload(payload=payload, points=[point])
    )
