"""Many users for some minutes: no error, no growth, no request that takes for ever."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import API
from tests.server.process import Running

USERS = 20
WORDS = [
    "graph",
    "speech",
    "protein",
    "vision",
    "parsing",
    "bandit",
    "node",
    "audio",
    "enzyme",
    "pixel",
]


def asked(i: int) -> str:
    """The i-th request: of every kind, the query never the same."""
    words = f"{WORDS[i % 10]} {WORDS[i // 10 % 10]} {i}"
    return (
        API
        + [
            f"/search?q={words}",
            f"/search?q={words}&more={i % 30}:0.5&less={(i + 3) % 30}",
            f"/search?q={words}&where=year > {2000 + i % 15}&has={i % 5}",
            f"/search?q={words}&mode=hybrid&k=20",
            f"/concepts?like={WORDS[i % 10]}&examples=true",
            f"/concepts/{i % 32}",
            f"/items/item{10 + i % 390}",
            f"/items/item{10 + i % 390}/marks",
            f"/facets?q={words}",
            f"/compare?a=year > {2003 + i % 10}&limit=5",
            f"/map/mask?where=price > {i}",
            f"/export/items?where=year > {2017 - i % 2}",
        ][i % 12]
    )


def own_memory(server: Running) -> float:
    """MiB that the server alone holds, which it has written."""
    told = Path(f"/proc/{server.process.pid}/smaps_rollup").read_text()
    return (
        int(next(line.split()[1] for line in told.splitlines() if line.startswith("Private_Dirty")))
        / 1024
    )


def run(server: Running, first: int, n: int) -> tuple[list[float], list[str]]:
    """Seconds of n requests by all users, each over its own connection, and what was no 200."""
    spent: list[float] = []
    failed: list[str] = []

    def user(place: int) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as http:
            for i in range(first + place, first + n, USERS):
                start = time.monotonic()
                answer = http.get(asked(i))
                spent.append(time.monotonic() - start)
                if answer.status_code != 200:
                    failed.append(f"{answer.status_code} {asked(i)} {answer.text[:200]}")

    threads = [threading.Thread(target=user, args=(place,)) for place in range(USERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return spent, failed


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc"
)
def test_a_thousand_requests_by_twenty_users(serve):
    server = serve()
    assert run(server, 0, 600)[1] == []  # fills every bounded cache
    before, edits = own_memory(server), threading.Thread(target=edit, args=(server,))
    edits.start()
    start = time.monotonic()
    spent, failed = run(server, 600, 1000)
    took = time.monotonic() - start
    edits.join()
    assert failed == []
    assert len(spent) == 1000
    assert max(spent) < 10
    assert took < 120
    assert own_memory(server) < 1.15 * before
    assert len(server.get("/edits").json()["edits"]) == 20


def edit(server: Running) -> None:
    """Twenty edits beside the readers: each makes the server read the journal again."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        for i in range(20):
            assert (
                http.patch(
                    f"{API}/concepts/{i}", json={"name": f"name {i}", "who": "load"}
                ).status_code
                == 200
            )
