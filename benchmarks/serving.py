"""50 users at once against `begriff serve`: latency by kind, throughput, errors, memory; beside the same calls made directly, and a constant answer.

BEGRIFF_DATA=... BEGRIFF_PAPERS_ATLAS=... python benchmarks/serving.py [--requests 10000] [--users 50]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
from _common import papers_atlas, table

API = "/api/v1"
PAUSE = 4.0
FLOOR = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = b"x" * int(sys.argv[1])
app = Starlette(routes=[Route("/{rest:path}", lambda request: Response(body, media_type="application/json"), methods=["GET", "POST"])])
listening = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
"""


def plan(atlas, n: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """(kind, path, id or query) of n requests as 50 readers would mix them; no query comes twice."""
    rng = np.random.default_rng(seed)
    every = atlas.snapshot.items.column("title")
    titles = [str(every[i]) for i in rng.choice(len(every), n, replace=False)]
    named = [c.id for c in atlas.list_concepts(limit=200)]
    ids = atlas.snapshot.items.column("_id")
    kinds = ["search", "steered", "filtered", "by words", "concepts", "concept", "item", "facets"]
    out = []
    for i, kind in enumerate(
        rng.choice(kinds, n, p=[0.4, 0.12, 0.12, 0.06, 0.06, 0.08, 0.1, 0.06])
    ):
        one, two = (int(v) for v in rng.choice(named, 2, replace=False))
        year = int(rng.integers(2005, 2022))
        asked = {
            "search": ("/search", {"q": titles[i]}),
            "steered": ("/search", {"q": titles[i], "more": f"{one}:0.5", "less": f"{two}:0.3"}),
            "filtered": ("/search", {"q": titles[i], "where": f"year >= {year}", "has": one}),
            "by words": ("/search", {"q": titles[i], "mode": "text"}),
            "concepts": ("/concepts", {"limit": 50, "cursor": int(rng.integers(0, 4)) * 50}),
            "concept": (f"/concepts/{one}", {}),
            "item": (f"/items/{quote(str(rng.choice(ids)), safe='')}", {}),
            "facets": ("/facets", {"where": f"year >= {year}"}),
        }[str(kind)]
        out.append((str(kind), f"{API}{asked[0]}?{urlencode(asked[1])}", titles[i]))
    return out


class Users:
    """Threads that take requests from one list, each over a connection of its own; ``pause`` is the mean number of seconds between two."""

    def __init__(
        self,
        address: str,
        asked: list[tuple[str, str, str]],
        users: int,
        pid: int | None = None,
        pause: float = 0,
    ) -> None:
        self.host, self.users, self.pid, self.pause = (
            address.removeprefix("http://"),
            users,
            pid,
            pause,
        )
        self.spent: list[tuple[str, float]] = []
        self.errors: list[str] = []
        self.sizes: list[int] = []
        self.memory: list[tuple[int, float]] = []
        self._next, self._lock = iter(asked), threading.Lock()

    def run(self) -> float:
        """Seconds until the last answer."""
        start = time.perf_counter()
        threads = [threading.Thread(target=self._user) for _ in range(self.users)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return time.perf_counter() - start

    def _user(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=120)
        while True:
            with self._lock:
                one = next(self._next, None)
                done = len(self.spent)
                if self.pid and done // 1000 >= len(self.memory):
                    self.memory.append((done, rss(self.pid)))
            if one is None:
                break
            if self.pause:
                # the server closes idle connections; it is opened again with the next request
                connection.close()
                time.sleep(random.uniform(0, 2 * self.pause))
            start = time.perf_counter()
            connection.request("GET", one[1])
            answer = connection.getresponse()
            body = answer.read()
            took = 1000 * (time.perf_counter() - start)
            with self._lock:
                self.spent.append((one[0], took))
                self.sizes.append(len(body))
                if answer.status != 200:
                    self.errors.append(f"{answer.status} {one[1]}: {body[:200]!r}")
        connection.close()


def rss(pid: int) -> float:
    """Resident MiB of a process that are its own: pages of mapped files are the system's."""
    return (
        sum(
            int(line.split()[1])
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("RssAnon")
        )
        / 1024
    )


@contextmanager
def started(command: list[str]):
    """A server process, and the address that it prints."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        line = process.stdout.readline()
        yield "http://" + line.split("http://")[1].split()[0], process.pid
    finally:
        process.terminate()
        process.wait(30)


def percentiles(spent: list[float]) -> list[float]:
    return [float(np.percentile(spent, p)) for p in (50, 95, 99)]


def direct(atlas, asked) -> list[list[object]]:
    """The searches of the plan made in this process, one after another: no HTTP, nobody else."""
    rows = []
    for kind, options in (("search", {}), ("by words", {"mode": "text"})):
        texts = [text for k, _, text in asked if k == kind][:100]
        spent = []
        for text in texts:
            start = time.perf_counter()
            atlas.search(text, **options).model_dump_json()
            spent.append(1000 * (time.perf_counter() - start))
        rows.append([f"{kind}, called directly, one at a time", len(texts), *percentiles(spent)])
    return rows


def main() -> None:
    asks = argparse.ArgumentParser()
    asks.add_argument("--requests", type=int, default=10_000)
    asks.add_argument("--users", type=int, default=50)
    given = asks.parse_args()
    atlas = (
        papers_atlas()
        if os.environ.get("BEGRIFF_DATA")
        else __import__("begriff").open(os.environ["BEGRIFF_PAPERS_ATLAS"])
    )
    asked = plan(atlas, given.requests + 1500)
    warm, more, asked = asked[:500], asked[500:1500], asked[1500:]
    atlas.search("warm up")
    beside = direct(atlas, asked)
    with started(
        [sys.executable, "-m", "begriff", "serve", str(atlas.path), "--port", "0", "--no-browse"]
    ) as (address, pid):
        Users(address, warm, 4).run()
        lone = Users(address, [a for a in asked if a[0] == "search"][:100], 1)
        lone.run()
        load = Users(address, asked, given.users, pid)
        seconds = load.run()
        load.memory.append((len(load.spent), rss(pid)))
        readers = Users(address, more, given.users, pause=PAUSE)
        readers.run()
    size = int(np.median(load.sizes))
    with started([sys.executable, "-c", FLOOR, str(size)]) as (floor_address, _):
        floors = []
        for _ in range(3):
            floor = Users(floor_address, asked[:2000], given.users)
            floors.append((floor.run(), percentiles([t for _, t in floor.spent])))
    floor_seconds, floor_spent = sorted(floors)[1]
    rows: list[list[object]] = []
    for kind in dict.fromkeys(k for k, _ in load.spent):
        spent = [t for k, t in load.spent if k == kind]
        rows.append([f"{kind}, {given.users} users", len(spent), *percentiles(spent)])
    rows.append(
        [
            f"all, {given.users} users who read {PAUSE:g} s between two requests",
            len(readers.spent),
            *percentiles([t for _, t in readers.spent]),
        ]
    )
    rows.append(
        [
            f"**all, {given.users} users without a pause**",
            len(load.spent),
            *percentiles([t for _, t in load.spent]),
        ]
    )
    rows += [
        ["search, over HTTP, 1 user", len(lone.spent), *percentiles([t for _, t in lone.spent])],
        *beside,
    ]
    rows.append([f"a constant answer of {size:,} bytes, {given.users} users", 2000, *floor_spent])
    table(
        f"Serving {atlas.n_items:,} papers, ms a request",
        ["", "requests", "p50", "p95", "p99"],
        rows,
    )
    print(
        f"\n{len(load.spent) / seconds:.1f} requests a second ({2000 / floor_seconds:.0f} of the"
        f" constant answer); {len(load.errors)} errors"
    )
    print(
        "own memory of the server, MiB, after n requests: "
        + ", ".join(f"{n}: {m:.0f}" for n, m in load.memory)
    )
    print(json.dumps(load.errors[:5], indent=1) if load.errors else "")


if __name__ == "__main__":
    main()
