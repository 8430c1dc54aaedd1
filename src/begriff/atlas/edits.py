"""Applying people's edits to concepts, however often the atlas was rebuilt in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.atlas.documents import Concept
from begriff.atlas.journal import Journal
from begriff.base import Floats

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["apply_edits", "edit", "read_concepts"]

_SAME = 0.7
_DRIFTED = 0.5


def edit(atlas: Atlas, action: str, concept: Concept, **fields: Any) -> Concept:
    """Record an edit with the concept's direction, and return the concept as edited."""
    direction = [round(float(v), 5) for v in atlas.components[concept.row]]
    with atlas.store.lock():
        Journal(atlas.path / "journal.jsonl").append(action, concept=concept.id, was=concept.label, direction=direction, **fields)
    atlas.forget_edits()
    return atlas.concept_records[concept.row]


def read_concepts(found: list[dict[str, Any]], ids: NDArray[np.int64]) -> list[Concept]:
    """What the naming stage wrote, in the order of rows, with the ids of these rows."""
    kept = [{k: v for k, v in r.items() if k not in ("fails", "id")} for r in found]
    return [Concept(id=int(ids[row]), row=row, **r) for row, r in enumerate(kept)]


def apply_edits(records: list[Concept], components: Floats, entries: list[dict[str, Any]]) -> tuple[list[Concept], list[dict[str, Any]]]:
    """Concepts with edits applied, and the edits whose concept is gone.

    An edit stays with the id that was edited; if that is gone, it goes to the concept whose direction is nearest, if their cosine is at
    least .7.

    Parameters
    ----------
    records : list of Concept (n_core,)
    components : ndarray (n_concepts, n_dims)
    entries : list of dict
        Edits, oldest first.
    """
    records, lost, rows = list(records), [], {r.id: r.row for r in records}
    for entry in entries:
        if "direction" not in entry:  # a seeded concept stands beside the dictionary
            continue
        place = _find(np.asarray(entry["direction"], dtype=np.float32), components[: len(records)], rows.get(int(entry["concept"])))
        if place is None:
            lost.append({k: v for k, v in entry.items() if k != "direction"})
            continue
        record = records[place]
        if entry["action"] == "rename":
            aliases = [a for a in ([record.name] if record.name else []) + record.aliases if a != entry["name"]]
            records[place] = record.model_copy(update={"name": entry["name"], "aliases": aliases, "renamed": True})
        elif entry["action"] == "note":
            records[place] = record.model_copy(update={"note": entry["text"] or None})
        elif entry["action"] == "hide":
            records[place] = record.model_copy(update={"hidden": True})
    return records, lost


def _find(direction: Floats, core: Floats, row: int | None) -> int | None:
    if core.shape[1:] != direction.shape:
        return None
    likeness = core @ direction / max(float(np.linalg.norm(direction)), 1e-9)  # guards a damaged entry
    if row is not None and likeness[row] >= _DRIFTED:  # a concept may move further from its first place with every refit
        return row
    best = int(likeness.argmax())
    return best if likeness[best] >= _SAME else None
