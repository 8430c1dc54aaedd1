"""What every request passes: host and origin, size and pace of its body, headers of its answer, the
access log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from begriff.server.problems import failure, problem

__all__ = ["AccessLog", "CSP", "Guard"]

_LOG = logging.getLogger("begriff.access")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri"
    " 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = ("GET", "HEAD", "OPTIONS")
_LEFT = 499  # as nginx writes it: the client was gone before an answer began


class Guard:
    """Refuses foreign hosts and origins, bodies that are too large, too slow or no JSON; adds
    security headers.

    Parameters
    ----------
    app : ASGI application
    hosts : iterable of str or None
        Names by which the server may be called; None for any. A page of another site that resolves
        its name to this machine is refused.
    origins : iterable of str
        Other sites whose pages may use the API.
    max_body : int
        Bytes.
    patience : float
        Seconds within which a body must have come.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Iterable[str] | None,
        origins: Iterable[str],
        max_body: int,
        patience: float,
    ) -> None:
        self.app, self.hosts, self.origins = (
            app,
            None if hosts is None else set(hosts),
            set(origins),
        )
        self.max_body, self.patience = max_body, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refuse(scope)
        if refused is None:
            body = await self._body(scope, receive)
            refused = body if not isinstance(body, bytes) else None
            receive = _replay(body, receive) if isinstance(body, bytes) else receive
        try:
            await (refused or self.app)(scope, receive, with_headers)
        except Exception as e:
            if started:
                raise
            await failure(e)(scope, receive, with_headers)

    def _refuse(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return problem(
                400,
                f"host {host[:100]!r} is not served here: call the server as"
                f" {sorted(self.hosts)[0]}",
            )
        if scope["method"] in _SAFE:
            return None
        origin = headers.get("origin")
        foreign = (
            origin is not None and origin.partition("://")[2] != host and origin not in self.origins
        )
        if foreign or (origin is None and headers.get("sec-fetch-site") == "cross-site"):
            return problem(
                403,
                f"a page of {str(origin)[:100]} may not change this atlas: allow it with"
                " --allow-origin",
            )
        sized = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if (
            sized
            and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json"
        ):
            return problem(
                415,
                f"content type {headers.get('content-type', '')[:100]!r}: send application/json",
            )
        return None

    async def _body(self, scope: Scope, receive: Receive) -> bytes | ASGIApp:
        """The whole body, or what to answer instead."""
        if scope["method"] in _SAFE:
            return b""
        said = Headers(scope=scope).get("content-length", "0")
        too_large = problem(
            413,
            f"a body of more than {self.max_body:,} bytes: send less at once",
            headers={"Connection": "close"},
        )
        if said.isdigit() and int(said) > self.max_body:
            return too_large
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return _unanswered
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self.max_body:
                        return too_large
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return problem(
                408,
                f"the body did not come within {self.patience:g} seconds",
                headers={"Connection": "close"},
            )


async def _unanswered(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing: the client left while it sent its request."""


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read already to the application, then what follows it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _name(host: str) -> str:
    return (host.rsplit(":", 1)[0] if not host.endswith("]") else host).strip("[]").lower()


class AccessLog:
    """One JSON line a request on the logger ``begriff.access``: when, who, what, how it ended, how
    long. Never a query or a key.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, seen = time.perf_counter(), {"status": _LEFT, "bytes": 0}

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            elif message["type"] == "http.response.body":
                seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            seen["status"] = 500
            raise
        finally:
            client = (scope.get("client") or ("-",))[0]
            said = {"client": client, "method": scope["method"], "path": scope["path"], **seen}
            said["ms"] = round((time.perf_counter() - start) * 1000, 1)
            _LOG.info(
                json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **said})
            )
