"""Whoever reads while another process adds, removes or refits gets the version before or the one after, and no failure."""

import itertools
import json
import threading

import httpx
import pytest

from tests.processes import Forked, execute
from tests.server.conftest import nasty_rows

WRITER = """
import json, sys
import begriff as bg
from tests.conftest import BagOfWords
from tests.server.conftest import nasty_rows
path, rounds = sys.argv[1], int(sys.argv[2])
more = nasty_rows(400 + 6 * rounds)[400:]
print("ready", flush=True)
for i in range(rounds):
    atlas = bg.open(path, encoder=BagOfWords())
    atlas.add(more[6 * i : 6 * i + 6])
    if i % 3 == 1:
        bg.open(path, encoder=BagOfWords()).remove([r["id"] for r in more[6 * i : 6 * i + 3]], purge=i % 2 == 1)
    if i % 4 == 3:
        bg.refit(path, encoder=BagOfWords())
print("done", flush=True)
"""
KINDS = [
    ("/search", {"q": "graph laplacian"}),
    ("/search", {"q": "speech", "mode": "text", "k": 30}),
    ("/search", {"q": "protein", "mode": "hybrid", "where": "year >= 2005 AND open", "has": "2"}),
    ("/items/item50", {}),
    ("/items/item60/neighbours", {"where": "price > 3"}),
    ("/concepts", {"examples": "true"}),
    ("/concepts/3", {}),
    ("/concepts/2/items", {"limit": 5}),
    ("/facets", {"where": "array_has(tags, 'red')"}),
    ("/facets", {"q": "bandit"}),
    ("/export/items", {"where": "open", "format": "csv"}),
    ("/export/concepts", {}),
    ("/trends", {"by": "year"}),
    ("/compare", {"a": "topic = 'graph'", "b": "topic = 'speech'"}),
    ("/info", {}),
    ("/seeds", {}),
]


def failures(url, done, at_least, first):
    """What was not answered as it should be, asked for in turn until the writer has ended and there were enough requests."""
    out, asked = [], 0
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as http:
        for n in itertools.count(first):
            if done.is_set() and asked >= at_least:
                return out, asked
            path, query = KINDS[n % len(KINDS)]
            fresh = (
                {**query, "where": f"{query['where']} AND year <> {n % 9973}"}
                if "where" in query
                else query
            )
            try:
                answer = http.get(path, params=fresh)
                if answer.status_code != 200 or not answer.content:
                    out.append((path, answer.status_code, answer.text[:300]))
            except httpx.HTTPError as e:
                out.append((path, repr(e)))
            asked += 1
    return out, asked


@pytest.mark.parametrize(
    ("rounds", "requests"),
    [pytest.param(2, 48, id="few"), pytest.param(8, 500, id="many", marks=pytest.mark.slow)],
)
def test_no_request_fails_while_another_process_writes(serve, copy_of, rounds, requests):
    path = copy_of("busy")
    running = serve(path=path)
    done, found = threading.Event(), []
    writer = Forked(execute, WRITER, str(path), str(rounds))
    assert writer.stdout.readline() == "ready\n"
    readers = [
        threading.Thread(
            target=lambda i=i: found.append(failures(running.url, done, requests // 4, 5 * i))
        )
        for i in range(4)
    ]
    for reader in readers:
        reader.start()
    said = writer.communicate()
    done.set()
    for reader in readers:
        reader.join()
    assert writer.returncode == 0, said[1]
    assert sum(asked for _, asked in found) >= requests
    assert [f for failed, _ in found for f in failed] == []
    assert not [line for line in running.log if "Traceback" in line], "".join(running.log)[-4000:]
    version = running.get("/info").json()["version"]
    assert version > rounds
    assert len(json.loads(running.get("/info").text)["grown"]) < version
    assert nasty_rows(401)[400]["id"] == running.get("/items/item400").json()["id"]
