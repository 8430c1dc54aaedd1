"""The client is an Atlas over HTTP: the same methods, the same answers, the same errors."""

from __future__ import annotations

import inspect
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import begriff as bg
from begriff.errors import InputError, MissingExtraError, NotFoundError, RemoteError
from begriff.reports.trends import trends
from begriff.reports.why_not import why_not
from tests.conftest import BagOfWords
from tests.server.conftest import NASTY, built, planted  # noqa: F401  (the same served atlas)
from tests.server.process import Running

NAMESPACES = ["edits", "seeds", "searches"]
ARRAYS = {
    "codes",
    "columns",
    "components",
    "dictionary",
    "encoder",
    "item_vectors",
    "n_items",
    "path",
    "region_codes",
    "snapshot",
    "vectors",
    "version",
}
# what reads and writes files of the machine that the atlas is on
ON_DISK = {"add", "remove", "export", "write_back"}


@pytest.fixture(scope="module")
def server(built, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("client")
    copies = {
        name: shutil.copytree(built, folder / f"{name}.atlas") for name in ("planted", "edited")
    }
    running = Running(copies)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def client(server):
    with bg.Client(server.url) as made:
        yield made


@pytest.fixture
def connect():
    """Makes clients, and closes them."""
    made = []

    def to(url, **options):
        made.append(bg.Client(url, **options))
        return made[-1]

    yield to
    for client in made:
        client.close()


@pytest.fixture
def both(server, built, tmp_path):  # noqa: F811
    """An atlas and a client of another, to which the same is done: what they hold of edits is taken back at the end."""
    atlas = bg.open(shutil.copytree(built, tmp_path / "edited.atlas"), encoder=BagOfWords())
    with bg.Client(server.url, atlas="edited") as client:
        yield atlas, client
        client.edits.undo_all()
        assert client.edits.list() == []


def public(kind):
    return {n: m for n, m in inspect.getmembers(kind) if not n.startswith("_")}


def parameters(method):
    return [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]


def test_every_method_with_the_same_parameters():
    ours, theirs = public(bg.Client), public(bg.Atlas)
    assert theirs.keys() - ours.keys() == ARRAYS | ON_DISK
    assert len(theirs) <= 30
    for name in theirs.keys() & ours.keys() - {"concepts", *NAMESPACES}:
        assert parameters(ours[name]) == parameters(theirs[name]), name


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_edit_with_the_same_parameters(client, planted, namespace):  # noqa: F811
    ours, theirs = (public(type(getattr(held, namespace))) for held in (client, planted))
    assert {n: parameters(m) for n, m in ours.items()} == {
        n: parameters(m) for n, m in theirs.items()
    }


def test_names_that_moved_work_and_say_where_they_are(client, planted):  # noqa: F811
    for held in (client, planted):
        with pytest.warns(DeprecationWarning, match=r"\.list_edits is now \w+\.edits\.list"):
            assert held.list_edits() == held.edits.list()
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            held.nothing()
    with pytest.warns(DeprecationWarning, match="Atlas.row_of is now Atlas.snapshot.row_of"):
        assert planted.row_of("item15") == planted.snapshot.row_of("item15")


CALLS = {
    "search": lambda a: a.search(
        "graph laplacian",
        k=7,
        more={"2": 0.4},
        less=["3"],
        has="4:0.01",
        where="year > 2002",
        after=2,
    ),
    "search by words": lambda a: a.search("speech", mode="text", explain=False),
    "search with free words": lambda a: a.search(
        "speech", mode="hybrid", more="acoustic microphone:0.3"
    ),
    "neighbours": lambda a: a.neighbours("item33", k=4, where="open", after=1),
    "facets": lambda a: a.facets(),
    "facets of hits": lambda a: a.facets(
        "graph", where="open", has={"2": 0.1}, columns=["day", "tags"]
    ),
    "concepts": lambda a: a.concepts,
    "concepts, a page": lambda a: a.list_concepts(
        like="graph", limit=3, after=1, include_hidden=True, examples=True
    ),
    "concepts by name": lambda a: a.list_concepts(sort="name"),
    "concept": lambda a: a.concept(2),
    "concept items": lambda a: a.concept_items(2, order="spread", limit=4),
    "weakest items": lambda a: a.concept_items("2", order="weakest", limit=4, after=2),
    "info": lambda a: a.info().model_copy(update={"path": ""}),
    "versions": lambda a: a.versions().model_copy(update={"path": ""}),
    "edits": lambda a: a.edits.list(),
    "seeds": lambda a: a.seeds.list(),
    "searches": lambda a: a.searches.list(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_same_answers(client, planted, call):  # noqa: F811
    assert call(client) == call(planted)


@pytest.mark.parametrize("id", [*NASTY, "item15"])
def test_items_of_any_id(client, planted, id):  # noqa: F811
    assert client.item(id) == planted.item(id)
    assert client.marks(id) == planted.marks(id)
    assert client.neighbours(id, k=2) == planted.neighbours(id, k=2)


def test_the_same_findings(client, planted):  # noqa: F811
    assert client.diff(a="year < 2005", limit=9) == bg.diff(
        planted, a="year < 2005", limit=9, examples=2
    )
    ids = ["item40", "item41", "a/b c"]  # of the years 2000 and 2001
    assert client.diff(a=ids, b="year > 2005", alpha=0.1) == bg.diff(
        planted, a=ids, b="year > 2005", alpha=0.1, limit=40, examples=2
    )
    assert client.trends("day", period="year", where="year > 2001") == trends(
        planted, "day", period="year", where="year > 2001", limit=40
    )
    assert client.why_not("graph", "item33", k=5, more={"2": 0.3}) == why_not(
        planted, "graph", "item33", k=5, more={"2": 0.3}
    )


def test_exports(client, server, connect):
    found = [json.loads(line) for line in client.export_items(where="year < 2003")]
    assert {f["year"] for f in found} == {2000, 2001, 2002}
    with pytest.raises(NotFoundError, match="atlas"):
        list(connect(server.url, atlas="nosuch").export_items())


def without_time(document):
    """A result without the moment at which it was made."""
    kept = document if isinstance(document, dict) else document.model_dump()
    return {k: v for k, v in kept.items() if k != "when"}


EDITS = [
    lambda a: a.edits.rename(2, "my name", who="Ada"),
    lambda a: a.edits.note("my name", "a note", who="Ada"),
    lambda a: a.edits.hide(3, who="Ada"),
    lambda a: a.edits.hide(3, False, who="Ada"),
    lambda a: a.edits.pin("my name", who="Ada"),
    lambda a: a.edits.pin(2, pinned=False, who="Bo"),
    lambda a: a.edits.merge("my name", 4, who="Bo"),
    lambda a: a.seeds.fit("mine", words="speech", yes=["item20"], no=["a/b c", ".."], who="Ada"),
    lambda a: a.searches.save(
        "a/b ..", "graph", mode="hybrid", more={"5": 0.7}, has="6", where="open", who="Ada"
    ),
    lambda a: a.searches.forget("a/b ..", who="Bo"),
    lambda a: a.edits.undo(1, who="Ada"),
    lambda a: a.edits.undo(who="Bo"),
]


def test_the_same_edits(both):
    atlas, client = both
    for i, edit in enumerate(EDITS):
        assert without_time(edit(client)) == without_time(edit(atlas)), i
    assert client.concepts == atlas.concepts
    assert client.seeds.list() == atlas.seeds.list()
    assert [without_time(e) for e in client.edits.list()] == [
        without_time(e) for e in atlas.edits.list()
    ]
    assert client.search("graph", more="mine", has="4") == atlas.search(
        "graph", more="mine", has="4"
    )


def test_an_edit_without_who_is_of_the_client(both):
    _, client = both
    client.edits.rename(2, "x")
    assert client.edits.list()[-1]["who"] == "web"


def test_names_find_what_an_atlas_finds(client, planted):  # noqa: F811
    given = {n for c in planted.snapshot.concept_records for n in (c.name, *c.aliases) if n}
    for name in [*sorted(given), "Graphs", "nosuch", "-1", " 3 ", "9999"]:
        assert outcome(client, lambda a, n=name: a.concept(n).concept) == outcome(
            planted, lambda a, n=name: a.concept(n).concept
        ), name


def outcome(held, call):
    """What a call gives, or the type and the message of what it raises."""
    try:
        return call(held)
    except bg.BegriffError as e:
        return type(e), str(e)


SAME = {
    "unknown item": lambda a: a.item("item99999"),
    "unknown neighbour": lambda a: a.neighbours("nope"),
    "unknown column": lambda a: a.search("x", where="nosuch = 1"),
    "no condition": lambda a: a.search("x", where="year = 1; DROP TABLE x"),
    "unknown facet": lambda a: a.facets(columns=["nosuch"]),
    "facet of text": lambda a: a.facets(columns=["body"]),
    "blank query": lambda a: a.search("  "),
    "text steered": lambda a: a.search("x", mode="text", more="2"),
    "bad weight": lambda a: a.search("x", more={"2": -1}),
    "empty concept": lambda a: a.search("x", less=[""]),
    "unknown row": lambda a: a.search("x", has="9999"),
    "blank name": lambda a: a.edits.rename(1, "   "),
    "unprintable name": lambda a: a.edits.rename(1, "\x1b[31m"),
    "unprintable who": lambda a: a.edits.rename(1, "x", who="\n"),
    "merged into itself": lambda a: a.edits.merge(1, 1),
    "nothing to undo": lambda a: a.edits.undo(),
    "seed of nothing": lambda a: a.seeds.fit("x"),
    "seed of an unknown item": lambda a: a.seeds.fit("x", yes=["nope"]),
    "unknown search": lambda a: a.searches.forget("nope"),
    "empty group": lambda a: (
        a.diff(a="year = 1") if isinstance(a, bg.Client) else bg.diff(a, a="year = 1")
    ),
}


@pytest.mark.parametrize("call", SAME.values(), ids=SAME)
def test_the_same_errors(client, planted, call):  # noqa: F811
    kind, said = outcome(planted, call)
    assert outcome(client, call) == (kind, said)
    assert issubclass(kind, InputError)


LIMITS = {
    "k": lambda a: a.search("x", k=0),
    "mode": lambda a: a.search("x", mode="dence"),
    "after": lambda a: a.search("x", after=-1),
    "sort": lambda a: a.list_concepts(sort="x"),
    "limit": lambda a: a.list_concepts(limit=0),
    "order": lambda a: a.concept_items(1, order="x"),
    "note": lambda a: a.edits.note(1, "x" * 2001),
    "name": lambda a: a.searches.save("", "x"),
}


@pytest.mark.parametrize(("word", "call"), LIMITS.items(), ids=LIMITS)
def test_limits_are_errors_of_the_same_type(client, planted, word, call):  # noqa: F811
    assert outcome(planted, call)[0] is InputError
    kind, said = outcome(client, call)
    assert kind is InputError
    assert said.startswith("cursor" if word == "after" else word)


def test_several_atlases(server, both, connect):
    _, edited = both
    edited.edits.rename(1, "only here")
    first = connect(server.url + "/")
    assert "only here" not in [c.name for c in first.list_concepts(include_hidden=True)]
    with pytest.raises(NotFoundError, match="edited"):
        connect(server.url, atlas="editd").info()


def test_keys(built, tmp_path, connect):  # noqa: F811
    with Running(
        {"own": shutil.copytree(built, tmp_path / "own.atlas")}, api_key="right"
    ) as server:
        assert connect(server.url, api_key="right").info().items == 400
        for key in (None, "wrong", ""):
            with pytest.raises(RemoteError, match="API key"):
                connect(server.url, api_key=key).info()
    with pytest.raises(InputError, match="printable ASCII"):
        bg.Client("http://127.0.0.1:1", api_key="käse\n")


def test_a_server_that_is_not_there(connect):
    with pytest.raises(RemoteError, match="begriff serve"):
        connect("http://127.0.0.1:1").search("x")
    with pytest.raises(RemoteError, match="begriff serve"):
        list(connect("http://127.0.0.1:1").export_items())


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", "<p>hello"),
        (200, "application/json", '{"a": 1}'),
        (502, "text/html", "bad"),
        (404, "application/json", "[]"),
    ],
)
def test_a_server_that_is_another(status, kind, body, connect):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        client = connect(f"http://127.0.0.1:{other.server_port}")
        try:
            for ask in (client.info, client.edits.list, client.concept):
                with pytest.raises(RemoteError, match="begriff server"):
                    ask(*([2] if ask == client.concept else []))
        finally:
            other.shutdown()
            thread.join()


def test_urls_that_are_none(connect):
    for url in ("", "127.0.0.1:8765", "ftp://x", "http://[", "http://a b"):
        with pytest.raises((RemoteError, InputError)):
            connect(url).info()


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(MissingExtraError, match="client"):
        bg.Client("http://127.0.0.1:8765")
