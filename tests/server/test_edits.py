"""Edits over HTTP: in the journal with who made them, seen at once, kept apart by atlas, and from wherever they were made."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import begriff as bg
from begriff.atlas.making import refit
from begriff.store.stages import Store
from tests.conftest import BagOfWords
from tests.server.conftest import API, SCRIPT, problem_of
from tests.server.process import ROOT, Running


@pytest.fixture(scope="module")
def last():
    return lambda server: server.get("/edits", atlas="scratch").json()["edits"][-1]


def change(server, id, **body):
    return server.send("PATCH", f"/concepts/{id}", body, atlas="scratch")


@pytest.mark.parametrize(
    ("body", "seen", "entry"),
    [
        (
            {"name": "my own name"},
            {"name": "my own name", "renamed": True},
            {"action": "rename", "name": "my own name"},
        ),
        ({"note": "look again"}, {"note": "look again"}, {"action": "note", "text": "look again"}),
        ({"hidden": True}, {"hidden": True}, {"action": "hide", "hidden": True}),
        ({"hidden": False}, {"hidden": False}, {"action": "hide", "hidden": False}),
        ({"pinned": True}, {"pinned": True}, {"action": "pin", "pinned": True}),
    ],
)
def test_a_change_is_answered_seen_and_written_down(server, last, body, seen, entry):
    before = server.get("/concepts/5", atlas="scratch")
    answer = change(server, 5, **body, who="Ada")
    assert answer.status_code == 200, answer.text
    assert seen.items() <= answer.json().items()
    after = server.http.get(
        f"{API}/concepts/5?atlas=scratch", headers={"If-None-Match": before.headers["etag"]}
    )
    assert after.status_code == 200
    assert after.json()["concept"] == answer.json()
    assert int(after.headers["x-atlas-edits"]) == int(before.headers["x-atlas-edits"]) + 1
    assert answer.headers["x-atlas-edits"] == after.headers["x-atlas-edits"]
    found = last(server)
    assert {**entry, "who": "Ada", "concept": 5}.items() <= found.items()
    assert not [k for k in found if "direction" in k]


def test_several_changes_at_once_are_several_edits(server):
    before = len(server.get("/edits", atlas="scratch").json()["edits"])
    answer = change(server, 6, name="six", note="n", pinned=True, who="Bo").json()
    assert (answer["name"], answer["note"], answer["pinned"]) == ("six", "n", True)
    added = server.get("/edits", atlas="scratch").json()["edits"][before:]
    assert [e["action"] for e in added] == ["rename", "note", "pin"]
    assert {e["who"] for e in added} == {"Bo"}
    assert "name, note, hidden or pinned" in problem_of(change(server, 6), 422)


def test_pinned_first_hidden_left_out(server):
    change(server, 9, pinned=True)
    change(server, 10, hidden=True)
    shown = [
        c["id"] for c in server.get("/concepts", atlas="scratch", sort="name").json()["concepts"]
    ]
    pinned = [
        c["id"] for c in server.get("/concepts", atlas="scratch").json()["concepts"] if c["pinned"]
    ]
    assert 9 in pinned
    assert set(shown[: len(pinned)]) == set(pinned)
    assert 10 not in shown
    assert 10 in [
        c["id"] for c in server.get("/concepts", atlas="scratch", hidden="true").json()["concepts"]
    ]


def test_merge_and_undo(server, last):
    alone = server.get("/concepts/12", atlas="scratch").json()["concept"]["frequency"]
    merged = server.send("POST", "/concepts/11/merge", {"into": 12, "who": "Ada"}, atlas="scratch")
    assert merged.status_code == 200, merged.text
    assert merged.json()["merged"] == [11]
    assert merged.json()["frequency"] > alone
    assert (
        last(server).items() >= {"action": "merge", "concept": 11, "into": 12, "who": "Ada"}.items()
    )
    assert server.get("/concepts/11", atlas="scratch").json()["concept"]["id"] == 12
    problem_of(server.send("POST", "/concepts/12/merge", {"into": 12}, atlas="scratch"), 422)
    taken = server.send(
        "POST", "/edits/undo", {"number": last(server)["number"], "who": "Bo"}, atlas="scratch"
    )
    assert taken.json()["action"] == "merge"
    back = server.get("/concepts/11", atlas="scratch").json()["concept"]
    assert (back["id"], back["merged_into"]) == (11, None)
    assert server.get("/concepts/12", atlas="scratch").json()["concept"]["frequency"] == alone


def test_undo_takes_back_the_one_that_is_named(server):
    first, second = (change(server, 13, name=n) for n in ("first", "second"))
    assert second.json()["name"] == "second"
    numbers = [e["number"] for e in server.get("/edits", atlas="scratch").json()["edits"][-2:]]
    gone = server.send("POST", "/edits/undo", {"number": numbers[0]}, atlas="scratch").json()
    assert (gone["number"], gone["name"]) == (numbers[0], "first")
    assert server.get("/concepts/13", atlas="scratch").json()["concept"]["name"] == "second"
    assert str(numbers[0]) in problem_of(
        server.send("POST", "/edits/undo", {"number": numbers[0]}, atlas="scratch"), 404
    )
    assert server.send("POST", "/edits/undo", {}, atlas="scratch").json()["number"] == numbers[1]
    assert first.json()["name"] == "first"


def test_seeds(server, last):
    body = {
        "name": "about speech",
        "words": ["speech", "audio waveform"],
        "yes": ["item20"],
        "no": ["item21", ".."],
        "who": "Ada",
    }
    made = server.send("POST", "/seeds", body, atlas="scratch")
    assert made.status_code == 200, made.text
    assert (made.json()["words"], made.json()["no"]) == (body["words"], body["no"])
    assert server.get("/seeds", atlas="scratch").json()["seeds"] == [made.json()]
    assert (last(server)["action"], last(server)["who"]) == ("seed", "Ada")
    steered = server.get("/search", q="graph", more="about speech:0.9", atlas="scratch").json()
    assert steered["query"]["more"][0]["seeded"]
    assert "as yes and as no" in problem_of(
        server.send("POST", "/seeds", {**body, "no": ["item20"]}, atlas="scratch"), 422
    )
    assert "item9999" in problem_of(
        server.send("POST", "/seeds", {**body, "yes": ["item9999"]}, atlas="scratch"), 404
    )


def test_saved_searches(server, last):
    name = "a/b ../ü?#"
    query = {
        "q": "graph",
        "mode": "hybrid",
        "where": "year > 2005",
        "more": ["2:0.8"],
        "less": [],
        "has": ["3:0.1"],
    }
    made = server.send(
        "POST", "/searches", {"name": name, "query": query, "who": "Ada"}, atlas="scratch"
    )
    assert made.status_code == 200, made.text
    assert made.json()["query"] == query
    assert server.get("/searches", atlas="scratch").json()["searches"] == [made.json()]
    assert last(server)["who"] == "Ada"
    assert "nosuch" in problem_of(
        server.send(
            "POST",
            "/searches",
            {"name": "x", "query": {"q": "a", "where": "nosuch = 1"}},
            atlas="scratch",
        ),
        422,
    )
    path = "/searches/a%2Fb%20%2E%2E%2F%C3%BC%3F%23"
    gone = server.send("DELETE", path, atlas="scratch", who="Bo")
    assert gone.json().items() >= {"action": "forget", "name": name, "who": "Bo"}.items()
    assert server.get("/searches", atlas="scratch").json()["searches"] == []
    problem_of(server.send("DELETE", path, atlas="scratch"), 404)


def test_the_other_atlases_are_left_alone(server, planted):
    change(server, 3, name="only in scratch")
    listed = {a["name"]: a for a in server.get("/atlases").json()["atlases"]}
    assert list(listed) == ["planted", "second", "scratch", "bare"]
    assert listed["scratch"]["edits"] > 0
    assert (listed["second"]["edits"], listed["planted"]["edits"], listed["second"]["items"]) == (
        0,
        0,
        400,
    )
    assert (
        server.get("/concepts/3", atlas="second").json()["concept"]["name"]
        == planted.snapshot.concept_records[3].name
    )
    assert (
        server.get("/concepts/3").json()["concept"]["name"]
        == planted.snapshot.concept_records[3].name
    )


def test_names_are_data(server):
    answer = change(server, 14, name=f"{SCRIPT} & \"'", note=SCRIPT, who="<b>")
    assert answer.json()["name"] == f"{SCRIPT} & \"'"
    for path in (
        "/concepts/14",
        "/concepts?hidden=true&like=script",
        "/edits",
        "/search?q=script&mode=text",
        "/items/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ):
        found = server.http.get(f"{API}{path}{'&' if '?' in path else '?'}atlas=scratch")
        assert SCRIPT in found.text
        assert found.headers["content-type"] == "application/json"
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["content-security-policy"].startswith(
            "default-src 'none'; script-src 'self';"
        )
    figure = server.get("/compare", a="year < 2005", atlas="scratch", format="svg")
    assert b"<script" not in figure.content


def test_an_edit_by_another_process_is_served_at_once(serve, copy_of):
    path = copy_of("own")
    server = serve(path=path)
    before = server.get("/concepts/2")
    bg.open(path, encoder=BagOfWords()).edits.rename(2, "renamed elsewhere", who="cli")
    after = server.http.get(API + "/concepts/2", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["concept"]["name"] == "renamed elsewhere"
    assert after.headers["x-atlas-edits"] == "1"


def test_a_refit_is_served_without_a_restart(serve, copy_of):
    path = copy_of("own")
    server = serve(path=path)
    before = server.get("/search", q="graph")
    server.send("PATCH", "/concepts/2", {"name": "kept by the refit"})
    again = refit(path, encoder=BagOfWords(), random_state=7)
    after = server.http.get(
        API + "/search?q=graph", headers={"If-None-Match": before.headers["etag"]}
    )
    assert after.status_code == 200
    assert (
        int(after.headers["x-atlas-version"])
        == again.version
        == int(before.headers["x-atlas-version"]) + 1
    )
    assert after.json() == json.loads(again.search("graph").model_dump_json())
    kept = server.get("/concepts", like="kept by the refit").json()["concepts"]
    assert [c["name"] for c in kept] == [
        c.name for c in again.list_concepts(like="kept by the refit")
    ]
    assert (
        server.get("/concepts/2/family").status_code
        == server.get("/trends", by="year").status_code
        == 200
    )


def test_reads_go_on_while_another_process_writes(serve, copy_of):
    path = copy_of("own")
    server = serve(path=path)
    with Store(path).lock():
        edits = [
            subprocess.Popen(
                [sys.executable, "-c", EDITOR, server.url, str(i)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for i in range(6)
        ]
        time.sleep(1.5)  # six edits wait for the lock: more than there are threads for requests
        start = time.monotonic()
        assert server.get("/search", q="graph", cursor=3).status_code == 200
        took = time.monotonic() - start
        first = server.send("PATCH", "/concepts/7", {"name": "x"})
    assert took < 2
    assert "being written" in problem_of(first, 503)
    assert first.headers["retry-after"]
    said = [json.loads(e.communicate(timeout=60)[0]) for e in edits]
    assert {s["status"] for s in said} <= {200, 503}
    assert len(server.get("/edits").json()["edits"]) == sum(s["status"] == 200 for s in said)
    assert server.send("PATCH", "/concepts/2", {"name": "free again"}).status_code == 200


EDITOR = """
import json, sys, httpx
a = httpx.patch(f"{sys.argv[1]}/api/v1/concepts/{sys.argv[2]}", json={"name": "x"}, timeout=60)
print(json.dumps({"status": a.status_code}))
"""

STREAM = """
import sys, httpx
with httpx.Client(base_url=sys.argv[1] + "/api/v1", timeout=30) as http:
    for i in range(10_000):
        answer = http.patch(f"/concepts/{i % 30}", json={"name": f"edit {i}", "who": "stream"})
        if answer.status_code == 200:
            print(i, flush=True)
"""


def test_kill_in_the_middle_of_edits_loses_none_that_was_answered(copy_of):
    path = copy_of("own")
    acknowledged = []
    for _ in range(3):
        server = Running({"own": path})
        start = len(acknowledged)
        stream = subprocess.Popen(
            [sys.executable, "-c", STREAM, server.url],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        while len(acknowledged) < start + 12:
            acknowledged.append(int(stream.stdout.readline()))
        os.kill(server.process.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in stream.communicate(timeout=30)[0].split()]
        server.kill()
        journal = [json.loads(line) for line in (path / "journal.jsonl").read_text().splitlines()]
        assert [e["number"] for e in journal] == list(range(1, len(journal) + 1))
        names = [e["name"] for e in journal]
        for i in set(acknowledged):
            assert names.count(f"edit {i}") >= acknowledged.count(i)
    server = Running({"own": path})
    assert len(server.get("/edits").json()["edits"]) == len(journal) >= 36
    assert (
        server.get("/concepts/0").json()["concept"]["name"]
        == [e["name"] for e in journal if e["concept"] == 0][-1]
    )
    assert server.stop() == 0


def test_a_comparison_with_another_atlas_is_that_of_the_library_and_follows_its_edits(copy_of):
    from starlette.testclient import TestClient

    import begriff as bg
    from begriff.server import create_app
    from begriff.server.atlas_pool import AtlasPool
    from tests.conftest import BagOfWords

    held = {name: bg.open(copy_of(name), encoder=BagOfWords()) for name in ("first", "other")}
    client = TestClient(create_app(AtlasPool(held)), base_url="http://localhost")
    asked = {"a": "year < 2005", "b": "year >= 2012", "other": "other", "limit": "5"}
    answer = client.get("/api/v1/compare", params=asked)
    expected = bg.diff(held["first"], held["other"], a=asked["a"], b=asked["b"], limit=5)
    assert answer.json() == json.loads(expected.model_dump_json())
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get("/api/v1/compare", params=asked, headers=tag).status_code == 304
    client.patch("/api/v1/concepts/1", params={"atlas": "other"}, json={"pinned": True})
    assert client.get("/api/v1/compare", params=asked, headers=tag).status_code == 200
    assert client.get("/api/v1/compare", params={**asked, "other": "nowhere"}).status_code == 404
