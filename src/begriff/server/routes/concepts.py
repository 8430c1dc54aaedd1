"""The named concepts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from begriff.documents.models import ConceptDetail, ConceptList, ExampleList
from begriff.errors import InputError
from begriff.reports.series import Series, series, time_column, timed_concepts
from begriff.reports.tree import Kin, family_list, kin
from begriff.reports.trends import Counts, count
from begriff.server.atlas_pool import Opened
from begriff.server.bodies import Cursor, Limit
from begriff.server.context import At_

__all__ = ["router"]

router = APIRouter(tags=["concepts"])
Sort = Literal["quality", "name", "frequency", "score", "stability", "trend"]
Id = Annotated[int, Path(ge=0, le=2**53, description="Id of a concept.")]
By = Annotated[str | None, Query(max_length=200, description="A number or date column.")]


@router.get("/concepts", response_model=ConceptList)
async def concepts(
    at: At_,
    like: Annotated[
        str | None,
        Query(
            min_length=1, max_length=300, description="Letters of a name, or words near a concept."
        ),
    ] = None,
    near: Annotated[
        int | None, Query(ge=0, le=2**53, description="Id of a concept: the others, nearest first.")
    ] = None,
    sort: Sort = "quality",
    limit: Limit = 100,
    cursor: Cursor = 0,
    hidden: Annotated[bool, Query(description="Also hidden and background concepts.")] = False,
    examples: Annotated[bool, Query(description="Add the strongest items' texts.")] = False,
    by: By = None,
) -> Response:
    """Concepts as a table; with `by` each with its course over that column."""

    def listed(held: Opened) -> ConceptList:
        options = {
            "like": like,
            "limit": limit,
            "after": cursor,
            "include_hidden": hidden,
            "examples": examples,
        }
        if near is not None and (by is not None or sort == "trend"):
            raise InputError(
                "near lists concepts by their directions, without courses: leave out by and"
                " sort=trend"
            )
        if near is not None:
            return held.atlas.list_concepts(near=near, **options)  # type: ignore[arg-type]
        if by is None and sort != "trend":
            return held.atlas.list_concepts(sort=sort, **options)  # type: ignore[arg-type]
        return timed_concepts(held.atlas, _counts(held, by), sort=sort, **options)  # type: ignore[arg-type]

    return await at.answer(listed)


@router.get("/concepts/{id}", response_model=ConceptDetail)
async def concept(at: At_, id: Id) -> Response:
    """One concept: names, examples over its range, words, neighbours, where its name fails."""
    return await at.answer(lambda held: held.atlas.concept(id))


@router.get("/concepts/{id}/items", response_model=ExampleList)
async def concept_items(
    at: At_,
    id: Id,
    order: Literal["strongest", "weakest", "spread"] = "strongest",
    limit: Limit = 20,
    cursor: Cursor = 0,
) -> Response:
    """Items of a concept over its range."""
    return await at.answer(
        lambda held: held.atlas.concept_items(id, order=order, limit=limit, after=cursor)
    )


@router.get("/concepts/{id}/family", response_model=Kin)
async def family(at: At_, id: Id) -> Response:
    """A concept's place in its family: what is more general, more specific, and beside it."""
    return await at.answer(
        lambda held: kin(
            held.atlas, id, found=held.remember("families", lambda: family_list(held.atlas))
        )
    )


@router.get("/concepts/{id}/trend", response_model=Series)
async def trend(at: At_, id: Id, by: By = None) -> Response:
    """The course of a concept over a column of time."""
    return await at.answer(lambda held: series(held.atlas, id, counts=_counts(held, by)))


def _counts(held: Opened, by: str | None) -> Counts:
    """Items per period and concept, counted once for each state of the atlas."""
    column = time_column(held.atlas, by)
    found: Counts = held.remember(("counts", column), lambda: count(held.atlas, column))
    return found
