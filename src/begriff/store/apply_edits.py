"""Applying people's edits to concepts, however often the atlas was rebuilt in between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Concept
from begriff.kinds.checks import Floats
from begriff.store.names import as_written

__all__ = ["apply_edits", "read_concepts", "without_directions"]

_SAME = 0.7
_DRIFTED = 0.5


def read_concepts(found: list[dict[str, Any]], ids: NDArray[np.int64]) -> list[Concept]:
    """What the naming stage wrote, in the order of rows, with the ids of these rows."""
    kept = [{k: v for k, v in r.items() if k not in ("fails", "id")} for r in found]
    return [Concept(id=int(ids[row]), row=row, **r) for row, r in enumerate(kept)]


def apply_edits(
    records: list[Concept], components: Floats, entries: list[dict[str, Any]]
) -> tuple[list[Concept], list[dict[str, Any]]]:
    """Concepts with edits applied, and the edits whose concept is gone.

    An edit stays with the id that was edited; if that is gone, it goes to the concept whose
    direction is nearest, if their cosine is at least .7.

    Parameters
    ----------
    records : list of Concept (n_core,)
    components : ndarray (n_concepts, n_dims)
    entries : list of dict
        Edits, oldest first.
    """
    judged, records, lost, rows = records, list(records), [], {r.id: r.row for r in records}
    core = components[: len(records)]
    for entry in entries:
        if "direction" not in entry:  # a seeded concept stands beside the dictionary
            continue
        place = _find(
            np.asarray(entry["direction"], dtype=np.float32), core, rows.get(int(entry["concept"]))
        )
        if place is None:
            lost.append(without_directions(entry))
            continue
        if entry["action"] == "merge":
            other = _find(
                np.asarray(entry["into_direction"], dtype=np.float32),
                core,
                rows.get(int(entry["into"])),
            )
            if other is None or not _merge(records, place, other):
                lost.append(without_directions(entry))
        else:
            records[place] = records[place].model_copy(
                update=_changes(records[place], entry, judged[place])
            )
    return records, lost


def _changes(record: Concept, entry: dict[str, Any], judged: Concept) -> dict[str, Any]:
    """What an entry changes in a concept; scores belong to the name that was judged, so another
    name has none.
    """
    if entry["action"] == "rename":
        aliases = [
            a for a in ([record.name] if record.name else []) + record.aliases if a != entry["name"]
        ]
        same = judged.name is not None and as_written(judged.name) == as_written(entry["name"])
        scores = {
            k: getattr(judged, k) if same else none
            for k, none in (("score", None), ("score_all", None), ("judges", {}))
        }
        return {"name": entry["name"], "aliases": aliases, "renamed": True, **scores}
    if entry["action"] == "note":
        return {"note": entry["text"] or None}
    field = {"hide": "hidden", "pin": "pinned"}[entry["action"]]
    return {field: entry.get(field, True)}


def _merge(records: list[Concept], place: int, other: int) -> bool:
    """Let one concept count under another, with all that count under it; False where that would go
    in a circle.
    """
    by_id = {r.id: r.row for r in records}
    while records[other].merged_into is not None:
        other = by_id[int(records[other].merged_into or 0)]
    old, new = records[place], records[other]
    if new.id == old.id or old.merged_into is not None:
        return False
    names = [
        n
        for n in ([old.name] if old.name else []) + old.aliases
        if n != new.name and n not in new.aliases
    ]
    records[other] = new.model_copy(
        update={"merged": [*new.merged, old.id, *old.merged], "aliases": [*new.aliases, *names]}
    )
    for id in (old.id, *old.merged):
        records[by_id[id]] = records[by_id[id]].model_copy(
            update={"hidden": True, "merged_into": new.id, "merged": []}
        )
    return True


def without_directions(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the journal as people read it."""
    return {k: v for k, v in entry.items() if not k.endswith("direction")}


def _find(direction: Floats, core: Floats, row: int | None) -> int | None:
    if core.shape[1:] != direction.shape:
        return None
    # guards a damaged entry
    likeness = core @ direction / max(float(np.linalg.norm(direction)), 1e-9)
    # a concept may move further from its first place with every refit
    if row is not None and likeness[row] >= _DRIFTED:
        return row
    best = int(likeness.argmax())
    return best if likeness[best] >= _SAME else None
