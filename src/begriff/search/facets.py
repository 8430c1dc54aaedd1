"""How columns are spread over a set of items."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Facet, Facets, FacetValue
from begriff.errors import InputError, unknown
from begriff.search.rank import mask_of, search_rows
from begriff.search.steer import Given

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["facets"]

_BEST = 1000
_LISTED = 20
_BINS = 20
_WHOLE = 60
_CALENDAR = tuple(
    {name.lower(): place for listed in names for place, name in enumerate(listed) if name}
    for names in (
        (calendar.month_name, calendar.month_abbr),
        (calendar.day_name, calendar.day_abbr),
    )
)
_FIGURES = re.compile(r"\d{4}([-/.]\d{1,2}){0,2}|(\d{4}[- ]?)?q[1-4]")
_KINDS = ("category", "boolean", "list", "number", "date")


def facets(
    atlas: Snapshot, query: Any, where: str | None, has: Given, columns: Sequence[str] | None
) -> Facets:
    """See :meth:`begriff.Atlas.facets`."""
    kinds = atlas.columns
    for name in columns or ():
        if name not in kinds:
            raise unknown("column", name, kinds)
        if kinds[name] not in _KINDS:
            raise InputError(
                f"column {name!r} holds {kinds[name]}: facets are made of {', '.join(_KINDS)}"
                " columns"
            )
    mask = mask_of(atlas, where, has)
    rows = np.arange(atlas.n_items) if mask is None else np.flatnonzero(mask)
    candidates = len(rows)
    if query is not None:
        rows = search_rows(atlas, query, _BEST, mask)
    chosen = columns or [n for n, k in kinds.items() if k in _KINDS]
    found = [_facet(name, kinds[name], atlas.column(name)[rows]) for name in chosen]
    return Facets(candidates=candidates, scope="all" if query is None else "best", facets=found)


def _facet(name: str, kind: str, values: NDArray[Any]) -> Facet:
    if kind == "number":
        return _numbers(name, values)
    if kind == "date":
        return _dates(name, values)
    flat = [
        v
        for value in values
        for v in ([] if value is None else value if kind == "list" else [value])
    ]
    found, counts = np.unique(
        np.array([str(v).lower() if kind == "boolean" else str(v) for v in flat], dtype=object),
        return_counts=True,
    )
    order = _by_calendar(found, np.argsort(-counts, kind="stable")[:_LISTED])
    listed = [FacetValue(value=str(found[i]), count=int(counts[i])) for i in order]
    missing = sum(v is None or (kind == "list" and not len(v)) for v in values)
    return Facet(column=name, kind=kind, values=listed, missing=missing, distinct=len(found))


def _by_calendar(values: NDArray[Any], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order, most frequent first, unless all values are months or days of the week, or years,
    months, quarters or days in figures.
    """
    texts = [str(values[i]).strip().lower() for i in order]
    for names in _CALENDAR:
        if texts and all(t in names for t in texts):
            return order[np.argsort([names[t] for t in texts], kind="stable")]
    if texts and (
        all(map(_FIGURES.fullmatch, texts))
        or all(t.isdecimal() and 1 <= int(t) <= 31 for t in texts)
    ):
        return order[
            sorted(range(len(texts)), key=lambda i: [int(n) for n in re.findall(r"\d+", texts[i])])
        ]
    return order


def _numbers(name: str, values: NDArray[Any]) -> Facet:
    """A bin a whole number where they are few, else equally wide bins between the 0.5 % and 99.5 %
    quantiles and the ends.
    """
    given = np.asarray(values, dtype=np.float64)
    known = given[np.isfinite(given)]
    if not len(known):
        return Facet(column=name, kind="number", missing=len(given), distinct=0)
    low, high = float(known.min()), float(known.max())
    if (known == np.round(known)).all() and high - low < _WHOLE:
        edges = np.arange(low, high + 2)
    else:
        near, far = np.quantile(known, [0.005, 0.995])
        edges = np.unique(
            np.concatenate([[low], np.linspace(near, far, _BINS + 1), [np.nextafter(high, np.inf)]])
        )
    counts = np.histogram(known, edges)[0]
    distinct = len(np.unique(known))
    return Facet(
        column=name,
        kind="number",
        edges=edges.tolist(),
        counts=counts.tolist(),
        missing=len(given) - len(known),
        distinct=distinct,
    )


def _dates(name: str, values: NDArray[Any]) -> Facet:
    moments = values.astype("datetime64[us]")
    known = moments[~np.isnat(moments)]
    if not len(known):
        return Facet(column=name, kind="date", missing=len(moments), distinct=0)
    numbers = known.astype(np.int64)
    edges = np.linspace(numbers.min(), numbers.max() + 1, _BINS + 1).astype(np.int64)
    edges = np.unique(edges)
    counts = np.histogram(numbers, edges)[0]
    text = [str(e.astype("datetime64[us]").astype("datetime64[s]")) for e in edges]
    missing, distinct = len(moments) - len(known), len(np.unique(numbers))
    return Facet(
        column=name,
        kind="date",
        edges=list(text),
        counts=counts.tolist(),
        missing=missing,
        distinct=distinct,
    )
