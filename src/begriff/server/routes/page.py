"""The page: one document for every address that it knows, and hashed files."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["routes", "VIEWS"]

VIEWS = ("/", "/search", "/concepts", "/concepts/{id:int}", "/map", "/trends", "/compare", "/items/{id:path}", "/about", "/edits")


def routes(folder: Path) -> APIRouter:
    """Routes over the built page.

    Parameters
    ----------
    folder : Path
        With ``index.html`` and ``assets/``.
    """

    async def index(request: Request) -> Response:
        if not (folder / "index.html").is_file():
            raise HTTPException(404, "this installation holds no page: build it with `npm run build` in web/")
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})

    async def top(request: Request) -> Response:
        found = {p.name: p for p in folder.glob("*") if p.is_file()}.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return FileResponse(found, headers={"Cache-Control": "no-cache"})

    views = [Route(view, index) for view in VIEWS]
    hashed = [Mount("/assets", Immutable(directory=folder / "assets"))] if (folder / "assets").is_dir() else []
    return APIRouter(routes=[*views, *hashed, Route("/{name}", top)])


class Immutable(StaticFiles):
    """Files whose names change with their content: kept by browsers for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
