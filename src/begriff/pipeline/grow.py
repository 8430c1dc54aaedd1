"""Items that come and go: the next version of an atlas, with the dictionary that it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError, MissingExtraError, unknown
from begriff.pipeline.change import Change, _counted
from begriff.pipeline.drift import as_growth
from begriff.pipeline.incoming import take_in
from begriff.pipeline.learn import smallest_corpus
from begriff.pipeline.plan import Meter
from begriff.pipeline.purge import forget, removed_before, traces_of
from begriff.store.row_plan import OnDuplicate
from begriff.store.snapshot import Snapshot
from begriff.store.stages import Store, digest

if TYPE_CHECKING:
    from begriff.documents.models import Growth

__all__ = ["add", "remove"]

_PATIENCE = 10.0


def add(
    atlas: Snapshot,
    source: Any,
    *,
    vectors: str | Path | NDArray[Any] | None = None,
    on_duplicate: OnDuplicate = "error",
    max_rejected: float = 0.05,
    progress: Meter | None = None,
) -> Growth:
    """See :meth:`begriff.Atlas.add`."""
    store = Store(atlas.path)
    with store.lock(wait=_PATIENCE):
        now = _current(atlas)
        change = Change(now, store, progress)
        try:
            came = take_in(
                now, store, source, vectors, on_duplicate, max_rejected, change.meter("items")
            )
            if not came.any:
                store.abandon()
                return as_growth(now, _counted(came), now.grown, now.fitted_on, None)
            return change.write(came.items, came.pick, came, came.key)
        except (InputError, MissingExtraError):
            store.abandon()
            raise


def remove(
    atlas: Snapshot,
    ids: Sequence[str] = (),
    *,
    where: str | None = None,
    purge: bool = False,
    progress: Meter | None = None,
) -> Growth:
    """See :meth:`begriff.Atlas.remove`."""
    if isinstance(ids, str):
        raise InputError(f"ids={ids!r}: give a list of ids")
    if not len(ids) and where is None:
        raise InputError("nothing to remove: give ids, or a condition")
    store, wanted = Store(atlas.path), {str(i) for i in ids}
    with store.lock(wait=_PATIENCE):
        now = _current(atlas)
        before = removed_before(store, wanted - now.known(wanted)) if purge else {}
        gone = now.where(where) if where is not None else np.zeros(now.n_items, dtype=bool)
        gone = gone | _with_ids(now, sorted(wanted - set(before)))
        kept = np.flatnonzero(~gone)
        if not gone.any() and not before:
            raise InputError(f"no item meets {where!r}: there is nothing to remove")
        if len(kept) < smallest_corpus:
            raise InputError(
                f"{len(kept)} items would be left: an atlas holds at least {smallest_corpus};"
                " delete its folder to be rid of it"
            )
        key = digest("purge" if purge else "remove", np.flatnonzero(gone).tolist(), sorted(before))
        if not purge:
            return Change(now, store, progress).write(kept, kept, None, key)
        rows = [*before.values(), *now.items.take(np.flatnonzero(gone).tolist())]
        traces = traces_of(rows, now.items, gone)
        growth = Change(now, store, progress, traces).write(kept, kept, None, key)
        forget(atlas, store, traces)
        return growth.model_copy(update={"purged": True})


def _current(atlas: Snapshot) -> Snapshot:
    """The atlas as it is published now, refused where something was erased from its vectors."""
    now = Snapshot(atlas.path, encoder=atlas.given_encoder)
    if now.erased:
        raise InputError(
            f"{now.erased[0]['concept']!r} was erased from {now.path}, and new items would bring it"
            " back: `begriff undo` the erasure, add or remove, and erase it again"
        )
    return now


def _with_ids(atlas: Snapshot, ids: Sequence[str]) -> NDArray[np.bool_]:
    """Which items (n_items,) have these ids."""
    wanted, found = set(ids), np.zeros(atlas.n_items, dtype=bool)
    if not wanted:
        return found
    row = 0
    for batch in atlas.items.batches(["_id"]):
        there = batch.column("_id").to_pylist()
        hits = [i for i, id in enumerate(there) if id in wanted]
        found[[row + i for i in hits]] = True
        wanted.difference_update(there[i] for i in hits)
        row += len(there)
    if len(wanted) == 1:
        raise unknown("item", next(iter(wanted)), atlas.items.column("_id")[:2000])
    if wanted:
        raise InputError(
            f"{len(wanted)} ids belong to no item: {', '.join(sorted(wanted)[:10])}; nothing was"
            " removed"
        )
    return found
