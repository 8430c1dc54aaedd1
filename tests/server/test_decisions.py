"""Models and erasures over HTTP: jobs, views, corrections in the journal, and refusals."""

import csv
import io
import time

import pytest

import begriff as bg
from tests.server.conftest import problem_of

FIT = {"label": "topic", "controls": False, "n_active": 5}


def ended(server, answer):
    """The job that an answer began, once it has ended."""
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    until = time.monotonic() + 120
    while job["state"] == "running":
        assert time.monotonic() < until
        time.sleep(0.1)
        job = server.get(f"/jobs/{job['id']}").json()
    return job


@pytest.fixture(scope="module")
def fitted(server):
    """The server with a model of topics in ``bare``."""
    job = ended(server, server.send("POST", "/models", FIT, atlas="bare"))
    assert job["state"] == "done", job
    assert job["result"]["accuracy"] > 0.7
    return server


def test_a_model_is_listed_and_shown(fitted):
    assert fitted.get("/models", atlas="bare").json() == {"models": ["topic"]}
    model = fitted.get("/models/topic", atlas="bare").json()
    assert model["label"] == "topic"
    assert len(model["classes"]) == 6
    text = fitted.get("/models/topic", atlas="bare", format="markdown").text
    assert "through concepts" in text
    assert (
        fitted.get("/models/topic", atlas="bare", format="html")
        .headers["content-type"]
        .startswith("text/html")
    )


def test_an_item_is_explained_corrected_and_undone(fitted):
    item = fitted.get("/models/topic/items", atlas="bare", limit=1).json()["items"][0]["id"]
    before = fitted.get("/models/topic/decision", atlas="bare", item=item).json()
    assert before["intercept"] + sum(p["value"] for p in before["parts"]) + before[
        "other"
    ] + before["rest"] == pytest.approx(before["logit"])
    part = before["parts"][0]
    body = {"item": item, "concept": part["concept"]["id"], "value": False, "who": "Ada"}
    answer = fitted.send("POST", "/models/topic/corrections", body, atlas="bare")
    assert answer.status_code == 200
    number = int(answer.headers["x-atlas-edits"])
    after = fitted.get("/models/topic/decision", atlas="bare", item=item, of=before["of"]).json()
    assert after["logit"] == pytest.approx(before["logit"] - part["value"])
    listed = fitted.get("/models/topic/items", atlas="bare", which="corrected").json()
    assert [r["id"] for r in listed["items"]] == [item]
    assert fitted.get("/edits", atlas="bare").json()["edits"][-1]["who"] == "Ada"
    fitted.send("POST", "/edits/undo", {"number": number}, atlas="bare")
    assert fitted.get("/models/topic/decision", atlas="bare", item=item).json() == before


def test_a_weight_is_set_and_undone(fitted):
    view = fitted.get("/models/topic", atlas="bare").json()["classes"][0]
    concept = view["concepts"][0]["concept"]
    answer = fitted.send(
        "POST",
        "/models/topic/weights",
        {"of": view["name"], "concept": concept["id"], "weight": 0.0},
        atlas="bare",
    )
    assert answer.json()["weights_edited"] == 1
    fitted.send("POST", "/edits/undo", {}, atlas="bare")
    assert fitted.get("/models/topic", atlas="bare").json()["classes"][0] == view


def test_items_come_as_a_file_with_all_their_labels(fitted):
    answer = fitted.get("/models/topic/items", atlas="bare", which="all", limit=1, format="csv")
    assert (
        answer.headers["content-type"].startswith("text/csv")
        and "topic-all.csv" in answer.headers["content-disposition"]
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == fitted.get("/models/topic/items", atlas="bare").json()["total"]
    assert {"id", "label", "predicted", "probability", "text"} <= set(rows[0])


def test_what_matters_comes_with_its_control(fitted):
    found = fitted.get("/models/topic/importance", atlas="bare", of="graph", limit=6).json()
    assert len(found["concepts"]) == 6
    assert "shuffled" in found


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/models/none", None, 404, "model"),
        ("DELETE", "/models/none", None, 404, "model"),
        ("GET", "/models/topic/decision?item=nobody", None, 404, "nobody"),
        ("GET", "/models/topic/decision?item=item1&of=none", None, 404, "class"),
        ("POST", "/models", {"label": "/etc/passwd"}, 404, "column"),
        ("POST", "/models", {"label": "../labels.csv"}, 404, "column"),
        ("POST", "/models", {"label": "topic", "concepts": "/etc/passwd"}, 422, "concepts"),
        ("POST", "/models", {"label": "topic", "promise": 2}, 422, "promise"),
        (
            "POST",
            "/models/topic/corrections",
            {"item": "nobody", "concept": 1, "value": True},
            404,
            "nobody",
        ),
        (
            "POST",
            "/models/topic/corrections",
            {"item": "item1", "concept": "none at all", "value": True},
            404,
            "concept",
        ),
        (
            "POST",
            "/models/topic/corrections",
            {"item": "item1", "concept": 1, "value": "yes"},
            422,
            "value",
        ),
        (
            "POST",
            "/models/topic/weights",
            {"of": "graph", "concept": 1, "weight": 1e9},
            422,
            "weight",
        ),
        ("POST", "/erasures", {"concept": "x", "labels": "/etc/passwd"}, 404, "column"),
        ("GET", "/erasures/99", None, 404, "erasure"),
        ("GET", "/jobs/none", None, 404, "job"),
    ],
)
def test_refusals(fitted, method, path, body, status, said):
    joined = "&" if "?" in path else "?"
    answer = fitted.http.request(method, f"/api/v1{path}{joined}atlas=bare", json=body)
    assert said in problem_of(answer, status)


def test_a_job_that_fails_says_why(fitted):
    job = ended(
        fitted,
        fitted.send(
            "POST", "/models", {**FIT, "label": {"item1": "a", "item2": "b"}}, atlas="bare"
        ),
    )
    assert job["state"] == "failed"
    assert "at least 10 items" in job["problem"]["detail"]
    assert job["problem"]["status"] == 422
    rng = [i % 2 == 0 for i in range(400)]
    labels = {f"item{i}": "a" if rng[(i * 7919) % 400] else "b" for i in range(400)}
    job = ended(
        fitted,
        fitted.send("POST", "/erasures", {"concept": "coins", "labels": labels}, atlas="bare"),
    )
    assert "nothing was written" in job["problem"]["detail"]


def test_one_job_at_a_time(inside):
    with inside() as app:
        app.app.state.jobs.start("test", "own", lambda meter: time.sleep(1))
        assert "still runs" in problem_of(app.post("/api/v1/models", json=FIT), 409)


def test_a_read_only_server_begins_nothing(inside):
    with inside(read_only=True) as app:
        for path, body in (
            ("/models", FIT),
            ("/erasures", {"concept": "x"}),
            ("/models/topic/weights", {"of": "a", "concept": 1, "weight": 0}),
        ):
            assert "read-only" in problem_of(app.post(f"/api/v1{path}", json=body), 403)
        assert "read-only" in problem_of(app.delete("/api/v1/models/topic"), 403)


def test_an_erasure_is_shown_written_and_undone(serve):
    server = serve()
    version = server.get("/info").json()["version"]
    labels = {"concept": "graphs", "labels": "topic"}
    tried = ended(server, server.send("POST", "/erasures", {**labels, "dry_run": True}))
    assert tried["result"]["number"] is None
    assert server.get("/info").json()["version"] == version
    job = ended(server, server.send("POST", "/erasures", labels))
    assert job["state"] == "done", job
    number = job["result"]["number"]
    assert server.get("/info").json()["version"] == version + 1
    listed = server.get("/erasures").json()["erasures"]
    assert [e["number"] for e in listed] == [number]
    assert "Proved" in server.get(f"/erasures/{number}", format="html").text
    assert server.get("/search", q="graph laplacian").status_code == 200
    assert server.send("POST", "/edits/undo", {"number": number}).status_code == 200
    assert server.get("/erasures").json()["erasures"] == []
    assert server.get("/info").json()["version"] == version + 2


def test_the_client_does_the_same(serve):
    server = serve("mine")
    with bg.Client(server.url) as client:
        model = client.classify("topic", controls=False, n_active=5)
        assert client.list_models().models == ["topic"]
        assert client.model("topic") == model
        decision = client.decide("topic", "item15")
        after = client.correct("topic", "item15", decision.parts[0].concept.id, False, who="Ada")
        assert after.parts[0].concept != decision.parts[0].concept or after.parts[0].corrected
        assert (
            client.weigh(
                "topic", model.classes[0].name, model.classes[0].concepts[0].concept.id, 0.0
            ).weights_edited
            == 1
        )
        report = client.erase("topics", labels="topic", dry_run=True)
        assert report.number is None
        assert client.erasures().erasures == []
        with pytest.raises(bg.InputError, match="leace"):
            client.erase("topics", labels="topic", method="leech")
        with pytest.raises(bg.InputError, match="at least 10 items"):
            client.classify({"item15": "a", "item16": "b"})
        assert [e["action"] for e in client.edits.list()] == ["correct", "weigh"]
        assert client.delete_model("topic").models == [] == client.list_models().models
        assert client.edits.list() == []
        with pytest.raises(bg.NotFoundError, match="no model"):
            client.delete_model("topic")
