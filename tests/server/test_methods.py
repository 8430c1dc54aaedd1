"""The methods that a server can use, plugins among them, over HTTP and by the client."""

import pytest

import begriff as bg
from begriff import catalog
from tests.plugin import plugin  # noqa: F401
from tests.server.conftest import problem_of


def test_all_kinds_and_one_kind(server):
    listed = server.get("/methods").json()["methods"]
    assert {(m["kind"], m["name"]) for m in listed} == {(m.kind, m.name) for m in catalog.methods()}
    erasers = server.get("/methods", kind="erasers").json()["methods"]
    assert erasers == [m for m in listed if m["kind"] == "erasers"]
    assert "near: 'erasers'" in problem_of(server.get("/methods", kind="eraser"), 404)


def test_the_client_lists_what_the_library_lists(server):
    with bg.Client(server.url) as client:
        assert client.methods("erasers") == catalog.methods("erasers")
        assert client.methods() == catalog.methods()
        with pytest.raises(bg.InputError, match="near: 'erasers'"):
            client.methods("eraser")


def test_a_plugin_is_listed(plugin, inside):  # noqa: F811
    with inside() as app:
        listed = {m["name"]: m for m in app.get("/api/v1/methods?kind=erasers").json()["methods"]}
        assert listed["flat"]["package"] == "begriff-halves"
        assert not listed["leace"]["plugin"]


@pytest.mark.parametrize(
    ("method", "said"), [("leech", "near: 'leace'"), ("qleace", "needs the label of every vector")]
)
def test_an_eraser_that_cannot_be_used_is_refused_before_the_job(inside, method, said):
    with inside() as app:
        assert said in problem_of(
            app.post(
                "/api/v1/erasures", json={"concept": "x", "labels": "topic", "method": method}
            ),
            422,
        )
