"""A server process over planted atlases, as ``begriff serve`` runs one: BagOfWords is in no catalogue, so a command line cannot name it.

python -m tests.server.process '{"atlases": {"planted": "FOLDER"}, "settings": {"patience": 1}}'
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from tests.processes import Forked

ROOT = Path(__file__).parents[2]


class Running:
    """A server that was started, and what it said.

    Parameters
    ----------
    atlases : mapping of name to folder
        Served in this order.
    log_requests : bool
        As of :func:`begriff.server.serve`.
    settings : fields of :class:`begriff.server.Settings`
    """

    def __init__(
        self, atlases: Mapping[str, Path], log_requests: bool = True, **settings: Any
    ) -> None:
        self.process = Forked(
            serve_atlases, {k: str(v) for k, v in atlases.items()}, settings, log_requests
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            self.process.wait(10)
            raise AssertionError(f"the server did not start: {''.join(self.log)}")
        self.address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET under /api/v1."""
        return self.http.get(
            "/api/v1" + path, params={k: v for k, v in query.items() if v is not None}
        )

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Another method under /api/v1, with a JSON body if one is given."""
        return self.http.request(method, "/api/v1" + path, params=query, json=body)

    def stop(self) -> int:
        """Ask it to end, as a service manager does; its exit status."""
        self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._close()
        return code

    def kill(self) -> None:
        """End it at once."""
        self.http.close()
        self.process.kill()
        self.process.wait(10)
        self._close()

    def _close(self) -> None:
        self._reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve_atlases(
    atlases: Mapping[str, str], settings: Mapping[str, Any], log_requests: bool = True
) -> None:
    """Serve until told to stop; the address is the first line of stdout."""
    from begriff.atlas.atlas import Atlas
    from begriff.server import Settings, serve
    from begriff.server.atlas_pool import AtlasPool
    from tests.conftest import BagOfWords

    pool = AtlasPool({name: Atlas(path, encoder=BagOfWords()) for name, path in atlases.items()})
    whole = Settings(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})

    def announce(address):
        print(address, flush=True)  # noqa: T201

    serve(pool, port=0, settings=whole, log_requests=log_requests, ready=announce)


if __name__ == "__main__":
    serve_atlases(**json.loads(sys.argv[1]))
