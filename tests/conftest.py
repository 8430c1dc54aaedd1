"""Shared corpora: a small planted one that every test may use, and the real data where it is present."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import begriff as bg
from begriff import catalog
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder

TOPICS = {
    "protein": "protein folding residue enzyme molecule amino chain structure",
    "speech": "speech acoustic phoneme speaker audio recognition waveform microphone",
    "graph": "graph node edge neighbor spectral laplacian community vertex",
    "bandit": "bandit regret arm reward exploration stochastic horizon pulls",
    "vision": "image pixel segmentation camera object detection convolution texture",
    "parsing": "parsing grammar syntax treebank sentence dependency lexical constituent",
}
COMMON = [
    "we",
    "show",
    "that",
    "the",
    "method",
    "improves",
    "results",
    "on",
    "several",
    "tasks",
    "with",
    "a",
    "new",
    "approach",
    "for",
    "learning",
]


FEW = {"KMeans", "NMF", "TopKSAE"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--few",
        action="store_true",
        help="Of tests that run over every dictionary, those of a few.",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--few"):
        return
    left_out = {*catalog.names("dictionaries")} - FEW
    named = [re.split(r"\W", item.name.partition("[")[2], maxsplit=1)[0] for item in items]
    config.hook.pytest_deselected(
        items=[item for item, name in zip(items, named, strict=True) if name in left_out]
    )
    items[:] = [item for item, name in zip(items, named, strict=True) if name not in left_out]


class BagOfWords(Encoder):
    """A word is a fixed random direction; a text the mean of its words. Deterministic, no model."""

    n_dims = 48
    name = "bag-of-words"

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        out = (
            np.stack([self._one(t) for t in texts])
            if len(texts)
            else np.empty((0, self.n_dims), np.float32)
        )
        if progress is not None:
            progress(len(texts), len(texts))
        return out.astype(np.float32)

    def _one(self, text: str) -> Floats:
        words = [w.strip(".,") for w in text.lower().split()] or ["-"]
        total = sum(_direction(w, self.n_dims) for w in words)
        return total / np.linalg.norm(total)

    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        return [[(0, len(t))] if len(t) <= 400 else [(0, 400), (300, len(t))] for t in texts]


@cache
def _direction(word: str, n_dims: int) -> Floats:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
    return np.random.default_rng(seed).standard_normal(n_dims)


def make_rows(n: int = 400, seed: int = 0) -> list[dict[str, Any]]:
    """Items about one or two of six topics, with attributes."""
    rng = np.random.default_rng(seed)
    names = list(TOPICS)
    rows = []
    for i in range(n):
        first, second = rng.choice(len(names), 2, replace=False)
        words = list(rng.choice(TOPICS[names[first]].split(), 9)) + list(rng.choice(COMMON, 6))
        if rng.random() < 0.3:
            words += list(rng.choice(TOPICS[names[second]].split(), 5))
        rng.shuffle(words)
        rows.append(
            {
                "id": f"item{i}",
                "title": names[first],
                "body": " ".join(words),
                "year": 2000 + i % 20,
                "topic": names[first],
            }
        )
    return rows


@pytest.fixture(scope="session", autouse=True)
def _no_map() -> Iterator[None]:
    """Builds leave out the map, as without the extra: a layout takes seconds, and tests that want one ask for it (``add_map``)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("begriff.pipeline.plan.find_spec", lambda name: None)
        yield


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    return make_rows()


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str, Callable[[Path], object]], Path]:
    """What takes long to make and is never changed is made by one of the processes that test, and the others wait: ``once(name, make)``."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)

    def make_once(name: str, make: Callable[[Path], object]) -> Path:
        path, whole = folder / name, folder / f"{name}.whole"
        with open(folder / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(path, ignore_errors=True)
                make(path)
                whole.touch()
        return path

    return make_once


@pytest.fixture(scope="session")
def atlas(
    rows: list[dict[str, Any]], once: Callable[[str, Callable[[Path], object]], Path]
) -> bg.Atlas:
    """An atlas of the planted corpus; tests that edit make a copy."""
    path = once(
        "planted.atlas", lambda out: bg.build(rows, text="body", out=out, encoder=BagOfWords())
    )
    return bg.open(path, encoder=BagOfWords())


@pytest.fixture(scope="module")
def fits_here() -> Iterator[None]:
    """Comparisons fit in this process: another one for every fit takes seconds, and ``tests/evaluation`` shows once that it gives the same."""
    from begriff.evaluation import trial

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            trial,
            "subprocess",
            SimpleNamespace(run=lambda command, **_: _outcome(command, trial._main)),
        )
        yield


def _outcome(command: Sequence[str], main: Callable[[Path], None]) -> CompletedProcess[str]:
    """Call ``main`` with the folder that the command ends with; what ``subprocess.run`` would say of it."""
    try:
        main(Path(command[-1]))
    except SystemExit as e:
        return CompletedProcess(command, 1, "", str(e.code))
    return CompletedProcess(command, 0, "", "")


@pytest.fixture(scope="session")
def vectors() -> Floats:
    """Sparse combinations of 24 directions in 16 dimensions, unit length: (600, 16)."""
    rng = np.random.default_rng(1)
    directions = rng.standard_normal((24, 16))
    codes = rng.random((600, 24)) * (rng.random((600, 24)) < 0.12)
    X = codes @ directions + 0.05 * rng.standard_normal((600, 16)) + 0.5
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of real data; tests that need it skip, saying so, where it is absent."""
    folder = os.environ.get("BEGRIFF_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("BEGRIFF_DATA names no folder of real data")
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _offline() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
