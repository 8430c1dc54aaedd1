"""Who may ask and what: keys, read-only servers, other origins and hosts, limits; logs, headers, the end of a server."""

import json
import shutil
import signal
import threading
import time

import pytest

from begriff.errors import InputError
from begriff.server import Settings, serve
from begriff.server.middleware import CSP
from begriff.store.stages import Store
from tests.server.conftest import API, problem_of
from tests.server.process import Running

KEY = "s3cret-key"


@pytest.fixture(scope="module")
def keyed(built, tmp_path_factory):
    """A server that wants a key, refuses edits and lets one other site in."""
    path = shutil.copytree(built, tmp_path_factory.mktemp("keyed") / "own.atlas")
    running = Running(
        {"own": path}, api_key=KEY, read_only=True, origins=["https://friend.example"]
    )
    yield running
    assert running.stop() == 0


def with_key(key):
    return {"Authorization": f"Bearer {key}"}


def test_keys(keyed):
    wrong = [
        {},
        with_key("wrong"),
        with_key(KEY[:-1]),
        with_key(KEY + "x"),
        {"Authorization": b"Bearer k\xff"},
        {"Authorization": KEY},
        {"Authorization": "Basic czM="},
    ]
    for path in ("/info", "/search?q=graph", "/map/points", "/export/items", "/atlases"):
        for headers in wrong:
            answer = keyed.http.get(API + path, headers=headers)
            assert "Authorization: Bearer KEY" in problem_of(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert keyed.http.patch(API + "/concepts/1", json={"name": "x"}).status_code == 401
    assert keyed.get("/health").json()["status"] == "ok"


def test_the_right_key_and_never_in_the_log(keyed):
    answer = keyed.http.get(API + "/search?q=very-private-words", headers=with_key(KEY))
    assert answer.status_code == 200, answer.text
    keyed.http.get(API + f"/search?q=graph&api_key={KEY}")
    log = wait_for(keyed, "/api/v1/search")
    assert not [
        line for line in log if KEY in line or "s3cret" in line or "very-private-words" in line
    ]


def wait_for(server, path):
    """The log, once a request for this path is in it."""
    until = time.monotonic() + 5
    while not any(path in line for line in server.log) and time.monotonic() < until:
        time.sleep(0.02)
    return list(server.log)


def test_read_only(keyed):
    headers = with_key(KEY)
    tried = [
        ("PATCH", "/concepts/1", {"name": "x"}),
        ("POST", "/concepts/1/merge", {"into": 2}),
        ("POST", "/edits/undo", {}),
        ("POST", "/seeds", {"name": "x", "words": ["graph"]}),
        ("POST", "/searches", {"name": "x", "query": {"q": "graph"}}),
        ("DELETE", "/searches/x", None),
    ]
    for method, path, body in tried:
        assert "read-only" in problem_of(
            keyed.http.request(method, API + path, json=body, headers=headers), 403
        )
    assert keyed.http.get(API + "/edits", headers=headers).json() == {"edits": []}
    assert keyed.http.get(API + "/atlases", headers=headers).json()["read_only"] is True
    assert keyed.http.post(API + "/search", json={"q": "graph"}, headers=headers).status_code == 200


def test_other_origins_are_closed_unless_allowed(server, keyed):
    asked = {
        "Origin": "https://friend.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization",
    }
    closed = server.http.options(API + "/concepts/1", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
    assert (
        "access-control-allow-origin" not in server.http.get(API + "/health", headers=asked).headers
    )
    allowed = keyed.http.options(API + "/concepts/1", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://friend.example"
    assert "PATCH" in allowed.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in allowed.headers
    other = keyed.http.options(
        API + "/concepts/1", headers={**asked, "Origin": "https://foe.example"}
    )
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://foe.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.foe.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_others_cannot_edit(server, headers):
    before = server.get("/edits", atlas="scratch").json()
    for method, path, body in (
        ("PATCH", "/concepts/1", {"name": "x"}),
        ("POST", "/edits/undo", {}),
        ("DELETE", "/searches/x", None),
    ):
        assert "--allow-origin" in problem_of(
            server.http.request(method, f"{API}{path}?atlas=scratch", json=body, headers=headers),
            403,
        )
    assert server.get("/edits", atlas="scratch").json() == before


def test_the_own_page_can_edit(server):
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    answer = server.http.patch(
        API + "/concepts/1?atlas=scratch", json={"note": "by the page"}, headers=headers
    )
    assert answer.status_code == 200, answer.text


def test_forms_cannot_edit(server):
    for kind in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data; boundary=x",
        "",
    ):
        answer = server.http.post(
            API + "/edits/undo?atlas=scratch",
            content=b'{"number": 1}',
            headers={"Content-Type": kind},
        )
        assert "application/json" in problem_of(answer, 415)


@pytest.mark.parametrize(
    "host",
    [
        "foe.example",
        "foe.example:80",
        "127.0.0.1.foe.example",
        "[::2]:80",
        "localhost@foe.example",
        "",
    ],
)
def test_a_name_that_was_rebound_is_refused(server, host):
    answer = server.http.get(API + "/info", headers={"Host": host})
    assert "call the server as" in problem_of(answer, 400)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8765"])
def test_own_names_are_served(server, host):
    assert server.http.get(API + "/health", headers={"Host": host}).status_code == 200


def test_every_answer_is_guarded(server):
    for path in (
        "/api/v1/health",
        "/api/v1/info",
        "/api/v1/nothing",
        "/",
        "/assets/x.js",
        "/api/v1/openapi.json",
    ):
        headers = server.http.get(path).headers
        assert headers["content-security-policy"] == CSP
        assert "unsafe" not in CSP
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers


def test_one_json_line_a_request(server):
    server.get("/items/nope-in-the-log/neighbours", where="secret-filter")
    line = next(line for line in wait_for(server, "nope-in-the-log") if "nope-in-the-log" in line)
    said = json.loads(line)
    assert set(said) == {"time", "client", "method", "path", "status", "bytes", "ms"}
    assert (said["client"], said["method"], said["path"], said["status"]) == (
        "127.0.0.1",
        "GET",
        "/api/v1/items/nope-in-the-log/neighbours",
        404,
    )
    assert said["bytes"] > 50
    assert said["ms"] > 0
    assert not [line for line in server.log if "secret-filter" in line]
    assert all(json.loads(line) for line in server.log)


def test_a_path_cannot_forge_a_log_line(server):
    server.http.get("/x%0A%7B%22forged%22:1%7D")
    assert [
        json.loads(line)["path"] for line in wait_for(server, "forged") if "forged" in line
    ] == ['/x\n{"forged":1}']


def test_a_stop_lets_the_running_request_end(serve):
    server = serve(limit=60)
    found = []
    asked = threading.Thread(
        target=lambda: found.append(server.http.get(f"{API}/trends?by=year&bins=20&format=png"))
    )
    asked.start()
    time.sleep(0.3)  # it draws for longer than this
    server.process.send_signal(signal.SIGTERM)
    asked.join(30)
    assert found[0].status_code == 200
    assert found[0].content.startswith(b"\x89PNG")
    assert server.process.wait(20) == 0


@pytest.mark.parametrize("log_requests", [True, False])
def test_interrupted_at_the_terminal_is_a_good_end_too_and_requests_are_logged_if_wanted(
    serve, log_requests
):
    server = serve(log_requests=log_requests)
    server.get("/atlases")
    server.process.send_signal(signal.SIGINT)
    assert server.stop() == 0
    assert any("/api/v1/atlases" in line for line in server.log) == log_requests


def test_a_request_over_its_time_is_told_so(inside):
    assert "narrow it" in problem_of(
        inside(limit=0.0001).get(API + "/trends?by=year&format=png"), 504
    )


def test_too_many_at_once_are_told_to_come_again(serve, copy_of):
    path = copy_of("own")
    server = serve(path=path, threads=1, waiting=0)
    waiting = threading.Thread(
        target=server.send, args=("PATCH", "/concepts/1", {"name": "waits for the lock"})
    )
    with Store(path).lock():
        waiting.start()
        time.sleep(1)  # it waits for five: the one place is taken
        answer = server.get("/info")
    assert "try again" in problem_of(answer, 503)
    assert answer.headers["retry-after"] == "1"
    waiting.join(30)
    assert server.get("/edits").json()["edits"][0]["name"] == "waits for the lock"


def test_the_world_is_let_in_only_with_a_key(built):
    with pytest.raises(InputError, match="--api-key"):
        serve([built], host="0.0.0.0", port=0)
    with pytest.raises(InputError, match="printable ASCII"):
        serve([built], port=0, settings=Settings(api_key="kept with a newline\n"))
    with pytest.raises(InputError, match="--port 0"):
        serve([built], host="203.0.113.7", port=0, settings=Settings(api_key="x"))


def test_openapi(server):
    document = server.http.get(API + "/openapi.json").json()
    asked = {(p, m) for p, methods in document["paths"].items() for m in methods}
    assert len(asked) >= 35
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            assert said["summary"] and said["description"], (path, method)
            assert {"200", "202"} & set(said["responses"])
    parameters = {p["name"]: p for p in document["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert parameters["q"]["schema"]["examples"]
    assert parameters["where"]["schema"]["examples"]
    bodies = document["components"]["schemas"]
    assert all(
        bodies[name]["properties"][field]["examples"]
        for name, field in (("SearchBody", "q"), ("PatchBody", "name"))
    )
