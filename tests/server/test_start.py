"""A server that starts, and one whose atlas is being made: the address is said as soon as the server listens; what the first search waits for is loaded meanwhile."""

import threading

from begriff.server import run
from begriff.server.atlas_pool import AtlasPool
from begriff.store.stages import Store


def test_the_address_comes_before_the_models(planted, monkeypatch):
    order, serving = [], threading.Event()

    def until_told(server, listening):
        listening.close()
        order.append("serving")
        serving.set()

    def warm(pool):
        assert serving.wait(10)
        order.append("models")

    monkeypatch.setattr(run, "_until_told", until_told)
    monkeypatch.setattr(run, "_warm", warm)
    run.serve(
        AtlasPool({"planted": planted}),
        port=0,
        ready=lambda address: order.append(address.rsplit(":", 1)[0]),
    )
    assert order == ["http://127.0.0.1", "serving", "models"]


def test_info_says_how_far_a_better_version_is(inside, tmp_path):
    client, store = inside(), Store(tmp_path / "own.atlas")
    before = client.get("/api/v1/info")
    assert before.json()["building"] is None
    store.report("vectors", 10, 200)
    during = client.get("/api/v1/info", headers={"If-None-Match": before.headers["ETag"]})
    assert during.json()["building"] == {"stage": "vectors", "done": 10, "total": 200}
    store.end_report()
    assert client.get("/api/v1/info").json()["building"] is None
