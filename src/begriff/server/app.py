"""The application: routes and middleware as data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from starlette.middleware import Middleware

from begriff.server.atlas_pool import AtlasPool
from begriff.server.context import Settings, check_key
from begriff.server.jobs import Jobs
from begriff.server.middleware import AccessLog, Guard
from begriff.server.parameters import known_parameters
from begriff.server.paths import EncodedIds
from begriff.server.problems import PROBLEMS, add_handlers
from begriff.server.routes import (
    about,
    classify,
    collection,
    concepts,
    edits,
    erase,
    export,
    items,
    maps,
    page,
    reports,
)
from begriff.server.routes import guard as guard_routes
from begriff.server.work import Work
from begriff.tasks.guard import TextGuard

__all__ = ["create_app", "Settings"]


def create_app(
    pool: AtlasPool, settings: Settings | None = None, guard: TextGuard | None = None
) -> FastAPI:
    """The application over some atlases.

    Parameters
    ----------
    pool : AtlasPool
    settings : Settings, optional
    guard : TextGuard, optional
        What ``/guard`` checks texts with.

    Returns
    -------
    FastAPI
        An ASGI application: the API under ``/api/v1``, the page elsewhere.

    Examples
    --------
    >>> from begriff.server import create_app
    >>> from begriff.server.atlas_pool import AtlasPool
    >>> app = create_app(AtlasPool.open(["papers.atlas"]))  # doctest: +SKIP
    """
    settings = settings or Settings()
    work = Work(settings.threads, settings.waiting, settings.limit)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        work.close()

    app = FastAPI(
        title="begriff",
        version=version("begriff"),
        description=(
            "Atlases of named concepts: search with reasons, concepts, differences, trends, edits."
        ),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=_middleware(settings),
    )
    app.state.pool, app.state.settings, app.state.work, app.state.jobs = (
        pool,
        settings,
        work,
        Jobs(),
    )
    app.state.guard = guard
    api = APIRouter(
        prefix="/api/v1",
        dependencies=[Depends(check_key), Depends(known_parameters)],
        responses=PROBLEMS,
    )
    for family in (
        about,
        items,
        concepts,
        edits,
        reports,
        collection,
        maps,
        export,
        classify,
        erase,
        guard_routes,
    ):
        api.include_router(family.router)
    app.include_router(about.open_router, prefix="/api/v1")
    app.include_router(api)
    app.include_router(page.routes(Path(str(files("begriff.server") / "static"))))
    add_handlers(app)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    origins, methods, headers = (
        list(settings.origins),
        ["GET", "POST", "PATCH", "DELETE"],
        ["Authorization", "Content-Type"],
    )
    guard = Middleware(
        Guard,
        hosts=settings.hosts,
        origins=origins,
        max_body=settings.max_body,
        patience=settings.patience,
    )
    cross = (
        [
            Middleware(
                CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=headers
            )
        ]
        if origins
        else []
    )
    return [
        Middleware(AccessLog),
        guard,
        *cross,
        Middleware(EncodedIds),
        Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
    ]
