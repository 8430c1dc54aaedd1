"""One concept over time, and lists of concepts with their courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from begriff.analysis.differences import wilson
from begriff.analysis.time_series import slopes
from begriff.documents.models import Concept, ConceptList, Document
from begriff.errors import InputError
from begriff.reports.report import ConceptRef
from begriff.reports.trends import Counts, count
from begriff.search.seeds import resolver_of
from begriff.search.views import with_examples

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Series", "series", "time_column", "timed_concepts"]


class Series(Document):
    """Share of the items that hold a concept in every period, with 95 % intervals; ``slope`` in
    log-odds from one period to the next.
    """

    concept: ConceptRef
    by: str
    periods: list[str]
    items: list[int]
    shares: list[float]
    low: list[float]
    high: list[float]
    slope: float
    q: float


def series(
    atlas: Atlas, concept: int | str, by: str | None = None, *, counts: Counts | None = None
) -> Series:
    """The course of one concept.

    Parameters
    ----------
    atlas : Atlas
    concept : int or str
        Id or name.
    by : str, optional
        A number or date column; by default the one that looks like a time.
    counts : Counts, optional
        What :func:`begriff.reports.trends.count` gave for the column before.

    Raises
    ------
    InputError
        For an unknown or hidden concept, or a column that is no time.
    """
    found = resolver_of(atlas.snapshot).find(concept)
    counts = counts or count(atlas, time_column(atlas, by))
    place = _places(counts).get(found.id)
    if place is None:
        raise InputError(
            f"concept {found.id} ({found.label}) is hidden: show it again to see its course"
        )
    active = counts.active[:, place]
    low, high = wilson(active, counts.totals)
    line = slopes(counts.active, counts.totals)
    return Series(
        concept=counts.columns.concepts[place],
        by=counts.by,
        periods=counts.periods.labels,
        items=counts.totals.tolist(),
        shares=(active / np.maximum(counts.totals, 1)).tolist(),
        low=low.tolist(),
        high=high.tolist(),
        # a concept that never changes has no slope to tell
        slope=float(np.nan_to_num(line.slope[place])),
        q=float(np.nan_to_num(line.q[place], nan=1.0)),
    )


def time_column(atlas: Atlas, by: str | None) -> str:
    """The column given, or the one that looks like a time."""
    if by is not None:
        return by
    if atlas.snapshot.time_column is None:
        raise InputError(
            "no column of this atlas looks like a time: name one with by=COLUMN (a number or a"
            " date)"
        )
    return atlas.snapshot.time_column


def timed_concepts(
    atlas: Atlas,
    counts: Counts,
    *,
    like: str | None = None,
    sort: str = "quality",
    limit: int = 100,
    after: int = 0,
    include_hidden: bool = False,
    examples: bool = False,
) -> ConceptList:
    """What :meth:`begriff.Atlas.list_concepts` gives, each concept with its course;
    ``sort="trend"`` puts those first whose rise is most certain.

    Parameters
    ----------
    counts : Counts
        Of a column of time, by :func:`begriff.reports.trends.count`.
    """
    if sort != "trend":
        page = atlas.list_concepts(
            like=like,
            sort=sort,
            limit=limit,
            after=after,
            include_hidden=include_hidden,
            examples=examples,
        )
        return page.model_copy(
            update={"concepts": _timed(counts, page.concepts), "periods": counts.periods.labels}
        )
    every = atlas.list_concepts(
        like=like, limit=len(atlas.snapshot.concept_records) + 1, include_hidden=include_hidden
    )
    places, z = _places(counts), slopes(counts.active, counts.totals).z
    rises = {c.id: float(z[places[c.id]]) if c.id in places else 0.0 for c in every}
    ranked = sorted(
        _timed(counts, every.concepts), key=lambda c: (not c.pinned, -rises[c.id], c.id)
    )
    shown = ranked[after : after + limit]
    further = after + limit if after + limit < len(ranked) else None
    return ConceptList(
        concepts=with_examples(atlas.snapshot, shown) if examples else shown,
        next=further,
        periods=counts.periods.labels,
    )


def _timed(counts: Counts, concepts: list[Concept]) -> list[Concept]:
    places = _places(counts)
    shares = np.round(counts.active / np.maximum(counts.totals, 1)[:, None], 5)
    slope = slopes(counts.active, counts.totals).slope
    known = [c for c in concepts if c.id in places]
    courses = {
        c.id: {"sparkline": shares[:, places[c.id]].tolist(), "trend": float(slope[places[c.id]])}
        for c in known
    }
    return [c.model_copy(update=courses.get(c.id, {})) for c in concepts]


def _places(counts: Counts) -> dict[int, int]:
    return {c.id: j for j, c in enumerate(counts.columns.concepts) if c.id is not None}
