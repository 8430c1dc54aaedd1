"""All items on a plane."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response

from begriff.documents.models import ItemTitles, Legend, Map
from begriff.search.map_view import colours as colours_of
from begriff.search.map_view import describe_map, highlight, titles
from begriff.server.bodies import Given, Where
from begriff.server.context import At_

__all__ = ["router"]

router = APIRouter(prefix="/map", tags=["map"])
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": _BINARY}}
Rows = Annotated[
    str, Query(max_length=2000, pattern=r"^[0-9]{1,9}(,[0-9]{1,9}){0,99}$", examples=["0,1,2"])
]
Concept = Annotated[int | None, Query(ge=0, le=2**53, description="Colour by this concept.")]
Column = Annotated[str | None, Query(max_length=200, description="Colour by this column.")]


@router.get("", response_model=Map)
async def about(at: At_) -> Response:
    """The layout and the names of its regions."""
    return await at.answer(
        lambda held: held.remember("map", lambda: describe_map(held.atlas.snapshot))
    )


@router.get("/points", response_class=Response, responses=_BYTES)
async def points(at: At_) -> Response:
    """Little-endian uint16 x, y of every item, in row order; 65535 is 1."""
    return await at.answer(
        lambda held: np.asarray(held.atlas.snapshot.layout[0]).astype("<u2").tobytes()
    )


@router.get("/colours", response_class=Response, responses=_BYTES)
async def colours(at: At_, concept: Concept = None, column: Column = None) -> Response:
    """A uint8 an item: the place of its value in the legend, or its activation; 255 (0 for a
    concept) where there is none.
    """
    return await at.answer(
        lambda held: colours_of(held.atlas.snapshot, concept=concept, column=column)[1].tobytes()
    )


@router.get("/legend", response_model=Legend)
async def legend(at: At_, concept: Concept = None, column: Column = None) -> Response:
    """What the colours mean."""
    return await at.answer(
        lambda held: colours_of(held.atlas.snapshot, concept=concept, column=column)[0]
    )


@router.get("/mask", response_class=Response, responses=_BYTES)
async def mask(
    at: At_,
    where: Where = None,
    has: Given = None,
    q: Annotated[str | None, Query(min_length=1, max_length=2000)] = None,
) -> Response:
    """A uint8 an item: 1 inside a filter, and among the 200 best hits of a query if one
    is given.
    """
    return await at.answer(
        lambda held: highlight(held.atlas.snapshot, q, where=where, has=has).astype("u1").tobytes()
    )


@router.get("/items", response_model=ItemTitles)
async def items(at: At_, rows: Rows) -> Response:
    """Ids and titles of some rows, at most 100."""
    return await at.answer(
        lambda held: titles(held.atlas.snapshot, [int(r) for r in rows.split(",")])
    )
