"""Everything in an atlas as lines of text, a batch at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.atlas.search import mask_of
from begriff.atlas.steer import Given
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["export_concepts", "export_items"]

_BATCH = 512
_FIELDS = ("id", "name", "score", "score_all", "frequency", "stability", "background", "polysemous", "hidden", "pinned", "note", "aliases")


def export_items(atlas: Atlas, where: str | None = None, has: Given = None, format: str = "ndjson") -> Iterator[str]:
    """Items with their attributes and named concepts, strongest first.

    Parameters
    ----------
    atlas : Atlas
    where, has
        As in :meth:`begriff.Atlas.search`.
    format : {"ndjson", "csv"}
        A JSON object a line; or a table, in which concepts are ``name:strength`` joined by "; ".

    Raises
    ------
    InputError
        At once, for an unknown format or a filter that cannot be read.
    """
    _check(format)
    mask = mask_of(atlas, where, has)
    rows = np.arange(atlas.n_items) if mask is None else np.flatnonzero(mask)
    columns = ["id", *(c for c in atlas.columns if c != "id"), "concepts"]
    return _lines((_item(atlas, rows[i : i + _BATCH]) for i in range(0, len(rows), _BATCH)), columns, format)


def export_concepts(atlas: Atlas, format: str = "ndjson") -> Iterator[str]:
    """Concepts of the core, hidden ones among them.

    Raises
    ------
    InputError
        For an unknown format.
    """
    _check(format)
    return _lines(([c.model_dump(include=set(_FIELDS)) for c in atlas.concept_records],), list(_FIELDS), format)


def _check(format: str) -> None:
    if format not in ("ndjson", "csv"):
        raise InputError(f"format={format!r}: must be 'ndjson' or 'csv'")


def _item(atlas: Atlas, rows: Any) -> list[dict[str, Any]]:
    codes, names = atlas.merged_codes[rows], {c.row: c for c in atlas.concept_records if c.name and not c.hidden}
    out = []
    for i, record in enumerate(atlas.records(rows)):
        part = slice(codes.indptr[i], codes.indptr[i + 1])
        order = np.argsort(-codes.data[part], kind="stable")
        held = [(int(codes.indices[part][j]), float(codes.data[part][j])) for j in order]
        concepts = [{"id": names[j].id, "name": names[j].name, "strength": round(v, 4)} for j, v in held if j in names]
        out.append({**record.item, "id": record.id, "concepts": concepts})
    return out


def _lines(batches: Any, columns: list[str], format: str) -> Iterator[str]:
    if format == "csv":
        yield _row(columns)
    for batch in batches:
        if format == "csv":
            yield "".join(_row([_cell(entry.get(c)) for c in columns]) for entry in batch)
        else:
            yield "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in batch)


def _row(cells: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(f"{v['name']}:{v['strength']}" if isinstance(v, Mapping) else str(v) for v in value)
    return value
