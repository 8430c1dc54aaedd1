"""What people change in concepts, written to the journal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from begriff.documents.models import Concept
from begriff.errors import InputError
from begriff.store.journal import open_journal
from begriff.store.names import as_written
from begriff.store.snapshot import Snapshot
from begriff.store.stages import PATIENCE

__all__ = ["edit", "merge", "record", "rename"]


def edit(
    atlas: Snapshot, action: str, concept: Concept, *, who: str | None = None, **fields: Any
) -> Concept:
    """Record an edit with the concept's direction, and return the concept as edited."""
    record(
        atlas,
        action,
        who=who,
        concept=concept.id,
        was=concept.label,
        direction=_direction(atlas, concept),
        **fields,
    )
    return atlas.concept_records[concept.row]


def rename(
    atlas: Snapshot, concept: Concept, name: str, *, seeded: Iterable[str], who: str | None = None
) -> Concept:
    """See :meth:`begriff.atlas.edits.Edits.rename`; ``seeded`` are the names of seeded concepts."""
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > 200 or not name.isprintable():
        raise InputError(f"name {name[:40]!r}: must be 1 to 200 printable characters")
    number = re.fullmatch(r"#(\d+)", name)
    if (
        number
        and int(number[1]) != concept.id
        and any(c.id == int(number[1]) for c in atlas.concept_records)
    ):
        raise InputError(
            f"name {name!r}: it stands for the concept of that id; give another, as {number[1]!r}"
        )
    if any(as_written(s) == as_written(name) for s in seeded):
        raise InputError(
            f"a seeded concept has the name {name!r}, which always means it: give another name"
        )
    return edit(atlas, "rename", concept, who=who, name=name)


def merge(atlas: Snapshot, concept: Concept, into: Concept, *, who: str | None = None) -> Concept:
    """See :meth:`begriff.atlas.edits.Edits.merge`."""
    if concept.id == into.id:
        raise InputError(
            f"concept {concept.id} ({concept.label}) cannot be merged into itself: give another one"
        )
    edit(
        atlas,
        "merge",
        concept,
        who=who,
        into=into.id,
        into_was=into.label,
        into_direction=_direction(atlas, into),
    )
    return atlas.concept_records[into.row]


def record(
    atlas: Snapshot, action: str, *, who: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Write an entry to the journal under the lock."""
    if who is not None and (len(who) > 100 or not who.isprintable()):
        raise InputError(f"who={who[:40]!r}: must be at most 100 printable characters")
    with atlas.store.lock(wait=PATIENCE):
        entry = open_journal(atlas.store).append(action, who=who, **fields)
    atlas.forget_edits()
    return entry


def _direction(atlas: Snapshot, concept: Concept) -> list[float]:
    return [round(float(v), 5) for v in atlas.components[concept.row]]
