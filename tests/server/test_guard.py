"""Texts checked over HTTP: the library's own verdicts; without a guard a problem that says how to get one."""

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from starlette.testclient import TestClient

import begriff as bg
from begriff.server import Settings, create_app
from begriff.server.atlas_pool import AtlasPool
from begriff.tasks.guard import TextGuard
from tests.conftest import BagOfWords
from tests.guard.conftest import PLAIN, SLURS, write_texts
from tests.server.conftest import API, built, problem_of  # noqa: F401

TEXTS = ["idiot scum trash moron", "river bridge music"]


@pytest.fixture(scope="module")
def guard():
    return TextGuard.train(
        {"slurs": write_texts(SLURS, 40, 1)},
        write_texts(PLAIN, 150, 2),
        encoder=BagOfWords(),
        fpr=0.05,
        n_prompts=8,
    )


@pytest.fixture
def client(built, guard):  # noqa: F811
    pool = AtlasPool({"own": bg.open(built, encoder=BagOfWords())})
    return TestClient(
        create_app(pool, Settings(api_key="k"), guard),
        base_url="http://localhost",
        headers={"Authorization": "Bearer k"},
    )


def test_the_librarys_verdicts(client, guard):
    answer = client.post(f"{API}/guard", json={"texts": TEXTS})
    assert answer.status_code == 200
    assert answer.json() == guard.check(TEXTS).model_dump(mode="json")
    assert answer.headers["cache-control"] == "no-store"


def test_without_a_guard_the_way_to_one(inside):
    assert "--guard FILE" in problem_of(inside().post(f"{API}/guard", json={"texts": TEXTS}), 404)


@pytest.mark.parametrize("texts", [[], ["a"] * 65, [""], ["x" * 10_001], "text", [1], None])
def test_what_is_too_much_or_no_text_is_refused(client, texts):
    problem_of(client.post(f"{API}/guard", json={"texts": texts}), 422)


def test_the_key_is_needed(client):
    problem_of(
        client.post(f"{API}/guard", json={"texts": TEXTS}, headers={"Authorization": "Bearer no"}),
        401,
    )


def test_the_client_gives_the_document(client, guard, monkeypatch):
    with bg.Client("http://localhost", api_key="k") as ours:
        monkeypatch.setattr(ours._wire, "_http", client)
        client.base_url = "http://localhost/api/v1/"
        assert ours.guard(TEXTS) == guard.check(TEXTS)
