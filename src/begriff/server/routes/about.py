"""What is served, and how it was made."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from begriff.atlas.making import restore
from begriff.documents.method_list import MethodList, list_methods
from begriff.documents.models import Document, Info, VersionList
from begriff.server.context import At_
from begriff.store.stages import Store

__all__ = ["open_router", "router"]

router = APIRouter(tags=["about"])
open_router = APIRouter(tags=["about"])


class Health(Document):
    """That the server runs, and which version."""

    status: str
    begriff: str


class Served(Document):
    """One atlas of the server."""

    name: str
    items: int
    version: int
    edits: int


class Atlases(Document):
    """All atlases of the server; the first is the default."""

    atlases: list[Served]
    read_only: bool


@open_router.get("/health")
async def health() -> Health:
    """Whether the server runs; needs no key."""
    return Health(status="ok", begriff=version("begriff"))


@router.get("/atlases", response_model=Atlases)
async def atlases(at: At_) -> Response:
    """The atlases by name."""
    held = [at.pool.get(name) for name in at.pool.names]
    listed = [
        Served(name=h.name, items=h.atlas.n_items, version=h.atlas.version, edits=h.edits)
        for h in held
    ]
    made = Atlases(atlases=listed, read_only=at.settings.read_only)
    return Response(
        made.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


@router.get("/info", response_model=Info)
async def info(at: At_) -> Response:
    """What is in an atlas, how it was made, and how good it is."""
    return await at.answer(
        lambda held: _without_paths(held.atlas.info()),
        also=Store(at.pool.get(at.name).atlas.path).under_way(),
    )


@router.get("/methods", response_model=MethodList)
async def methods(
    at: At_,
    kind: Annotated[
        str | None,
        Query(description="Only of this kind, such as dictionaries or erasers.", max_length=100),
    ] = None,
) -> Response:
    """The methods that can be used, those of plugins too, with their parameters and papers."""
    return await at.answer(lambda held: list_methods(kind))


@router.get("/versions", response_model=VersionList)
async def versions(at: At_) -> Response:
    """The versions that the atlas's folder keeps, oldest first."""
    return await at.answer(lambda held: _named(held.atlas.versions()))


@router.post("/versions/{version}/restore", response_model=VersionList)
async def go_back(
    at: At_, version: Annotated[int, Path(ge=1, le=2**53, description="As listed.")]
) -> Response:
    """Make a version that is kept the current one again, as a new version."""
    return await at.edit(
        lambda atlas: _named(
            restore(atlas.path, version, encoder=atlas.snapshot.given_encoder).versions()
        )
    )


def _named(found: VersionList) -> VersionList:
    return found.model_copy(update={"path": PurePath(found.path).name})


def _without_paths(found: Info) -> Info:
    """What a reader elsewhere has no use for: where files lie on this machine."""
    source = {
        k: PurePath(v).name if k in ("name", "vectors") and v else v
        for k, v in found.made["source"].items()
    }
    return found.model_copy(
        update={"path": PurePath(found.path).name, "made": {**found.made, "source": source}}
    )
