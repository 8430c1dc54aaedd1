"""Items, concepts and the hits of a search as files, streamed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from begriff.atlas.export import export_concepts, export_items
from begriff.atlas.hit_files import HitFormat, hit_file
from begriff.server.bodies import Given, Mode, Text, Where
from begriff.server.context import At_

__all__ = ["router"]

router = APIRouter(prefix="/export", tags=["export"])
Format = Annotated[
    Literal["ndjson", "csv"], Query(description="One JSON object a line, or a table.")
]
_KINDS = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
_HIT_KINDS = {
    **_KINDS,
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
}
_ENDINGS = {"bibtex": "bib"}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in _KINDS.values()}}}
_HIT_FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in _HIT_KINDS.values()}}
}


@router.get("/items", response_class=Response, responses=_FILES)
async def items(
    at: At_, where: Where = None, has: Given = None, format: Format = "ndjson"
) -> Response:
    """All items inside a filter, in the order of the atlas, with their attributes and named
    concepts.
    """
    return await at.stream(
        lambda held: export_items(held.atlas.snapshot, where, has, format),
        _KINDS[format],
        f"items.{format}",
    )


@router.get("/hits", response_class=Response, responses=_HIT_FILES)
async def hits(
    at: At_,
    q: Text,
    k: Annotated[int, Query(ge=1, le=1000, description="How many of the best hits.")] = 100,
    mode: Mode = "dense",
    where: Where = None,
    more: Given = None,
    less: Given = None,
    has: Given = None,
    format: Annotated[
        HitFormat,
        Query(description="A table, one JSON object a line, or entries of a reference manager."),
    ] = "csv",
) -> Response:
    """The best hits of a search, in their order, with score and reason; or as references."""
    explain = format in _KINDS

    def search_again(held: Any) -> list[str]:
        most = min(k, held.atlas.n_items)
        found = held.atlas.search(
            q, k=most, mode=mode, more=more, less=less, has=has, where=where, explain=explain
        )
        return [hit_file(held.atlas, found, format)]

    return await at.stream(search_again, _HIT_KINDS[format], f"hits.{_ENDINGS.get(format, format)}")


@router.get("/concepts", response_class=Response, responses=_FILES)
async def concepts(at: At_, format: Format = "ndjson") -> Response:
    """All concepts of the core."""
    return await at.stream(
        lambda held: export_concepts(held.atlas.snapshot, format),
        _KINDS[format],
        f"concepts.{format}",
    )
