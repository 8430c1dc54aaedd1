"""The page: one document for every address that it knows, and hashed files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["routes", "VIEWS"]

_FRESH = {"Cache-Control": "no-cache"}
VIEWS = (
    *("/", "/search", "/concepts", "/concepts/{id:int}", "/map", "/trends", "/compare"),
    *(
        "/classify",
        "/classify/{name}",
        "/erase",
        "/items/{id:path}",
        "/about",
        "/edits",
        "/help",
        "/docs",
    ),
)


def routes(folder: Path) -> APIRouter:
    """Routes over the built page.

    Parameters
    ----------
    folder : Path
        With ``index.html`` and ``assets/``.
    """

    async def index(request: Request) -> Response:
        return _page(folder)

    async def other(request: Request) -> Response:
        name = request.path_params["name"]
        known = {p.name: p for p in folder.glob("*") if p.is_file()}
        if name in known:
            return FileResponse(known[name], headers=_FRESH)
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(404)
        return _page(folder, 404)

    views = [Route(view, index) for view in VIEWS]
    hashed = (
        [Mount("/assets", Immutable(directory=folder / "assets"))]
        if (folder / "assets").is_dir()
        else []
    )
    return APIRouter(routes=[*views, *hashed, Route("/{name:no_api}", other)])


class NoApi(PathConvertor):
    """Addresses outside the API, whose own routes say which methods they know."""

    regex = "(?!api/).*"


register_url_convertor("no_api", NoApi())


def _page(folder: Path, status: int = 200) -> Response:
    """The page; it says itself when it does not know the address that it was asked for."""
    if not (folder / "index.html").is_file():
        raise HTTPException(
            404, "this installation holds no page: build it with `npm run build` in web/"
        )
    return FileResponse(folder / "index.html", status, headers=_FRESH)


class Immutable(StaticFiles):
    """Files whose names change with their content: kept by browsers for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
