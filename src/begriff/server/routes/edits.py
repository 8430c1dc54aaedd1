"""People's edits: concepts, seeded concepts, saved searches, the journal."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from begriff.atlas.atlas import Atlas
from begriff.documents.models import Concept, Document, SavedSearch, SearchList, Seed, SeedList
from begriff.errors import InputError
from begriff.server.bodies import MergeBody, PatchBody, SaveBody, SeedBody, UndoBody
from begriff.server.context import At_

__all__ = ["router"]

router = APIRouter(tags=["edits"])
Id = Annotated[int, Path(ge=0, le=2**53, description="Id of a concept.")]


class Edits(Document):
    """The journal without what was undone, oldest first."""

    edits: list[dict[str, Any]]


@router.patch("/concepts/{id}", response_model=Concept)
async def change(at: At_, id: Id, body: PatchBody) -> Response:
    """Rename, annotate, hide or pin a concept; every part is an edit of its own in the journal."""
    return await at.edit(lambda atlas: _change(atlas, id, body))


def _change(atlas: Atlas, id: int, body: PatchBody) -> Concept:
    given = body.model_dump(exclude_none=True, exclude={"who"})
    if not given:
        raise InputError("nothing to change: give name, note, hidden or pinned")
    methods: dict[str, Any] = {
        "name": atlas.edits.rename,
        "note": atlas.edits.note,
        "hidden": atlas.edits.hide,
        "pinned": atlas.edits.pin,
    }
    return [methods[field](id, value, who=body.who) for field, value in given.items()][-1]


@router.post("/concepts/{id}/merge", response_model=Concept)
async def merge(at: At_, id: Id, body: MergeBody) -> Response:
    """Let a concept count under another."""
    return await at.edit(lambda atlas: atlas.edits.merge(id, body.into, who=body.who))


@router.get("/edits", response_model=Edits)
async def edits(at: At_) -> Response:
    """The journal."""
    return await at.answer(lambda held: Edits(edits=held.atlas.edits.list()))


@router.post("/edits/undo", response_model=dict[str, Any])
async def undo(at: At_, body: UndoBody) -> Response:
    """Take back an edit, by default the last; answers with it."""
    return await at.edit(lambda atlas: atlas.edits.undo(body.number, who=body.who))


@router.get("/seeds", response_model=SeedList)
async def seeds(at: At_) -> Response:
    """The seeded concepts."""
    return await at.answer(lambda held: held.atlas.seeds.list())


@router.post("/seeds", response_model=Seed)
async def seed(at: At_, body: SeedBody) -> Response:
    """Make a concept of one's own from words and examples, or refine it."""
    return await at.edit(
        lambda atlas: atlas.seeds.fit(
            body.name,
            words=body.words,
            yes=body.yes,
            no=body.no,
            probe=body.probe,
            who=body.who,
        )
    )


@router.get("/searches", response_model=SearchList)
async def searches(at: At_) -> Response:
    """The saved searches."""
    return await at.answer(lambda held: held.atlas.searches.list())


@router.post("/searches", response_model=SavedSearch)
async def save(at: At_, body: SaveBody) -> Response:
    """Keep a search under a name."""
    q = body.query
    return await at.edit(
        lambda atlas: atlas.searches.save(
            body.name,
            q.q,
            mode=q.mode,
            more=q.more,
            less=q.less,
            has=q.has,
            where=q.where,
            who=body.who,
        )
    )


@router.delete("/searches/{name:path}", response_model=dict[str, Any])
async def forget(
    at: At_,
    name: Annotated[str, Path(max_length=200)],
    who: Annotated[str, Query(max_length=100)] = "web",
) -> Response:
    """Take back a saved search."""
    return await at.edit(lambda atlas: atlas.searches.forget(name, who=who))
