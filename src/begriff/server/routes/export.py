"""Everything as a file, streamed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from begriff.atlas.export import export_concepts, export_items
from begriff.server.at import At_
from begriff.server.bodies import Given, Where

__all__ = ["router"]

router = APIRouter(prefix="/export", tags=["export"])
Format = Annotated[Literal["ndjson", "csv"], Query(description="One JSON object a line, or a table.")]
_KINDS = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {kind: {} for kind in _KINDS.values()}}}


@router.get("/items", response_class=Response, responses=_FILES)
async def items(at: At_, where: Where = None, has: Given = None, format: Format = "ndjson") -> Response:
    """Items with their attributes and named concepts."""
    return await at.stream(lambda held: export_items(held.atlas, where, has, format), _KINDS[format], f"items.{format}")


@router.get("/concepts", response_class=Response, responses=_FILES)
async def concepts(at: At_, format: Format = "ndjson") -> Response:
    """All concepts of the core."""
    return await at.stream(lambda held: export_concepts(held.atlas, format), _KINDS[format], f"concepts.{format}")
