"""Servers for the page's tests: a planted corpus whose topics come and go with the years, with nasty ids and texts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import begriff as bg
from begriff.atlas.making import add_map
from tests.conftest import COMMON, TOPICS, BagOfWords

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx")

from tests.server.conftest import NASTY, SCRIPT
from tests.server.process import ROOT, Running

WEB = ROOT / "web"
BROWSERS = (
    *("chromium-headless-shell", "chrome-headless-shell"),  # the least work
    *(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
)
KEY = "open-sesame"
WORDS = {
    **{topic: words.split()[:6] for topic, words in TOPICS.items()},
    "comets": ["comet", "orbit", "tail", "nucleus", "dust", "perihelion"],
    "bread": ["dough", "yeast", "flour", "oven", "crust", "knead"],
    "chess": ["pawn", "bishop", "opening", "endgame", "castling", "tempo"],
    "rivers": ["river", "delta", "sediment", "flood", "basin", "erosion"],
}


def page_rows(n: int = 480, seed: int = 3) -> list[dict[str, Any]]:
    """Rows about ten topics, the first of which rises with the years and the second of which falls."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        year = 2000 + i % 20
        t = i % 20 / 19
        weights = np.array([0.02 + 4 * t**2, 0.02 + 4 * (1 - t) ** 2, *[1.0] * 8])
        first, second = rng.choice(list(WORDS), 2, replace=False, p=weights / weights.sum())
        words = [*rng.choice(WORDS[first], 10), *rng.choice(COMMON, 5)]
        if rng.random() < 0.25:
            words += [*rng.choice(WORDS[second], 4)]
        rng.shuffle(words)
        title = " ".join([first, *rng.choice(WORDS[first], 2, replace=False)])
        day = None if i % 50 == 7 else f"{year}-{1 + i % 12:02d}-{1 + i % 28:02d}"
        row = {
            "id": f"item{i}",
            "title": title,
            "body": " ".join(words),
            "year": year,
            "topic": str(first),
            "day": day,
        }
        tags = [["red", "green"], ["blue"], []][i % 3]
        rows.append(
            {
                **row,
                "open": i % 3 == 0,
                "tags": tags,
                "price": None if i % 40 == 3 else round(1.5 * i, 2),
            }
        )
    for row, id in zip(rows, NASTY, strict=False):
        row |= {
            "id": id,
            "title": f"{SCRIPT} {row['title']}",
            "body": f"{row['body']} {SCRIPT} <img src=x onerror=alert(2)> \u202e",
        }
    return rows


@pytest.fixture(scope="session")
def browser() -> str:
    """The Chromium to use; without what the page needs, its tests are skipped before anything is built."""
    named = os.environ.get("BEGRIFF_CHROMIUM")
    found = next(
        (found for name in ([named] if named else BROWSERS) if (found := shutil.which(name))), None
    )
    if shutil.which("node") is None:
        pytest.skip("there is no node on PATH")
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        pytest.skip("web/node_modules holds no playwright-core: run `npm ci` in web/")
    if not (ROOT / "src/begriff/server/static/index.html").is_file():
        pytest.skip("the page is not built: run `npm run build` in web/")
    return found or pytest.skip(
        "there is no Chromium: none on PATH, and BEGRIFF_CHROMIUM names none"
    )


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """An atlas without a map, and the stages that its build went through."""
    path, stages = tmp_path_factory.mktemp("page") / "bare.atlas", set()

    def meter(stage: str, done: int, total: int) -> None:
        stages.add(stage)

    text = ["title", "body"]
    bg.build(page_rows(), text=text, out=path, encoder=BagOfWords(), progress=meter)
    return path, stages


@pytest.fixture(scope="session")
def environment(browser: str, bare: tuple[Path, set[str]]) -> Iterator[dict[str, str]]:
    """What the tests in web/tests read: the addresses of a server, of one that asks for a key and of one that is read only."""
    folder = bare[0].parent
    built = Path(shutil.copytree(bare[0], folder / "planted.atlas"))
    if find_spec("umap"):
        add_map(built)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(built, folder / f"{name}.atlas"))

    locked, fixed = copy("locked"), copy("fixed")
    changed = {name: copy(name) for name in ("second", "models", "erased")}
    with (
        Running({"planted": built, **changed, "bare": folder / "bare.atlas"}) as server,
        Running({"locked": locked}, api_key=KEY) as asking,
        Running({"fixed": fixed}, read_only=True) as closed,
    ):
        yield {
            "BEGRIFF_URL": server.url,
            "BEGRIFF_KEY_URL": asking.url,
            "BEGRIFF_KEY": KEY,
            "BEGRIFF_READ_ONLY_URL": closed.url,
            "BEGRIFF_CHROMIUM": browser,
        }
        for running in (server, asking, closed):
            assert not [line for line in running.log if "Traceback" in line], "".join(running.log)[
                -4000:
            ]
