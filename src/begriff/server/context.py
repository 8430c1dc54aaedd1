"""What a route works with: one atlas of the pool, threads to work on, and one way to answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from begriff.atlas.atlas import Atlas
from begriff.errors import BegriffError, ChangedError, InputError, LockedError
from begriff.server.atlas_pool import AtlasPool, Opened
from begriff.server.jobs import Jobs, Meter
from begriff.server.problems import problem
from begriff.server.work import Work

__all__ = ["At", "At_", "check_key", "Settings"]

_VERSION = version("begriff")
_TRIES = 3
T = TypeVar("T")
_BEARER = HTTPBearer(
    auto_error=False, description="The key that the server was started with, if any."
)


@dataclass(frozen=True)
class Settings:
    """How a server behaves.

    Attributes
    ----------
    read_only : bool
        Refuse every edit.
    api_key : str or None
        What every request must carry as ``Authorization: Bearer KEY``.
    hosts : tuple of str or None
        Names by which the server may be called; None for any.
    origins : tuple of str
        Other sites whose pages may use the API (CORS); none by default.
    threads, waiting : int
        Requests that are worked on at once, and that may wait.
    limit : float
        Seconds that a request may take.
    max_body : int
        Bytes of a request's body.
    patience : float
        Seconds within which a body must have come.
    """

    read_only: bool = False
    api_key: str | None = None
    hosts: tuple[str, ...] | None = ("localhost", "127.0.0.1", "::1")
    origins: tuple[str, ...] = ()
    threads: int = 4
    waiting: int = 256
    limit: float = 30.0
    max_body: int = 1_000_000
    patience: float = 10.0


@dataclass(frozen=True)
class At:
    """One request's atlas."""

    request: Request
    pool: AtlasPool
    work: Work
    jobs: Jobs
    settings: Settings
    name: str | None

    async def answer(
        self, make: Callable[[Opened], BaseModel | dict[str, Any] | bytes], also: Any = None
    ) -> Response:
        """What ``make`` gives for the atlas: a document as JSON, bytes as they are; 304 where the
        caller has it already.

        ``also`` is what the answer depends on besides the address and this atlas. ``make`` runs on
        a thread; where a build replaced the atlas in the meantime, it runs again on the new one.
        """
        held = self.pool.get(self.name)
        headers = self._headers(held, also)
        # a body is not in the tag
        known = (
            self.request.headers.get("if-none-match", "") if self.request.method == "GET" else ""
        )
        if headers["ETag"] in (tag.strip() for tag in known.split(",")):
            return Response(status_code=304, headers=headers)
        (body, kind), held = await self.work.run(
            lambda: self._current(lambda now: _bytes(make(now)), held)
        )
        return Response(body, headers=self._headers(held, also), media_type=kind)

    async def edit(self, change: Callable[[Atlas], BaseModel | dict[str, Any]]) -> Response:
        """Change the atlas and answer with what the change gives."""
        if self.settings.read_only:
            raise HTTPException(
                403, "this server is read-only: start it without --read-only to edit"
            )
        body = await self.work.run(lambda: _bytes(self.pool.edit(self.name, change))[0], edit=True)
        headers = self._headers(self.pool.get(self.name))
        return Response(
            body,
            headers={k: v for k, v in headers.items() if k != "ETag"},
            media_type="application/json",
        )

    async def begin(self, kind: str, job: Callable[[Atlas, Meter], BaseModel]) -> Response:
        """Start work that takes longer than a request, and answer 202 with the job to ask after;
        409 while another one runs.
        """
        if self.settings.read_only:
            raise HTTPException(
                403, "this server is read-only: start it without --read-only to edit"
            )
        held = self.pool.get(self.name)
        try:
            begun = self.jobs.start(kind, held.name, lambda meter: job(held.atlas, meter))
        except LockedError as e:
            return problem(409, str(e), "LockedError", {"Retry-After": "10"})
        return Response(
            begun.model_dump_json(),
            202,
            {"Location": f"/api/v1/jobs/{begun.id}"},
            "application/json",
        )

    async def stream(
        self, make: Callable[[Opened], Iterable[str]], kind: str, file: str
    ) -> Response:
        """A file in parts, so that memory is bounded by a batch; what is refused is refused before
        the first byte.
        """
        parts, held = await self.work.run(
            lambda: self._current(lambda now: _begun(make(now)), self.pool.get(self.name))
        )
        headers = {
            **self._headers(held),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{held.name}-{file}')}",
        }
        return StreamingResponse(parts, headers=headers, media_type=kind)

    def _current(self, work: Callable[[Opened], T], held: Opened) -> tuple[T, Opened]:
        """What ``work`` gives for an atlas, and that atlas; for the next version where the files of
        this one were taken away meanwhile.
        """
        for _ in range(_TRIES):
            try:
                return work(held), held
            except InputError:
                raise
            except (BegriffError, OSError, ValueError):
                again = self.pool.get(self.name)
                if again.atlas.version == held.atlas.version:
                    raise
                held = again
        raise ChangedError(f"{held.name} is written again and again: ask again in a moment")

    def _headers(self, held: Opened, also: Any = None) -> dict[str, str]:
        asked = (
            f"{_VERSION} {held.name} {held.stamp} {also}"
            f" {self.request.url.path}?{self.request.url.query}"
        )
        return {
            "ETag": f'W/"{hashlib.blake2b(asked.encode(), digest_size=12).hexdigest()}"',
            "Cache-Control": "private, no-cache",
            "X-Atlas-Version": str(held.atlas.version),
            "X-Atlas-Edits": str(held.edits),
        }


def _begun(parts: Iterable[str]) -> Iterator[str]:
    """The parts, the first of which is made already."""
    rest = iter(parts)
    return chain([next(rest, "")], rest)


def _bytes(made: BaseModel | dict[str, Any] | bytes) -> tuple[bytes, str]:
    if isinstance(made, bytes):
        return made, "application/octet-stream"
    if isinstance(made, BaseModel):
        return made.model_dump_json().encode(), "application/json"
    return json.dumps(made, default=_plain).encode(), "application/json"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON")


async def check_key(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
) -> None:
    """Refuse a request without the key that the server was started with; compared in
    constant time.
    """
    wanted = request.app.state.settings.api_key
    if wanted is None:
        return
    said = given.credentials if given is not None else ""
    if not hmac.compare_digest(said.encode(), wanted.encode()):
        raise HTTPException(
            401,
            "send the server's API key as 'Authorization: Bearer KEY'",
            {"WWW-Authenticate": "Bearer"},
        )


_Named = Annotated[
    str | None, Query(max_length=200, description="Which atlas; by default the first.")
]


async def _at(request: Request, atlas: _Named = None) -> At:
    state = request.app.state
    return At(request, state.pool, state.work, state.jobs, state.settings, atlas)


At_ = Annotated[At, Depends(_at)]
