"""Attacks below the API: paths, lengths, slow senders and bytes that are no HTTP; what is sent raw, no client has tidied up."""

import asyncio
import json
import socket
import time

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from begriff.server.middleware import AccessLog, Guard
from begriff.server.routes import page
from tests.server.conftest import API, problem_of

JSON = {"Content-Type": "application/json"}


def send(server, data, wait=10.0):
    """What comes back for raw bytes: status, headers (lower case) and body."""
    with socket.create_connection(server.address, timeout=wait) as s:
        s.sendall(data)
        return answer_on(s)


def answer_on(s):
    """The one answer on a connection, read until it closes or the body is whole."""
    got = b""
    while b"\r\n\r\n" not in got and (part := s.recv(65536)):
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)) and (part := s.recv(65536)):
        body += part
    return int(lines[0].split()[1]), headers, body


def request(target, method="GET", headers="", body=b""):
    sized = f"Content-Length: {len(body)}\r\n" if body else ""
    return (
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection:"
        f" close\r\n{headers}{sized}\r\n".encode()
        + body
    )


TRAVERSALS = [
    *(
        "/assets/../../manifest.json",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/assets/..%2f..%2fapp.py",
        "/assets/....//....//app.py",
        "/assets//etc/passwd",
    ),
    *(
        "//etc/passwd",
        "/..%2fapp.py",
        "/..%5capp.py",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..;/app.py",
        "/assets/%00",
        "/assets/..\\..\\app.py",
    ),
    *(
        "/../../../../../../etc/passwd",
        "/%c0%ae%c0%ae/app.py",
        "http://localhost/../app.py",
        "/assets/" + "a" * 5000,
        "/" + "../" * 500,
        "/.",
        "/..",
    ),
]


@pytest.mark.parametrize("target", TRAVERSALS)
def test_paths_do_not_leave_the_page(server, target):
    status, headers, body = send(server, request(target))
    assert status in (200, 400, 404), body
    assert b"root:" not in body
    assert b"import" not in body.replace(b"important", b"")
    if status == 200:  # a view of the page, where it is built
        assert headers["content-type"].startswith("text/html")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page's routes over a folder beside which a secret lies."""
    root = tmp_path_factory.mktemp("page")
    (root / "secret.txt").write_text("secret")
    (root / "static" / "assets").mkdir(parents=True)
    (root / "static" / "index.html").write_text("<p>page</p>")
    (root / "static" / "icon.svg").write_text("<svg/>")
    (root / "static" / "assets" / "app-1.js").write_text("1")
    (root / "static" / "assets" / "link.txt").symlink_to(root / "secret.txt")
    app = FastAPI()
    app.include_router(page.routes(root / "static"))
    return TestClient(app)


def test_the_page_and_its_files(pages):
    for view in ("/", "/search", "/concepts/3", "/items/a/b c", "/items/..", "/map"):
        assert pages.get(view).text == "<p>page</p>"
        assert pages.get(view).headers["cache-control"] == "no-cache"
    assert pages.get("/icon.svg").text == "<svg/>"
    assert pages.get("/assets/app-1.js").headers["cache-control"].endswith("immutable")
    assert pages.get("/concepts/x").status_code == pages.get("/nothing").status_code == 404


BESIDE = [
    "/assets/../secret.txt",
    "/../secret.txt",
    "/assets/../../secret.txt",
    "//secret.txt",
    "/assets//../../secret.txt",
    "/assets/link.txt",
]


@pytest.mark.parametrize("path", BESIDE)
def test_files_beside_the_page_are_not_given(pages, path):
    """Straight to the application: no client tidies the path up first."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send_back(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "root_path": "",
    }
    asyncio.run(pages.app(scope, receive, send_back))
    assert sent[0]["status"] == 404
    assert b"secret" not in sent[1]["body"]


def test_oversized_bodies(server):
    big = json.dumps({"q": "x" * 1_100_000}).encode()
    assert "1,000,000 bytes" in problem_of(
        server.http.post(API + "/search", content=big, headers=JSON), 413
    )
    head = request(
        f"{API}/search",
        "POST",
        "Content-Type: application/json\r\nContent-Length: 999999999999\r\n",
    )
    assert send(server, head)[0] == 413  # refused by what it says, before a byte of it came
    chunks = b"".join(b"%x\r\n%s\r\n" % (50_000, b"x" * 50_000) for _ in range(21))
    status, headers, _ = send(
        server,
        request(
            f"{API}/search",
            "POST",
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
        )
        + chunks,
    )
    assert (status, headers["connection"]) == (413, "close")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "5, 6", "0x10", "\xb2"])
def test_a_length_that_is_none(server, length):
    data = (
        f"POST {API}/search HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
        f" application/json\r\nContent-Length: {length}\r\n\r\n{{}}"
    )
    assert send(server, data.encode("latin-1"))[0] == 400


def test_a_length_that_lies(server):
    body = b'{"q": "graph"}'
    head = (
        f"POST {API}/search HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
        " application/json\r\nConnection: close\r\n"
    )
    start = time.monotonic()
    status, headers, said = send(server, head.encode() + b"Content-Length: 500\r\n\r\n" + body)
    assert (status, headers["content-type"]) == (408, "application/problem+json")
    assert "1 seconds" in json.loads(said)["detail"]
    assert 0.5 < time.monotonic() - start < 5
    # cut short
    assert send(server, head.encode() + b"Content-Length: 5\r\n\r\n" + body)[0] in (400, 422)
    both = (
        head.encode()
        + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1/edits"
        b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    assert send(server, both)[0] in (400, 413, 415, 422)


def test_slow_bodies_and_half_open_connections_keep_nobody_waiting(server):
    waiting = []
    try:
        for i in range(100):
            waiting.append(socket.create_connection(server.address, timeout=10))
            lines = (
                b"GET /api/v1/info HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
                if i % 2
                else request(
                    f"{API}/search",
                    "POST",
                    "Content-Type: application/json\r\nContent-Length: 50\r\n",
                )
                + b'{"q"'
            )
            waiting[-1].sendall(lines)
        for _ in range(3):
            start = time.monotonic()
            assert server.get("/search", q="graph").status_code == 200
            assert time.monotonic() - start < 2
        assert answer_on(waiting[0])[0] == 408
    finally:
        for s in waiting:
            s.close()
    assert server.get("/info").status_code == 200


def test_garbage_instead_of_http(server):
    for data in (
        b"\x16\x03\x01\x02\x00" + b"\x00" * 100,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"A" * 100_000 + b"\r\n\r\n",
    ):
        assert send(server, data)[0] == 400
    header = f"GET {API}/info HTTP/1.1\r\nHost: localhost\r\nX: {'a' * 200_000}\r\n\r\n"
    assert send(server, header.encode())[0] in (400, 431)
    assert server.get("/info").status_code == 200


def logged_status(app, method, messages, caplog):
    """What the access log says of a request whose client sends these messages."""
    incoming = iter([*messages, *[{"type": "http.disconnect"}] * 5])

    async def receive():
        return next(incoming)

    async def send(message):
        pass

    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.3"},
        "method": method,
        "path": "/x",
        "headers": [(b"host", b"localhost")],
        "client": None,
    }
    guarded = AccessLog(Guard(app, hosts=None, origins=[], max_body=100, patience=5))
    with caplog.at_level("INFO", logger="begriff.access"):
        asyncio.run(guarded(scope, receive, send))
    return json.loads(caplog.records[-1].message)["status"]


async def endless(scope, receive, send):
    async def parts():
        while True:
            await asyncio.sleep(0.01)
            yield b""

    response = StreamingResponse(parts())

    async def start_late(message):
        await asyncio.sleep(0.5)
        await send(message)

    await response(scope, receive, start_late)


async def broken(scope, receive, send):
    raise ZeroDivisionError


def test_a_client_that_leaves_is_no_failure_of_the_server(caplog):
    whole = {"type": "http.request", "body": b"", "more_body": False}
    half = {"type": "http.request", "body": b"{", "more_body": True}
    assert logged_status(endless, "GET", [], caplog) == 499
    assert logged_status(broken, "POST", [half], caplog) == 499
    assert logged_status(broken, "POST", [whole], caplog) == 500
