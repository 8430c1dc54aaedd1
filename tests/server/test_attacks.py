"""What an attacker sends is answered with a clear refusal: nothing is executed, nothing leaks, nothing is lost, and others are served."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from tests.server.conftest import API, problem_of

JSON = {"Content-Type": "application/json"}


CONDITIONS = [
    *(
        "year = 2000; DROP TABLE items",
        "year = 2000; DELETE FROM items",
        "(SELECT 1) = 1",
        "topic IN (SELECT topic FROM items)",
        "1=1 UNION SELECT 1",
    ),
    *(
        "repeat('a', 1000000000) = topic",
        "rpad(topic, 999999999) = 'a'",
        "topic = 'x' -- y",
        "topic = 'x' /* y */",
        "_row < 5",
        "_id = 'a'",
        "_text LIKE '%a%'",
    ),
    *(
        "topic = 'x",
        "topic = `x",
        "((((year > 1",
        "year >",
        "year",
        "year + 1",
        "'; --",
        "\\",
        "\x00",
        'topic = "x"',
        "random() > 0",
        "uuid() = topic",
        "now() > day",
    ),
    *(
        "(" * 60 + "year > 1" + ")" * 60,
        " AND ".join(["year > 1"] * 300) + " AND " + " OR ".join(["open"] * 300),
        "NOT " * 500 + "open",
        "-" * 500 + "year > 1",
    ),
    *(
        "cast(topic as blob) = 1",
        "nosuch = 1",
        "1/0 = 1",
        "regexp_like(topic, '(')",
        "x'41' = topic",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "year = @@version",
    ),
]


@pytest.mark.parametrize(
    "where", CONDITIONS, ids=lambda w: w[:30].encode("unicode_escape").decode()
)
def test_conditions_that_are_none(server, where):
    start = time.monotonic()
    for path in ("/search", "/facets", "/map/mask", "/export/items", "/compare"):
        asked = (
            {"a": where}
            if path == "/compare"
            else {"q": "graph", "where": where}
            if path == "/search"
            else {"where": where}
        )
        answer = server.get(path, **asked)
        detail = problem_of(answer, answer.status_code)
        assert answer.status_code == 422, detail
    assert "/work" not in detail
    assert ".rs" not in detail
    assert time.monotonic() - start < 2
    assert server.get("/facets", where="year > 1").json()["candidates"] == 400


def test_overlong_values(server):
    assert "4000" in problem_of(
        server.get("/search", q="graph", where="year > 1" + " " * 4000), 422
    )
    assert "2000" in problem_of(server.get("/search", q="x" * 2001), 422)
    assert "20" in problem_of(server.get("/search", q="x", more=["2"] * 21), 422)
    start = time.monotonic()
    problem_of(server.get("/items/" + "x" * 50_000), 404)
    server.get("/search", q="graph", more="a " * 140 + ":")
    assert time.monotonic() - start < 2


WRONG = [
    *(
        b'{"q": "graph", "k": NaN}',
        b'{"q": "graph", "k": 1.5}',
        b'{"q": "graph", "k": true}',
        b'{"q": "graph", "k": "many"}',
        b'{"q": 5}',
        b"{}",
        b"[]",
        b"null",
    ),
    *(
        b'{"q": "graph", "more": {"2": NaN}}',
        b'{"q": "graph", "more": {"2": Infinity}}',
        b'{"q": "graph", "more": {"2": -1}}',
        b'{"q": "graph", "more": [["2", 1]]}',
    ),
    *(
        b'{"q": "graph", "extra": 1}',
        b'{"q": "graph", "__proto__": {}}',
        b'{"q": "graph", "cursor": 1e99}',
        b'{"q": "graph", "explain": "maybe"}',
    ),
    *(
        b'{"q": "graph", "k": ' + b"9" * 5000 + b"}",
        b'{"q": "\xff\xfe"}',
        b'{"q": "\\ud800"}',
        b'{"q": "graph"',
        b"\x00",
        b'{"q": ' * 5000,
        b"[" * 200_000,
    ),
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_bodies_of_the_wrong_kind(server, body):
    answer = server.http.post(API + "/search", content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    problem_of(answer, answer.status_code)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/concepts/1", {"name": "a\0b"}),
        ("PATCH", "/concepts/1", {"name": "\x1b[31m"}),
        ("PATCH", "/concepts/1", {"name": "a\u2028b"}),
        ("PATCH", "/concepts/1", {"name": ["x"]}),
        ("PATCH", "/concepts/1", {"name": "x" * 201}),
        ("PATCH", "/concepts/1", {"name": "   "}),
        ("PATCH", "/concepts/1", {"name": "x", "who": "a\nb"}),
        ("PATCH", "/concepts/1", {"note": "x" * 2001}),
        ("PATCH", "/concepts/1", {"hidden": "perhaps"}),
        ("PATCH", "/concepts/1", {"row": 3}),
        ("PATCH", "/concepts/-1", {"name": "x"}),
        ("PATCH", "/concepts/99999999999999999999", {"name": "x"}),
        ("PATCH", "/concepts/9999", {"name": "x"}),
        ("PATCH", "/concepts/1;DROP", {"name": "x"}),
        ("POST", "/concepts/1/merge", {"into": 1}),
        ("POST", "/concepts/1/merge", {"into": 10**400}),
        ("POST", "/concepts/1/merge", {"into": "2; --"}),
        ("POST", "/edits/undo", {"number": -1}),
        ("POST", "/seeds", {"name": "\0", "words": ["graph"]}),
        ("POST", "/seeds", {"name": "7", "words": ["graph"]}),
        ("POST", "/seeds", {"name": "x", "words": ["graph"] * 51}),
        ("POST", "/seeds", {"name": "x", "yes": ["' OR 1=1"]}),
        ("POST", "/searches", {"name": "x", "query": {"q": "", "where": "open"}}),
        ("POST", "/searches", {"name": "x", "query": {"q": "a", "where": "1=1; DROP TABLE x"}}),
        ("POST", "/searches", {"name": "\u202e\0", "query": {"q": "a"}}),
    ],
)
def test_edits_that_are_refused_leave_no_trace(server, method, path, body):
    before = server.get("/edits", atlas="scratch").json()
    answer = server.send(method, path, body, atlas="scratch")
    assert answer.status_code in (404, 422), answer.text
    problem_of(answer, answer.status_code)
    assert server.get("/edits", atlas="scratch").json() == before


@pytest.mark.parametrize(
    "polygon",
    [
        b"[[0,0],[1,1]]",
        b"[[NaN,0],[1,1],[0,1]]",
        b"[[0,0],[1e400,1],[0,1]]",
        b"[[0,0],[1],[0,1]]",
        b'[["a",0],[1,1],[0,1]]',
        b"[]",
        b"[[0,0],[0,0],[0,0]]",
    ],
)
def test_polygons_that_are_none(server, mapped, polygon):
    answer = server.http.post(
        API + "/compare", content=b'{"a": {"polygon": ' + polygon + b"}}", headers=JSON
    )
    problem_of(answer, 422)


def test_groups_that_are_none(server):
    for group in (
        {},
        {"where": "open", "ids": ["item20"]},
        {"ids": []},
        {"ids": ["x" * 301]},
        {"where": ""},
        "open",
        5,
    ):
        problem_of(server.send("POST", "/compare", {"a": group}), 422)


def test_twenty_at_once_and_every_edit_is_there_once(server):
    def edits(i):
        bodies = ({"name": f"by {i}, time {j}", "who": f"user {i}"} for j in range(4))
        return [
            server.send("PATCH", f"/concepts/{i}", body, atlas="bare").status_code
            for body in bodies
        ]

    with ThreadPoolExecutor(20) as pool:
        assert [s for found in pool.map(edits, range(20)) for s in found] == [200] * 80
    journal = server.get("/edits", atlas="bare").json()["edits"]
    assert sorted(e["name"] for e in journal) == sorted(
        f"by {i}, time {j}" for i in range(20) for j in range(4)
    )
    first = journal[0]["number"]  # what other tests took back had numbers, too
    assert [e["number"] for e in journal] == list(range(first, first + 80))
    assert all(e["who"] == f"user {e['concept']}" for e in journal)
    for i in range(20):
        assert (
            server.get(f"/concepts/{i}", atlas="bare").json()["concept"]["name"]
            == f"by {i}, time 3"
        )


def test_hostile_parameters(server):
    for path in ("/search", "/items/x", "/concepts/1"):
        for name in ("../planted", "/etc/passwd", "planted\0", "planted;", "' OR 1=1", "x" * 201):
            assert server.get(path, q="graph", atlas=name).status_code in (404, 422)
    for rows in ("1;2", "-1", "1,", "9999999999", "0,400", ",".join(["1"] * 101), "\uff11"):
        assert server.get("/map/items", rows=rows).status_code == 422
    for path in (
        f"/items/{quote(chr(0))}",
        "/items/",
        "/concepts/1%00",
        "/concepts/0x1",
        "/concepts/1e3",
    ):
        answer = server.get(path)
        problem_of(answer, answer.status_code)
        assert answer.status_code in (404, 422)
