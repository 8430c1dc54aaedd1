"""All items on a plane: names of regions, colours, and what lies inside a polygon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.analysis.regions import regions
from begriff.documents.models import FacetValue, ItemTitle, ItemTitles, Legend, Map, MapRegion
from begriff.documents.roles import column_roles
from begriff.errors import InputError, unknown
from begriff.search.rank import mask_of, search_rows
from begriff.search.seeds import resolver_of
from begriff.search.steer import Given
from begriff.search.views import strengths
from begriff.store.areas import inside_area

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["colours", "describe_map", "highlight", "select", "titles"]

_HIGHEST = 65535
_LISTED = 10
_SHOWN = 200
_NONE = 255


def describe_map(atlas: Snapshot) -> Map:
    """How the layout was made, and the well-named concepts that name its regions.

    Raises
    ------
    NotFoundError
        When the atlas has no layout.
    """
    points, made = atlas.layout
    named = [c for c in atlas.concept_records if c.well_named]
    codes = csr_array(atlas.merged_codes[:, [c.row for c in named]])
    found = regions(np.asarray(points) / _HIGHEST, codes)
    shown = [
        MapRegion(
            concept=named[r.column].id,
            name=named[r.column].label,
            x=r.x,
            y=r.y,
            items=r.items,
            level=r.level,
        )
        for r in found
    ]
    return Map(n=len(points), method=made["method"], placed=made["placed"], regions=shown)


def colours(
    atlas: Snapshot, *, concept: int | None = None, column: str | None = None
) -> tuple[Legend, NDArray[np.uint8]]:
    """What to colour items by, and a number (n_items,) for each.

    A category gives the place of its value in the legend, 255 for others and none; a number or date
    0 to 254 from low to high, 255 for none; a concept 0 where it is not active, else 1 to 255 by
    activation.

    Raises
    ------
    InputError
        For neither or both, or a column of text or lists.
    """
    if (concept is None) == (column is None):
        raise InputError("colour by a concept or by a column: give one of the two")
    if concept is not None:
        return _by_concept(atlas, concept)
    assert column is not None
    kinds = atlas.columns
    if column not in kinds:
        raise unknown("column", column, kinds)
    if kinds[column] in ("category", "boolean"):
        return _by_value(atlas, column)
    if kinds[column] in ("number", "date"):
        return _by_number(atlas, column, kinds[column])
    raise InputError(
        f"column {column!r} holds {kinds[column]}: colour by a category, boolean, number or date"
        " column"
    )


def _by_concept(atlas: Snapshot, concept: int) -> tuple[Legend, NDArray[np.uint8]]:
    found = resolver_of(atlas).find(concept)
    rows, values = strengths(atlas, found.row)
    out = np.zeros(atlas.n_items, dtype=np.uint8)
    high = float(np.quantile(values, 0.98)) if len(values) else 1.0
    # guards a concept without items
    out[rows] = np.clip(np.ceil(values / max(high, 1e-9) * _NONE), 1, _NONE)
    return Legend(kind="concept", label=found.label, low=0.0, high=high), out


def _by_value(atlas: Snapshot, column: str) -> tuple[Legend, NDArray[np.uint8]]:
    values = np.array(["" if v is None else str(v) for v in atlas.column(column)], dtype=object)
    found, place, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if found[i]][:_LISTED]
    rank = np.full(len(found), _NONE, dtype=np.uint8)
    rank[order] = np.arange(len(order))
    listed = [FacetValue(value=str(found[i]), count=int(counts[i])) for i in order]
    return Legend(kind="category", label=column, values=listed), rank[place]


def _by_number(atlas: Snapshot, column: str, kind: str) -> tuple[Legend, NDArray[np.uint8]]:
    given = atlas.column(column)
    if kind == "date":
        moments = given.astype("datetime64[s]")
        values = np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
    else:
        values = np.asarray(given, dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        raise InputError(f"column {column!r} has no value: colour by another one")
    low, high = (float(v) for v in np.quantile(values[known], [0.01, 0.99]))
    # guards a column of one value
    place = np.clip(np.nan_to_num(values - low) / max(high - low, 1e-9), 0, 1)
    ends = [str(np.datetime64(int(v), "s")) if kind == "date" else v for v in (low, high)]
    return Legend(kind=kind, label=column, low=ends[0], high=ends[1]), np.where(
        known, np.round(place * 254), _NONE
    ).astype(np.uint8)


def highlight(
    atlas: Snapshot, query: str | None, *, where: str | None = None, has: Given = None
) -> NDArray[np.bool_]:
    """Items (n_items,) inside a filter, and among the 200 best hits of a query if one is given."""
    mask = mask_of(atlas, where, has)
    if query is None:
        return np.ones(atlas.n_items, dtype=bool) if mask is None else mask
    out = np.zeros(atlas.n_items, dtype=bool)
    out[search_rows(atlas, query, _SHOWN, mask)] = True
    return out


def titles(atlas: Snapshot, rows: Sequence[int]) -> ItemTitles:
    """Ids and titles of items at positions.

    Raises
    ------
    InputError
        For a position that does not exist.
    """
    beyond = [r for r in rows if not 0 <= r < atlas.n_items]
    if beyond:
        raise InputError(f"row {beyond[0]}: this atlas has rows 0 to {atlas.n_items - 1}")
    column = column_roles(atlas.columns).get("title", "")
    titled = [
        (row, record.id, str(record.item.get(column) or record.text))
        for row, record in zip(rows, atlas.records(rows), strict=True)
    ]
    return ItemTitles(
        items=[
            ItemTitle(row=row, id=id, title=" ".join(title.split())[:160])
            for row, id, title in titled
        ]
    )


def select(atlas: Snapshot, polygon: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Items (n_items,) inside a polygon on the map, in coordinates from 0 to 1.

    Raises
    ------
    InputError
        When nothing lies inside.
    """
    mask = inside_area(atlas.layout[0], np.asarray(polygon, dtype=np.float64))
    if not mask.any():
        raise InputError(
            f"no item lies inside this polygon of {len(polygon)} points: draw around some"
        )
    return mask
