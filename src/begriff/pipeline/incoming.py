"""Rows that are to come into an atlas, beside those that it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError, unknown
from begriff.kinds.checks import Progress
from begriff.pipeline.given_vectors import (
    OWN,
    as_vectors,
    loaded,
    unit_rows,
    vectors_key,
    without_direction,
)
from begriff.pipeline.ingest import ingest
from begriff.readers import Reader, open_source
from begriff.store.erased import without
from begriff.store.gather import Pick
from begriff.store.items import Items, open_items, write_items
from begriff.store.row_numbers import highest_number
from begriff.store.row_plan import OnDuplicate, Plan, columns_of, without_repeats
from begriff.store.stages import Store, digest

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["Incoming", "take_in"]

_BATCH = 4096
_SAME = 1e-5  # by which two unit vectors differ in a dimension after they were rounded to float32


@dataclass(frozen=True)
class Incoming:
    """What a source brings.

    Attributes
    ----------
    key : str
        Hash of the version before and of what comes.
    folder : Path
    reader : Reader
    vectors : ndarray, path or column name, optional
        Of the rows of the source.
    rows : Items
        All rows that could be read.
    changed : Items
        Those whose text is new.
    items : ndarray (n_items,)
        A pick of the next version's rows, from the old ones and ``rows``.
    absent : tuple of str
        Columns that the source does not have: items that are known keep what they hold there.
    left_out : tuple of str
        Columns of the source that the atlas does not have.
    old : ndarray (n_rows,)
        The old row with the id of each of ``rows``, or -1.
    pick : ndarray (n_items,)
        The same for vectors, from the old ones and those of ``changed``.
    counts : dict
        added, updated, unchanged, rejected, and updated_texts, those of the updated whose text is
        another.
    """

    key: str
    folder: Path
    reader: Reader
    vectors: Any
    rows: Items
    changed: Items
    items: Pick
    absent: tuple[str, ...]
    left_out: tuple[str, ...]
    old: NDArray[np.int64]
    pick: Pick
    counts: dict[str, int]

    @property
    def any(self) -> bool:
        """Whether anything is new."""
        return bool((self.items < 0).any())


def take_in(
    atlas: Snapshot,
    store: Store,
    source: Any,
    vectors: Any,
    on_duplicate: OnDuplicate,
    max_rejected: float,
    progress: Progress | None,
) -> Incoming:
    """Read a source into ``incoming-KEY`` and compare it with what is there, by ids; going on where
    an earlier run stopped.

    Raises
    ------
    InputError
        For a source without the columns of the atlas, too many bad rows, repeated ids, or vectors
        that cannot be made.
    """
    reader = open_source(source)
    vectors = _vectors_of(atlas, reader, vectors)
    plan, absent, left_out = _plan(atlas, reader, [vectors] if isinstance(vectors, str) else [])
    plan = replace(plan, bad={} if vectors is None else without_direction(vectors, reader))
    plan = without_repeats(reader, plan, on_duplicate)
    made_by = atlas.encoder.name if vectors is None else vectors_key(vectors)
    key = digest(
        "add",
        atlas.store.require()["stages"],
        reader.fingerprint,
        sorted(plan.drop),
        sorted(plan.bad),
        made_by,
    )
    folder = store.path / f"incoming-{key}"
    store.begin()
    if not store.done("incoming", key):
        ingest(reader, plan, folder, max_rejected=max_rejected, progress=progress)
        store.finish("incoming", key)
    rows = open_items(folder)
    new, known = _matched(atlas, rows, plan)
    touched, texts = _differing(atlas, rows, known, [c for c in atlas.columns if c not in absent])
    if vectors is not None:
        texts |= _moved(atlas, rows, known, loaded(vectors, reader, folder / "given.npy"))
        touched &= ~texts
    fresh = np.sort(np.concatenate([new, known[texts, 0]]))
    changed = _changed(folder / "changed", fresh, rows)
    items, pick = (np.arange(atlas.n_items + len(new)) for _ in range(2))
    items[known[touched | texts, 1]] = -1 - known[touched | texts, 0]
    pick[known[texts, 1]] = -1 - np.searchsorted(fresh, known[texts, 0])
    items[atlas.n_items :], pick[atlas.n_items :] = -1 - new, -1 - np.searchsorted(fresh, new)
    rejected = folder / "rejected.jsonl"
    with rejected.open("rb") as f:
        n_rejected = sum(1 for _ in f)
    counts = {
        "added": len(new),
        "updated": int((touched | texts).sum()),
        "unchanged": int((~(touched | texts)).sum()),
        "rejected": n_rejected,
        "updated_texts": int(texts.sum()),
    }
    old = np.full(rows.n, -1, dtype=np.int64)
    old[known[:, 0]] = known[:, 1]
    return Incoming(
        key, folder, reader, vectors, rows, changed, items, absent, left_out, old, pick, counts
    )


def _vectors_of(atlas: Snapshot, reader: Reader, vectors: Any) -> Any:
    """The vectors of new items: those that were given, or the source's own where the atlas was made
    from such; None where they are encoded.

    Raises
    ------
    InputError
        Where there are none, and the atlas has no encoder.
    """
    made_from = atlas.store.require()["made"]["source"].get("vectors")
    if vectors is None and reader.vectors is not None and made_from is not None:
        vectors = OWN
    if vectors is None and not atlas.steerable:
        raise InputError(
            f"{atlas.path.name} was made from vectors that were given: give those of the new items"
            " with vectors="
        )
    return as_vectors(vectors, reader)


def _changed(folder: Path, fresh: NDArray[np.int64], rows: Items) -> Items:
    """Rows that need new vectors, written once."""
    if not (folder / "done").exists():
        write_items(folder, fresh, rows)
        folder.mkdir(exist_ok=True)
        (folder / "done").touch()
    return open_items(folder) if len(fresh) else Items(None, 0)


def _plan(
    atlas: Snapshot, reader: Reader, unseen: list[str]
) -> tuple[Plan, tuple[str, ...], tuple[str, ...]]:
    """What to read, columns as they are in the atlas; those that no row of the source has; and
    those of the source that it lacks.
    """
    meta = atlas.store.json("items", "columns")
    wanted = {*columns_of(meta).source_names, *([meta["id"]] if meta["id"] else [])}
    seen: dict[str, None] = {}
    for record in reader:
        seen.update(dict.fromkeys(record.row or ()))
    if not seen:
        raise InputError(f"{reader.name} holds no readable row: there is nothing to add")
    for name in (*meta["text"], *([meta["id"]] if meta["id"] else [])):
        if name not in seen:
            raise unknown("column", name, sorted(seen))
    first = highest_number(atlas)
    sources = meta.get("sources", {})
    absent = tuple(c for c in meta["kinds"] if sources.get(c, c) not in seen)
    return (
        Plan(columns_of(meta), tuple(meta["text"]), meta["id"], first=first),
        absent,
        tuple(c for c in seen if c not in wanted and c not in unseen),
    )


def _matched(
    atlas: Snapshot, rows: Items, plan: Plan
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows whose id is new, and pairs (n, 2) of a row and that of the atlas with the same id."""
    if plan.id is None:
        return np.arange(rows.n), np.empty((0, 2), dtype=np.int64)
    batches = rows.dataset.to_batches(columns=["_id"])
    old = np.concatenate(
        [
            np.empty(0, dtype=np.int64),
            *(atlas.items.rows_of(b.column("_id").to_pylist()) for b in batches),
        ]
    )
    return np.flatnonzero(old < 0), np.stack([np.flatnonzero(old >= 0), old[old >= 0]], axis=1)


def _moved(
    atlas: Snapshot, rows: Items, known: NDArray[np.int64], vectors: NDArray[Any]
) -> NDArray[np.bool_]:
    """Of every pair whether its vector is another now."""
    sources, moved = rows.column("_source"), np.zeros(len(known), dtype=bool)
    for start in range(0, len(known), _BATCH):
        part = known[start : start + _BATCH]
        fresh = without(unit_rows(vectors[sources[part[:, 0]]]), atlas.erasers)
        moved[start : start + len(part)] = (
            np.abs(fresh - atlas.item_vectors[part[:, 1]]).max(axis=1, initial=0) > _SAME
        )
    return moved


def _differing(
    atlas: Snapshot, rows: Items, known: NDArray[np.int64], columns: list[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of every pair whether the columns differ under the same text, and whether the text does."""
    touched, texts = np.zeros(len(known), dtype=bool), np.zeros(len(known), dtype=bool)
    columns = ["_text", *columns]
    for start in range(0, len(known), _BATCH):
        part = known[start : start + _BATCH]
        order = np.argsort(part[:, 1])
        fresh, old = (
            rows.take(part[order, 0].tolist(), columns),
            atlas.items.take(part[order, 1].tolist(), columns),
        )
        for i, a, b in zip(order.tolist(), fresh, old, strict=True):
            texts[start + i] = a["_text"] != b["_text"]
            touched[start + i] = a != b and a["_text"] == b["_text"]
    return touched, texts
