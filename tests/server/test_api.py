"""Every reading route of a real server process answers what the library answers, page by page, cached and compressed."""

import csv
import gzip
import io
import json
from urllib.parse import quote

import numpy as np
import pytest

from begriff.reports.diff import diff
from begriff.reports.duplicates import duplicates
from begriff.reports.novelty import novelty
from begriff.reports.series import series
from begriff.reports.tree import kin, tree
from begriff.reports.trends import trends
from begriff.reports.why_not import why_not
from begriff.search.map_view import colours, describe_map, highlight, select, titles
from tests.server.conftest import API, NASTY, SCRIPT, problem_of


def same(answer, document):
    """An answer is a document of the library, as JSON."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(document.model_dump_json())


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({}, {}),
        ({"k": 3, "mode": "text"}, {"k": 3, "mode": "text"}),
        ({"mode": "hybrid", "explain": "false"}, {"mode": "hybrid", "explain": False}),
        (
            {"where": "year >= 2010 AND open", "cursor": 5},
            {"where": "year >= 2010 AND open", "after": 5},
        ),
        ({"more": ["2:0.8", "vision"], "less": "3"}, {"more": ["2:0.8", "vision"], "less": "3"}),
        ({"has": "#2", "k": 3}, {"has": "#2", "k": 3}),
        ({"has": "2:0.1"}, {"has": "2:0.1"}),
        (
            {"where": "array_has(tags, 'red') AND day > timestamp '2015-01-01'"},
            {"where": "array_has(tags, 'red') AND day > timestamp '2015-01-01'"},
        ),
    ],
)
def test_search(server, planted, asked, options):
    same(
        server.get("/search", q="graph laplacian", **asked),
        planted.search("graph laplacian", **options),
    )


def test_search_by_body(server, planted):
    body = {
        "q": "speech",
        "k": 4,
        "more": {"2": 0.8},
        "less": ["3:0.2"],
        "has": None,
        "where": "year > 2001",
        "cursor": 2,
        "explain": True,
    }
    expected = planted.search(
        "speech", k=4, more={"2": 0.8}, less=["3:0.2"], where="year > 2001", after=2
    )
    same(server.send("POST", "/search", body), expected)


@pytest.mark.parametrize("id", [*NASTY, "item33"])
def test_items_of_any_id(server, planted, id):
    there = quote(id, safe="").replace(".", "%2E")
    same(server.get(f"/items/{there}"), planted.item(id))
    same(
        server.get(f"/items/{there}/neighbours", k=3, cursor=1, where="open"),
        planted.neighbours(id, k=3, after=1, where="open"),
    )
    same(server.get(f"/items/{there}/marks"), planted.marks(id))
    assert planted.item(id).id == id


def test_a_slash_of_an_id_and_one_of_the_address_are_two(server, planted):
    same(server.get("/items/blog%2Fmarks"), planted.item("blog/marks"))
    same(server.get("/items/blog%2fmarks"), planted.item("blog/marks"))
    same(server.get("/items/blog%2Fmarks/marks"), planted.marks("blog/marks"))
    same(
        server.get("/items/a%2Fneighbours/neighbours", k=2), planted.neighbours("a/neighbours", k=2)
    )
    # as it is written by those who do not encode it
    same(server.get("/items/a/b%20c"), planted.item("a/b c"))
    problem_of(server.get("/items/blog/marks"), 404)  # the marks of blog
    problem_of(server.get("/items/blog%252Fmarks"), 404)
    tags = {server.get(f"/items/{id}").headers["etag"] for id in ("blog%2Fmarks", "item33")}
    assert len(tags) == 2


def test_search_by_vector(server, planted):
    vector = (planted.item_vectors[3].astype(np.float64) * 1e20).tolist()
    body = {
        "vector": vector,
        "k": 5,
        "more": ["2:0.8", 3],
        "less": {"3": 0.1},
        "where": "year > 2001",
    }
    answer = server.send("POST", "/search", body)
    same(
        answer, planted.search(vector, k=5, more=["2:0.8", 3], less={"3": 0.1}, where="year > 2001")
    )
    assert answer.json()["query"]["vector"]
    for wrong, said in (
        ({}, "give q"),
        ({"q": "graph", "vector": vector}, "one of the two"),
        ({"vector": vector[:-1]}, "n_dims=48"),
        ({"vector": [0.0] * 48}, "is zero"),
        ({"vector": []}, "vector"),
        ({"vector": vector, "mode": "hybrid"}, "query is a vector"),
        ({"vectr": vector}, "near: 'vector'"),
    ):
        assert said in problem_of(server.send("POST", "/search", wrong), 422)


def test_only_the_fields_that_are_asked_for(server, planted):
    whole = server.get("/search", q="graph", k=3).json()
    some = server.get("/search", q="graph", k=3, fields="score,year,item.title").json()
    titles = [{"year": h["item"]["year"], "title": h["item"]["title"]} for h in whole["hits"]]
    assert some["hits"] == [
        {"id": h["id"], "score": h["score"], "item": t}
        for h, t in zip(whole["hits"], titles, strict=True)
    ]
    assert some["query"] == whole["query"]
    assert (
        server.send(
            "POST", "/search", {"q": "graph", "k": 3, "fields": ["score", "year", "title"]}
        ).json()
        == some
    )
    assert (
        server.get("/search", q="graph", k=3, fields=["explanation", "passage"]).json()["hits"][0][
            "explanation"
        ]
        == whole["hits"][0]["explanation"]
    )
    assert list(server.get("/search", q="graph", k=1, fields="id").json()["hits"][0]) == ["id"]
    assert server.get("/items/item33", fields="unexplained,topic").json() == {
        "id": "item33", "item": {"topic": planted.item("item33").item["topic"]}, "unexplained": planted.item("item33").unexplained
    }  # fmt: skip
    assert "near: 'score'" in problem_of(server.get("/search", q="graph", fields="scor"), 404)


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/search", {"q": "graph", "limit": 5}, "no parameter 'limit'"),
        ("/search", {"q": "graph", "wher": "year > 2000"}, "near: 'where'"),
        ("/concepts", {"offset": 3}, "this address has"),
        ("/items/item33", {"K": 3}, "no parameter 'K'"),
        ("/info", {"x": 1}, "no parameter 'x'; this address has atlas"),
        ("/trends", {"bye": "year"}, "near: 'by'"),
    ],
)
def test_parameters_that_are_not_known_are_errors(server, path, asked, said):
    assert said in problem_of(server.get(path, **asked), 422)


def test_k_above_the_number_of_items_answers_with_all(server, planted):
    assert (
        len(server.get("/search", q="graph", k=900, explain="false", fields="id").json()["hits"])
        == planted.n_items
    )


@pytest.mark.parametrize(
    "body",
    [
        {"q": "graph \ud83d"},
        {"q": "graph", "where": "topic = '\ud83d'"},
        {"q": "graph", "where": "\ud83d"},
        {"q": "graph", "more": ["\ud83d"]},
        {"q": "graph", "has": {"\ud83d": 1}},
        {"q": "graph", "fields": ["\ud83d"]},
        {"q": "graph", "\ud83d": 1},
    ],
)
def test_half_a_character_is_no_fault_of_the_server(server, body):
    for mode in ("dense", "text", "hybrid"):
        content = json.dumps({**body, "mode": mode})
        answer = server.http.post(
            API + "/search", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (200, 404, 422), answer.text
        answer.json()


def test_facets(server, planted):
    same(server.get("/facets"), planted.facets())
    answer = server.get(
        "/facets",
        q="graph",
        where="year > 2003",
        has="2",
        column=["topic", "day", "price", "open", "tags"],
    )
    same(
        answer,
        planted.facets(
            "graph", where="year > 2003", has="2", columns=["topic", "day", "price", "open", "tags"]
        ),
    )
    assert {f["kind"] for f in answer.json()["facets"]} == {
        "category",
        "date",
        "number",
        "boolean",
        "list",
    }


def test_concepts(server, planted):
    same(server.get("/concepts"), planted.list_concepts())
    asked = {"like": "graph", "limit": 4, "cursor": 1, "hidden": "true", "examples": "true"}
    same(
        server.get("/concepts", **asked),
        planted.list_concepts(like="graph", limit=4, after=1, include_hidden=True, examples=True),
    )
    for sort in ("quality", "name", "frequency", "score", "stability"):
        same(server.get("/concepts", sort=sort, limit=7), planted.list_concepts(sort=sort, limit=7))
    for concept in planted.snapshot.concept_records[:6]:
        same(server.get(f"/concepts/{concept.id}"), planted.concept(concept.id))
        same(server.get(f"/concepts/{concept.id}/family"), kin(planted, concept.id))
        same(
            server.get(f"/concepts/{concept.id}/trend", by="day"),
            series(planted, concept.id, "day"),
        )
        same(
            server.get(f"/concepts/{concept.id}/trend"),
            series(planted, concept.id, planted.snapshot.time_column),
        )
        for order in ("strongest", "weakest", "spread"):
            same(
                server.get(f"/concepts/{concept.id}/items", order=order, limit=5),
                planted.concept_items(concept.id, order=order, limit=5),
            )


def test_courses_of_concepts(server, planted):
    answer = server.get("/concepts", by="day", sort="trend", limit=5).json()
    assert answer["periods"] == series(planted, 0, "day").periods
    for concept in answer["concepts"]:
        course = series(planted, concept["id"], "day")
        np.testing.assert_allclose(concept["sparkline"], course.shares, atol=1e-5)
        assert concept["trend"] == pytest.approx(course.slope)


def test_info_without_where_it_lies(server, planted):
    answer = server.get("/info").json()
    expected = json.loads(planted.info().model_dump_json())
    assert answer == {**expected, "path": "planted.atlas"}
    assert (answer["time"], answer["steerable"]) == ("day", True)


def test_findings(server, planted):
    same(
        server.get("/compare", a="year < 2005", where="open"),
        diff(planted, a="year < 2005", where="open", limit=40, examples=2),
    )
    same(
        server.get("/compare", a="year < 2005", b="year > 2010", limit=3, alpha=0.2),
        diff(planted, a="year < 2005", b="year > 2010", limit=3, alpha=0.2),
    )
    ids = ["item40", "item41", "item42", "..", "a/b c"]
    same(
        server.send("POST", "/compare", {"a": {"ids": ids}, "examples": 1}),
        diff(planted, a=ids, limit=40, examples=1),
    )
    same(
        server.get("/trends", by="day", period="year"),
        trends(planted, "day", period="year", limit=40),
    )
    same(
        server.get("/trends", by="year", bins=5, where="open"),
        trends(planted, "year", bins=5, where="open", limit=40),
    )
    same(
        server.get("/why-not", q="graph", id="item33", k=5, more="2"),
        why_not(planted, "graph", "item33", k=5, more="2"),
    )


@pytest.mark.parametrize("path", ["/compare?a=year<2005", "/trends?by=year"])
def test_reports_as_files(server, planted, path):
    report = (
        diff(planted, a="year<2005", limit=40, examples=2)
        if "compare" in path
        else trends(planted, "year", limit=40)
    )
    kinds = {
        "csv": "text/csv",
        "markdown": "text/markdown",
        "svg": "image/svg+xml",
        "png": "image/png",
    }
    found = {}
    for format, kind in kinds.items():
        answer = server.http.get(f"{API}{path}&format={format}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] == kind
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        found[format] = answer.content
    rows = list(csv.reader(io.StringIO(found["csv"].decode())))
    assert rows[0] == list(report.table().columns)
    assert len(rows) == len(report.table().rows) + 1
    assert found["markdown"].decode() == report.to_markdown()
    assert found["svg"].lstrip().startswith(b"<?xml")
    assert found["png"].startswith(b"\x89PNG")
    assert SCRIPT.encode() not in found["svg"]


def test_map(server, mapped):
    same(server.get("/map"), describe_map(mapped.snapshot))
    points = np.frombuffer(server.get("/map/points").content, "<u2").reshape(-1, 2)
    np.testing.assert_array_equal(points, mapped.snapshot.layout[0])
    assert points.max() == 65535
    for asked in (
        {"concept": 2},
        {"column": "topic"},
        {"column": "open"},
        {"column": "day"},
        {"column": "price"},
    ):
        legend, values = colours(mapped.snapshot, **asked)
        answer = server.get("/map/colours", **asked)
        assert answer.headers["content-type"] == "application/octet-stream"
        np.testing.assert_array_equal(np.frombuffer(answer.content, "u1"), values)
        same(server.get("/map/legend", **asked), legend)
    same(server.get("/map/items", rows="0,3,399"), titles(mapped.snapshot, [0, 3, 399]))


def test_colours_mean_what_the_legend_says(server, mapped):
    topics = [r["topic"] for r in server_rows(server)]
    values = np.frombuffer(server.get("/map/colours", column="topic").content, "u1")
    legend = [v["value"] for v in server.get("/map/legend", column="topic").json()["values"]]
    assert [legend[v] for v in values] == topics
    missing = np.frombuffer(server.get("/map/colours", column="price").content, "u1") == 255
    assert [r["price"] is None for r in server_rows(server)] == missing.tolist()


def server_rows(server):
    """All items, as the export gives them."""
    return [json.loads(line) for line in server.get("/export/items").text.splitlines()]


def test_masks(server, mapped):
    inside = np.frombuffer(server.get("/map/mask", where="year < 2005").content, "u1")
    assert inside.tolist() == [int(r["year"] < 2005) for r in server_rows(server)]
    best = np.frombuffer(server.get("/map/mask", q="graph", where="year < 2005").content, "u1")
    np.testing.assert_array_equal(best, highlight(mapped.snapshot, "graph", where="year < 2005"))
    assert np.frombuffer(server.get("/map/mask").content, "u1").sum() == 400


def test_compare_a_part_of_the_map(server, mapped):
    polygon = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
    same(
        server.send("POST", "/compare", {"a": {"polygon": polygon}}),
        diff(mapped, a=select(mapped.snapshot, polygon), limit=40, examples=2),
    )


def test_reports_on_the_corpus_and_on_a_text(server, planted):
    same(server.get("/tree", limit=5), tree(planted, limit=5))
    same(server.get("/tree", by="prefixes"), tree(planted, by="prefixes"))
    same(
        server.get("/duplicates", min_cosine=0.9, limit=3),
        duplicates(planted, min_cosine=0.9, limit=3),
    )
    same(
        server.send("POST", "/novelty", {"text": "graph edges", "by": "year", "k": 3}),
        novelty(planted, "graph edges", by="year", k=3),
    )
    assert server.get("/duplicates", format="csv").headers["content-type"].startswith("text/csv")
    problem_of(server.send("POST", "/novelty", {"text": "graph", "by": "nosuch"}), 404)
    problem_of(server.send("POST", "/novelty", {"text": ""}), 422)
    problem_of(server.get("/tree", by="size"), 422)


@pytest.mark.parametrize(("where", "has"), [(None, None), ("year < 2004", None), (None, "2:0.2")])
def test_exports(server, planted, where, has):
    lines = server.get("/export/items", where=where, has=has)
    assert lines.headers["content-disposition"].startswith("attachment; filename")
    assert "planted-items.ndjson" in lines.headers["content-disposition"]
    found = [json.loads(line) for line in lines.text.splitlines()]
    table = server.get("/export/items", where=where, has=has, format="csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    every = planted.search("graph", k=100, where=where, has=has).query.candidates
    assert len(found) == len(rows) == every > 0
    assert [r["id"] for r in rows] == [f["id"] for f in found]
    assert [r["body"] for r in rows] == [f["body"] for f in found]
    one = next(f for f in found if f["concepts"])
    strengths = {c.concept: c.value for c in planted.item(one["id"]).concepts}
    assert {c["id"]: c["strength"] for c in one["concepts"]}.items() <= {
        k: round(v, 4) for k, v in strengths.items()
    }.items()


@pytest.mark.parametrize("mode", ["dense", "text", "hybrid"])
def test_exported_hits_are_those_of_the_search(server, planted, mode):
    asked = {"q": "graph", "mode": mode, "where": "year < 2010", "k": 25}
    steered = {} if mode == "text" else {"more": ["1:0.7"], "less": ["3:0.4"], "has": "2:0.1"}
    hits = planted.search("graph", **{k: v for k, v in asked.items() if k != "q"}, **steered).hits
    table = server.get("/export/hits", **asked, **steered)
    assert "planted-hits.csv" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [(r["hit_rank"], r["id"], r["title"]) for r in rows] == [
        (str(i), h.id, h.item["title"]) for i, h in enumerate(hits, 1)
    ]
    assert [float(r["hit_score"]) for r in rows] == pytest.approx([h.score for h in hits], abs=1e-6)
    lines = [
        json.loads(line)
        for line in server.get(
            "/export/hits", **asked, **steered, format="ndjson"
        ).text.splitlines()
    ]
    assert [line["id"] for line in lines] == [h.id for h in hits]
    assert lines[0]["tags"] == hits[0].item["tags"]
    for line, hit in zip(lines, hits, strict=True):
        shown = (
            hit.explanation is not None
            and hit.explanation.gap is not None
            and hit.explanation.gap.shown
        )
        assert [c["id"] for c in line["hit_reason"]] == (
            [
                c.concept
                for c in hit.explanation.gap.contributions
                if c.concept in hit.explanation.gap.named
            ]
            if shown
            else []
        )


def test_exported_hits_as_references(server, planted):
    hits = planted.search("graph", k=12).hits
    entries = server.get("/export/hits", q="graph", k=12, format="bibtex")
    assert entries.headers["content-type"].startswith("application/x-bibtex")
    assert entries.headers["content-disposition"].endswith("planted-hits.bib")
    assert entries.text.count("\n  title = {{") == entries.text.count("\n@") + 1 == len(hits)
    records = server.get("/export/hits", q="graph", k=12, format="ris").text
    assert [line[6:] for line in records.split("\r\n") if line.startswith("TI  - ")] == [
        " ".join(h.item["title"].split()) for h in hits
    ]
    whole = server.get("/export/hits", q="graph", k=1000, where="year < 2003")
    assert (
        len(whole.text.splitlines())
        == 1 + planted.search("graph", k=1, where="year < 2003").query.candidates
    )
    problem_of(server.get("/export/hits", q="graph", k=1001), 422)
    problem_of(server.get("/export/hits", q="graph", format="xml"), 422)


def test_exported_concepts(server, planted):
    found = [json.loads(line) for line in server.get("/export/concepts").text.splitlines()]
    assert [(f["id"], f["name"], f["frequency"]) for f in found] == [
        (c.id, c.name, c.frequency) for c in planted.snapshot.concept_records
    ]
    rows = list(csv.DictReader(io.StringIO(server.get("/export/concepts", format="csv").text)))
    assert [r["id"] for r in rows] == [str(f["id"]) for f in found]


def pages(server, path, key, limit, **asked):
    """All entries, following ``next``."""
    found, cursor, turns = [], 0, 0
    while cursor is not None:
        answer = server.get(path, cursor=cursor, **{limit: 7}, **asked).json()
        assert len(answer[key]) <= 7
        found += [entry["id"] for entry in answer[key]]
        cursor, turns = answer["next"], turns + 1
        assert turns < 100
    return found


@pytest.mark.parametrize("mode", ["dense", "text", "hybrid"])
def test_pages_of_hits_hold_every_item_once(server, planted, mode):
    found = pages(
        server, "/search", "hits", "k", q="graph", mode=mode, where="year < 2004", explain="false"
    )
    assert len(found) == len(set(found))
    whole = [
        h.id for h in planted.search("graph", k=80, mode=mode, where="year < 2004", explain=False)
    ]
    assert sorted(found) == sorted(whole)
    # fusion looks deeper for a later page, which may move what has equal ranks
    if mode != "hybrid":
        assert found == whole


def test_pages_of_concepts_and_their_items(server, planted):
    every = pages(server, "/concepts", "concepts", "limit", hidden="true", sort="name")
    assert every == [
        c.id for c in planted.list_concepts(limit=500, include_hidden=True, sort="name")
    ]
    timed = pages(server, "/concepts", "concepts", "limit", hidden="true", sort="trend", by="year")
    assert sorted(timed) == sorted(every)
    items = pages(server, "/concepts/2/items", "items", "limit")
    assert items == [e.id for e in planted.concept_items(2, limit=400).items]
    near = pages(server, "/items/item33/neighbours", "hits", "k", where="year < 2003")
    assert near == [h.id for h in planted.neighbours("item33", k=60, where="year < 2003")]
    assert "item33" not in near


PATHS = [
    *(
        "/search?q=graph",
        "/facets",
        "/concepts",
        "/concepts/2",
        "/concepts/2/items",
        "/concepts/2/family",
        "/concepts/2/trend",
        "/info",
        "/edits",
    ),
    *(
        "/seeds",
        "/searches",
        "/items/item33",
        "/items/item33/marks",
        "/items/item33/neighbours",
        "/compare?a=open",
        "/trends",
        "/why-not?q=graph&id=item33",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_versions_and_tags(server, planted, path):
    first = server.http.get(API + path)
    assert first.headers["x-atlas-version"] == str(planted.version)
    assert first.headers["x-atlas-edits"] == "0"
    assert first.headers["cache-control"] == "private, no-cache"
    again = server.http.get(
        API + path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert server.http.get(API + path, headers={"If-None-Match": '"other"'}).status_code == 200
    elsewhere = f"{API}{path}{'&' if '?' in path else '?'}atlas=second"
    assert (
        server.http.get(elsewhere, headers={"If-None-Match": first.headers["etag"]}).status_code
        == 200
    )


def test_a_body_is_never_not_modified(server):
    tag = server.send("POST", "/search", {"q": "graph"}).headers["etag"]
    other = server.http.post(API + "/search", json={"q": "speech"}, headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.json()["query"]["text"] == "speech"


def test_answers_are_compressed_where_that_is_wanted(server):
    asked = {"url": API + "/search?q=graph"}
    with server.http.stream("GET", **asked, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    plain = server.http.get(**asked, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 3


def test_what_is_not_there(server):
    assert "item33" in problem_of(server.get("/items/item3333"), 404)
    assert "ids of the core" in problem_of(server.get("/concepts/9999"), 404)
    assert "planted" in problem_of(server.get("/info", atlas="plante"), 404)
    assert "topic" in problem_of(server.get("/facets", column="topc"), 404)
    assert "openapi" in problem_of(server.get("/nothing"), 404)
    assert "openapi" in problem_of(server.send("PUT", "/search"), 405)
    assert "begriff map" in problem_of(server.get("/map", atlas="bare"), 404)
