"""Served atlases: a planted corpus with nasty ids and texts and a column of every kind, in one real process for the whole session."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import begriff as bg
from begriff.atlas.making import add_map
from tests.conftest import BagOfWords, make_rows

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx")

from starlette.testclient import TestClient

from begriff.server import Settings, create_app
from begriff.server.atlas_pool import AtlasPool
from tests.server.process import Running

SCRIPT = "<script>alert(1)</script>"
NASTY = [
    "a/b c",
    "..",
    "../../etc/passwd",
    "%2F..%2F",
    "q\"u'o`t\\e",
    "ünï→cödé 漢字",
    SCRIPT,
    "x?y#z&w=1",
    "-1",
    "' OR 1=1 --",
    "blog/marks",
    "a/neighbours",
]
API = "/api/v1"


def nasty_rows(n: int = 400) -> list[dict[str, Any]]:
    """Planted rows with a column of every kind, missing values, and ids and texts that break what is careless."""
    rows = make_rows(n)
    for i, row in enumerate(rows):
        row["day"] = None if i % 50 == 7 else f"{2010 + i % 12}-{1 + i % 12:02d}-{1 + i % 28:02d}"
        row["open"] = i % 3 == 0
        row["tags"] = [["red", "green"], ["blue"], []][i % 3]
        row["price"] = None if i % 40 == 3 else round(1.5 * i, 2)
    for row, id in zip(rows, NASTY, strict=False):
        row["id"] = id
        row["title"] = f"{SCRIPT} {row['title']}"
        row["body"] = f"{row['body']} {SCRIPT} <img src=x onerror=alert(2)> \u202e"
    return rows


def build_served(out: Path) -> None:
    """The atlas of these rows, for the tests of the server and of the client."""
    bg.build(nasty_rows(), text="body", out=out, encoder=BagOfWords())
    if find_spec("umap"):
        add_map(out)


@pytest.fixture(scope="session")
def built(once: Callable[..., Path]) -> Path:
    """An atlas of these rows, with a map; never edited."""
    return once("served.atlas", build_served)


@pytest.fixture(scope="session")
def planted(built: Path) -> bg.Atlas:
    """What the answers are compared with."""
    return bg.open(built, encoder=BagOfWords())


@pytest.fixture(scope="session")
def mapped(planted: bg.Atlas) -> bg.Atlas:
    """The same, where its map could be made."""
    if not planted.info().map:
        pytest.skip("umap is not installed: there is no map")
    return planted


@pytest.fixture
def copy_of(built: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Makes a copy of the atlas under a name."""

    def make(name: str) -> Path:
        return Path(shutil.copytree(built, tmp_path / f"{name}.atlas"))

    return make


@pytest.fixture(scope="session")
def server(
    built: Path, atlas: bg.Atlas, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A process that serves ``planted`` (read only by agreement), ``second`` and ``scratch`` (edited), ``bare`` (no map, edited); it must end well."""
    folder = tmp_path_factory.mktemp("copies")
    copies = {
        name: Path(shutil.copytree(built, folder / f"{name}.atlas"))
        for name in ("planted", "second", "scratch")
    }
    copies["bare"] = Path(shutil.copytree(atlas.path, folder / "bare.atlas"))
    running = Running(copies, patience=1.0)
    yield running
    assert running.stop() == 0
    assert not [line for line in running.log if "Traceback" in line], "".join(running.log)[-4000:]


@pytest.fixture
def serve(copy_of: Callable[[str], Path]) -> Iterator[Callable[..., Running]]:
    """Starts a process of one's own over a fresh copy; whatever still runs at the end is stopped."""
    started: list[Running] = []

    def start(name: str = "own", path: Path | None = None, **settings: Any) -> Running:
        started.append(Running({name: path or copy_of(name)}, **settings))
        return started[-1]

    yield start
    for running in started:
        running.__exit__()


@pytest.fixture
def inside(copy_of: Callable[[str], Path]) -> Callable[..., TestClient]:
    """The application in this process, over a fresh copy, for what a process of its own adds nothing to."""

    def make(**settings: Any) -> TestClient:
        pool = AtlasPool({"own": bg.open(copy_of("own"), encoder=BagOfWords())})
        return TestClient(
            create_app(pool, Settings(**settings)),
            base_url="http://localhost",
            raise_server_exceptions=False,
        )

    return make


def problem_of(answer: Any, status: int) -> str:
    """The detail of a problem document, after checking that it is a whole one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert set(said) == {"type", "title", "status", "detail", "kind"}
    assert said["status"] == status
    assert len(said["title"]) > 3
    assert len(said["detail"]) > 10
    assert "\n" not in said["detail"]
    return str(said["detail"])
