"""Finding items, and reading one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from begriff.documents.models import Facets, Hit, Hits, ItemDetail, Marks
from begriff.errors import InputError
from begriff.reports.why_not import WhyNot, why_not
from begriff.server.atlas_pool import Opened
from begriff.server.bodies import Fields, Given, Mode, Number, SearchBody, Text, Where
from begriff.server.context import At_
from begriff.server.fields import REASONS, HitParts, hit_parts, read_fields
from begriff.server.paths import ItemId

__all__ = ["router"]

router = APIRouter(tags=["items"])


@router.get("/search", response_model=Hits | HitParts)
async def search(
    at: At_,
    q: Text,
    k: Number = 10,
    mode: Mode = "dense",
    where: Where = None,
    more: Given = None,
    less: Given = None,
    has: Given = None,
    explain: bool = True,
    cursor: Annotated[int, Query(ge=0, le=10_000)] = 0,
    fields: Fields = None,
) -> Response:
    """Items for a query, steered by concepts, each with its reasons."""
    return await at.answer(
        lambda held: _search(
            held,
            q,
            fields,
            explain,
            k=k,
            mode=mode,
            more=more,
            less=less,
            has=has,
            where=where,
            after=cursor,
        )
    )


@router.post("/search", response_model=Hits | HitParts)
async def search_by_body(at: At_, body: SearchBody) -> Response:
    """The same by a body: a long query, weights as an object, or a vector instead of words."""
    if (body.q is None) == (body.vector is None):
        raise InputError(
            "give q, the words to look for, or vector, a list of numbers: one of the two"
        )
    query, b = body.q if body.q is not None else body.vector, body
    options = {
        "k": b.k,
        "mode": b.mode,
        "more": b.more,
        "less": b.less,
        "has": b.has,
        "where": b.where,
        "after": b.cursor,
    }
    return await at.answer(lambda held: _search(held, query, b.fields, b.explain, **options))


def _search(
    held: Opened, query: Any, fields: list[str] | None, explain: bool, **options: Any
) -> Hits | HitParts:
    """The hits, or only some parts of them; reasons are not computed where none is asked for."""
    if fields is None:
        return held.atlas.search(query, explain=explain, **options)
    chosen = read_fields(fields, Hit, held.atlas.columns)
    explain = explain and any(chosen.has(part) for part in REASONS)
    return hit_parts(held.atlas.search(query, explain=explain, **options), chosen)


@router.get("/facets", response_model=Facets)
async def facets(
    at: At_,
    q: Annotated[str | None, Query(min_length=1, max_length=2000)] = None,
    where: Where = None,
    has: Given = None,
    column: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> Response:
    """How the columns are spread over the items inside a filter, or over the 1,000 best hits of a
    query.
    """
    return await at.answer(
        lambda held: held.remember(
            ("facets", q, where, str(has), str(column)),
            lambda: held.atlas.facets(q, where=where, has=has, columns=column),
        )
    )


@router.get("/why-not", response_model=WhyNot)
async def missed(
    at: At_,
    q: Text,
    id: Annotated[
        str, Query(min_length=1, max_length=500, description="The document that was expected.")
    ],
    k: Number = 10,
    more: Given = None,
    less: Given = None,
    where: Where = None,
) -> Response:
    """What cost a document its rank, and the smallest steering that brings it up."""
    return await at.answer(
        lambda held: why_not(held.atlas, q, id, k=k, more=more, less=less, where=where)
    )


@router.get("/items/{id:path}/neighbours", response_model=Hits)
async def neighbours(
    at: At_,
    id: ItemId,
    k: Number = 10,
    where: Where = None,
    cursor: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """The items nearest to an item, with reasons."""
    return await at.answer(lambda held: held.atlas.neighbours(id, k=k, where=where, after=cursor))


@router.get("/items/{id:path}/marks", response_model=Marks)
async def marks(at: At_, id: ItemId) -> Response:
    """The parts of an item's text with the concepts that they switch on."""
    return await at.answer(lambda held: held.remember(("marks", id), lambda: held.atlas.marks(id)))


@router.get("/items/{id:path}", response_model=ItemDetail | dict[str, Any])
async def item(at: At_, id: ItemId, fields: Fields = None) -> Response:
    """One item as its concepts."""
    return await at.answer(lambda held: _item(held, id, fields))


def _item(held: Opened, id: str, fields: list[str] | None) -> ItemDetail | dict[str, Any]:
    found = held.atlas.item(id)
    return (
        found if fields is None else read_fields(fields, ItemDetail, held.atlas.columns).of(found)
    )
