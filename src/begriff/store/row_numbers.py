"""Ids of items that have no column of ids: numbers that are given once, and never to
another item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from begriff.store.manifest import Manifest
from begriff.store.mentions import mentioned_ids

if TYPE_CHECKING:
    from begriff.store.items import Items
    from begriff.store.snapshot import Snapshot

__all__ = ["highest_id", "highest_number"]


def highest_number(atlas: Snapshot) -> int:
    """The highest row number that an item of this atlas ever had; 0 where ids come from a column.

    Of an atlas that was changed by a version which did not write that down, it is the highest that
    can have been given: of the items that are there, of those that people's edits and models speak
    of, and as many as came since the concepts were learnt.
    """
    if atlas.store.json("items", "columns")["id"] is not None:
        return 0
    manifest = atlas.store.require()
    known = manifest.get("numbered")
    if known is not None:
        return int(known)
    came = sum(g["added"] + g.get("rejected", 0) for g in atlas.grown)
    read = _counted(manifest, atlas) + came if atlas.grown else 0
    return max(highest_id(atlas.items), read, *map(_number, mentioned_ids(atlas.path)), 0)


def highest_id(items: Items) -> int:
    """The highest number among ids."""
    batches = items.batches(["_id"]) if items.n else ()
    return max((_number(i) for b in batches for i in b.column("_id").to_pylist()), default=0)


def _counted(manifest: Manifest, atlas: Snapshot) -> int:
    """Rows that were read when the concepts were learnt, at most: items and bad rows."""
    return int(manifest.get("fitted_on", 0)) + int(atlas.store.json("items", "columns")["rejected"])


def _number(id: str) -> int:
    return int(id) if id.isascii() and id.isdigit() and len(id) < 16 else 0
