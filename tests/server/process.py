"""A server process over planted atlases, as ``begriff serve`` runs one: BagOfWords is in no catalogue, so a command line cannot name it.

python -m tests.server.process '{"atlases": {"planted": "FOLDER"}, "settings": {"patience": 1}, "port": 0}'
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]


class Running:
    """A server that was started, and what it said.

    Parameters
    ----------
    atlases : mapping of name to folder
        Served in this order.
    settings : fields of :class:`begriff.server.Settings`
    """

    def __init__(self, atlases: Mapping[str, Path], **settings: Any) -> None:
        asked = json.dumps({"atlases": {k: str(v) for k, v in atlases.items()}, "settings": settings})
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "tests.server.process", asked]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            self.process.wait(10)
            raise AssertionError(f"the server did not start: {''.join(self.log)}")
        self.address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET under /api/v1."""
        return self.http.get("/api/v1" + path, params={k: v for k, v in query.items() if v is not None})

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
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def main() -> None:
    """Serve until told to stop; the address is the first line of stdout."""
    from begriff.atlas.atlas import Atlas
    from begriff.server import Settings, serve
    from begriff.server.shelf import Shelf
    from tests.conftest import BagOfWords

    asked = json.loads(sys.argv[1])
    shelf = Shelf({name: Atlas(path, encoder=BagOfWords()) for name, path in asked["atlases"].items()})
    settings = Settings(**{k: tuple(v) if isinstance(v, list) else v for k, v in asked["settings"].items()})
    serve(shelf, port=0, settings=settings, ready=lambda address: print(address, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
