"""Reports on the corpus as a whole, and on a text beside it: families of concepts, items that
repeat each other, what is new.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from begriff.reports.duplicates import Duplicates
from begriff.reports.duplicates import duplicates as duplicates_of
from begriff.reports.novelty import Novelty, novelty
from begriff.reports.tree import Tree
from begriff.reports.tree import tree as tree_of
from begriff.server.bodies import NoveltyBody, Reports
from begriff.server.context import At_
from begriff.server.routes.reports import FILES, report

__all__ = ["router"]

router = APIRouter(tags=["findings"])
Format = Annotated[Reports, Query(description="json, or a file.")]


@router.get("/tree", response_model=Tree, responses=FILES)
async def tree(
    at: At_,
    by: Annotated[
        Literal["families", "prefixes"],
        Query(description="By what occurs together, or by the layers of the dictionary."),
    ] = "families",
    limit: Annotated[int, Query(ge=1, le=200, description="Trees listed.")] = 30,
    format: Format = "json",
) -> Response:
    """Families of concepts, from general to specific: which concepts occur where
    another one does.
    """
    return await report(
        at,
        ("tree", by, limit),
        lambda held: tree_of(held.atlas, by=by, limit=limit),
        "tree",
        format,
    )


@router.get("/duplicates", response_model=Duplicates, responses=FILES)
async def duplicates(
    at: At_,
    min_cosine: Annotated[
        float, Query(gt=0, le=1, description="Of two items that count as the same.")
    ] = 0.97,
    limit: Annotated[int, Query(ge=1, le=500, description="Groups listed.")] = 20,
    format: Format = "json",
) -> Response:
    """Groups of items that say the same."""
    key = ("duplicates", min_cosine, limit)
    return await report(
        at,
        key,
        lambda held: duplicates_of(held.atlas, min_cosine=min_cosine, limit=limit),
        "duplicates",
        format,
    )


@router.post("/novelty", response_model=Novelty, responses=FILES)
async def new(at: At_, body: NoveltyBody, format: Format = "json") -> Response:
    """How new a text is among the items, and in what."""
    key = ("novelty", body.model_dump_json())
    return await report(
        at,
        key,
        lambda held: novelty(held.atlas, body.text, by=body.by, k=body.k),
        "novelty",
        format,
    )
