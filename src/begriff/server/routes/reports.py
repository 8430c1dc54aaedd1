"""Reports: what distinguishes two groups, what is new."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from begriff.errors import InputError
from begriff.reports.diff import Diff, diff
from begriff.reports.report import Report
from begriff.reports.series import time_column
from begriff.reports.trends import Trends, trends
from begriff.search.map_view import select
from begriff.server.atlas_pool import Opened
from begriff.server.bodies import CompareBody, Reports, Side, Where
from begriff.server.context import At, At_

__all__ = ["as_file", "file_headers", "FILES", "report", "router"]

router = APIRouter(tags=["findings"])
_KINDS = {
    "csv": "text/csv",
    "markdown": "text/markdown",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}
_ENDS = {"csv": "csv", "markdown": "md", "html": "html", "svg": "svg", "png": "png"}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for kind in _KINDS.values()}}
}
Alpha = Annotated[float, Query(gt=0, lt=1, description="False discovery rate.")]
Listed = Annotated[int, Query(ge=1, le=200, description="Concepts listed.")]
Format = Annotated[Reports, Query(description="json, or a file.")]


@router.get("/compare", response_model=Diff, responses=FILES)
async def compare(
    at: At_,
    a: Annotated[
        str | None,
        Query(
            max_length=4000, description="SQL condition; without it all items that b does not hold."
        ),
    ] = None,
    b: Annotated[
        str | None,
        Query(
            max_length=4000, description="SQL condition; without it all items that a does not hold."
        ),
    ] = None,
    where: Where = None,
    limit: Listed = 40,
    alpha: Alpha = 0.05,
    examples: Annotated[int, Query(ge=0, le=10)] = 2,
    other: Annotated[
        str | None,
        Query(max_length=200, description="Another atlas, of the same encoder, that b is of."),
    ] = None,
    format: Format = "json",
) -> Response:
    """Concepts by which two groups of items differ."""
    options: dict[str, Any] = {"where": where, "limit": limit, "alpha": alpha, "examples": examples}
    second = None if other is None else at.pool.get(other)
    also = None if second is None else (second.name, second.stamp)
    key = ("compare", a, b, also, *options.values())
    them = None if second is None else second.atlas
    return await report(
        at, key, lambda held: diff(held.atlas, them, a=a, b=b, **options), "compare", format, also
    )


@router.post("/compare", response_model=Diff, responses=FILES)
async def compare_selections(at: At_, body: CompareBody, format: Format = "json") -> Response:
    """The same for groups by condition, by ids, or by a polygon on the map."""
    options: dict[str, Any] = {
        "where": body.where,
        "limit": body.limit,
        "alpha": body.alpha,
        "examples": body.examples,
    }
    return await report(
        at,
        ("compare", body.model_dump_json()),
        lambda held: diff(held.atlas, a=_side(held, body.a), b=_side(held, body.b), **options),
        "compare",
        format,
    )


@router.get("/trends", response_model=Trends, responses=FILES)
async def timelines(
    at: At_,
    by: Annotated[
        str | None,
        Query(
            max_length=200,
            description="A number or date column; by default one that looks like a time.",
        ),
    ] = None,
    period: Annotated[
        str | None,
        Query(max_length=10, description="year, quarter, month, week or day; for dates."),
    ] = None,
    bins: Annotated[
        int | None, Query(ge=3, le=400, description="Number of periods; for numbers.")
    ] = None,
    where: Where = None,
    limit: Listed = 40,
    alpha: Alpha = 0.05,
    format: Format = "json",
) -> Response:
    """Which concepts emerge, fade, return or stand out over a column."""
    options: dict[str, Any] = {
        "period": period,
        "bins": bins,
        "where": where,
        "limit": limit,
        "alpha": alpha,
    }
    key = ("trends", by, *options.values())
    return await report(
        at,
        key,
        lambda held: trends(held.atlas, time_column(held.atlas, by), **options),
        "trends",
        format,
    )


def _side(held: Opened, side: Side | None) -> Any:
    """A group as the library takes it."""
    if side is None:
        return None
    given = [v for v in (side.where, side.ids, side.polygon) if v is not None]
    if len(given) != 1:
        raise InputError(f"a group with {len(given)} of where, ids and polygon: give exactly one")
    return select(held.atlas.snapshot, side.polygon) if side.polygon is not None else given[0]


async def report(
    at: At, key: Any, make: Callable[[Opened], Report], name: str, format: str, also: Any = None
) -> Response:
    """A report as a document, or as a file; one report is computed once for each state of the
    atlas.
    """

    def made(held: Opened) -> Any:
        report: Report = held.remember(key, lambda: make(held))
        return report if format == "json" else as_file(report, format)

    response = await at.answer(made, also)
    if format != "json" and response.status_code == 200:
        response.headers.update(file_headers(format, name))
    return response


def file_headers(format: str, name: str) -> dict[str, str]:
    """Headers of an answer that is a file."""
    return {
        "Content-Type": _KINDS[format],
        "Content-Disposition": f'attachment; filename="{name}.{_ENDS[format]}"',
    }


def as_file(report: Report, format: str) -> bytes:
    """The main table as CSV, all of it as Markdown or HTML, or its figure."""
    if format in ("markdown", "html"):
        return (report.to_markdown() if format == "markdown" else report.to_html()).encode()
    if format == "csv":
        return report.table().to_csv().encode()
    out = io.BytesIO()
    report.plot().savefig(out, format=format)
    return out.getvalue()
