"""Running the application: address, refusals, logs, shutdown."""

from __future__ import annotations

import errno
import json
import logging
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from begriff.errors import InputError, MissingExtraError
from begriff.server.atlas_pool import AtlasPool
from begriff.server.context import Settings

if TYPE_CHECKING:
    import uvicorn

    from begriff.tasks.guard import TextGuard

__all__ = ["PORT", "serve"]

PORT = 8765
_PATIENCE = 10.0
_LOCAL = ("localhost", "127.0.0.1", "::1")


def serve(
    atlases: list[str | Path] | AtlasPool,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    settings: Settings | None = None,
    guard: str | Path | TextGuard | None = None,
    insecure: bool = False,
    index: str = "exact",
    log_requests: bool = True,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve atlases until the process is told to stop; requests that run are ended first.

    Parameters
    ----------
    atlases : list of str or Path, or AtlasPool
        Folders, or atlases that are open; the first is the default.
    host, port : str and int
        Address; port 0 takes any that is free, None 8765 unless it is taken.
    settings : Settings, optional
    guard : str, Path or TextGuard, optional
        A guard's file, or a guard that is open: what ``/guard`` checks texts with.
    insecure : bool
        Serve other machines without a key.
    index : str
        What finds the candidates of a search, by its name in the catalogue.
    log_requests : bool
        Write a line a request on stderr.
    ready : callable, optional
        Called with the address as soon as the server listens; models are loaded meanwhile, so the
        first searches may wait for them.

    Raises
    ------
    InputError
        For a missing atlas, an address that is taken or not ours, one that others can reach without
        a key, or a key that no header holds.
    """
    import uvicorn

    from begriff.server.app import create_app

    settings = settings or Settings()
    if settings.api_key is not None and not re.fullmatch(r"[!-~]+", settings.api_key):
        raise InputError(
            "the API key must be printable ASCII without spaces: it travels in a header"
        )
    if host not in _LOCAL:
        if settings.api_key is None and not insecure:
            raise InputError(
                f"host {host!r} lets other machines in: give --api-key KEY (or BEGRIFF_API_KEY), or"
                " say --insecure"
            )
        settings = replace(settings, hosts=None)
    pool = atlases if isinstance(atlases, AtlasPool) else AtlasPool.open(atlases, index=index)
    held = _opened(guard)
    listening = _listen(host, port)
    _log_to_stderr(logging.INFO if log_requests else logging.WARNING)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(pool, settings, held),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    if ready is not None:
        ready(address)
    warming = threading.Thread(target=_warm, args=(pool,), name="begriff-warm", daemon=True)
    warming.start()
    _until_told(server, listening)
    warming.join(_PATIENCE)


def _opened(guard: str | Path | TextGuard | None) -> TextGuard | None:
    """The guard of a file, its encoder loaded: the first request would wait for it."""
    if isinstance(guard, str | Path):
        from begriff.tasks.guard import TextGuard

        guard = TextGuard.load(guard)
    if guard is not None:
        guard.check(["warm"])
    return guard


def _until_told(server: uvicorn.Server, listening: socket.socket) -> None:
    """Run until SIGINT or SIGTERM.

    Uvicorn raises the signal again after the last request: an end that was asked for is no failure.
    """

    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # part of scikit-learn

    def stop(*_: object) -> None:
        server.should_exit = True

    here = threading.current_thread() is threading.main_thread()
    before = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)} if here else {}
    try:
        # requests share the cores already: with more, a search takes twice the processor time
        with threadpool_limits(1):
            server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int | None) -> socket.socket:
    wanted = PORT if port is None else port
    try:
        return _bind(host, wanted)
    except (OSError, OverflowError) as e:
        if port is None and getattr(e, "errno", None) == errno.EADDRINUSE:
            return _bind(host, 0)
        said = getattr(e, "strerror", None) or e
        raise InputError(
            f"cannot listen on {host}:{wanted} ({said}): give --port 0 for any free port, or"
            " another --host"
        ) from e


def _bind(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def _warm(pool: AtlasPool) -> None:
    """Load what the first search would wait for."""
    for name in pool.names:
        atlas = pool.get(name).atlas
        try:
            atlas.search("warm", k=1, mode="dense" if atlas.snapshot.steerable else "text")
        # a missing encoder: searches by words, concepts and reports work anyway
        except (InputError, MissingExtraError) as e:
            logging.getLogger("begriff.server").warning(
                "%s: searches by vectors will fail: %s", name, e
            )


def _log_to_stderr(access: int) -> None:
    """Requests and failures as lines on stderr; the library itself prints nothing."""
    for name, level in {
        "begriff.access": access,
        "begriff.server": logging.INFO,
        "uvicorn.error": logging.WARNING,
    }.items():
        logger = logging.getLogger(name)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(None if name == "begriff.access" else _Lines())
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


class _Lines(logging.Formatter):
    """A record as a line of JSON, like those of the access log."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        said = {"time": at, "level": record.levelname, "message": record.getMessage()}
        return json.dumps(
            {**said, "error": self.formatException(record.exc_info)} if record.exc_info else said
        )
