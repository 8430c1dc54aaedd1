"""A process that is killed at any moment leaves the last good version, and running it again ends as if nothing had happened.

The atlas is made of precomputed vectors, so that a run takes a second or two and the moments reach every stage. Five kills are in the gate,
fifty under ``-m slow``.
"""

import random
import shutil
import time

import numpy as np
import pytest

import begriff as bg
from begriff.dictionaries import TopKSAE
from tests.conftest import BagOfWords, make_rows
from tests.processes import Forked

ROWS = make_rows(700)
BEFORE = {"build": None, "add": "build", "remove": "add"}


def work(what, path, vectors):
    """What is killed, in a process of its own."""
    rows, X = make_rows(700), np.load(vectors)
    print("ready", flush=True)  # noqa: T201
    if what == "build":
        small = TopKSAE(64, k=4, max_epochs=8, batch_size=64)
        bg.build(
            rows[:600],
            text="body",
            out=path,
            encoder=None,
            vectors=X[:600],
            dictionary=small,
            layout=False,
        )
    elif what == "add":
        bg.open(path).add(
            [*rows[600:], {**rows[5], "body": rows[6]["body"]}],
            vectors=np.concatenate([X[600:], X[6:7]]),
        )
    else:
        bg.open(path).remove([f"item{i}" for i in range(0, 600, 7)])


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """Undisturbed runs, one after the other, and how long each takes after its imports."""
    folder = tmp_path_factory.mktemp("kills")
    vectors = folder / "vectors.npy"
    np.save(vectors, BagOfWords().encode([r["body"] for r in ROWS]))
    seconds = {}
    for what, before in BEFORE.items():
        path = folder / f"{what}.atlas"
        if before:
            shutil.copytree(folder / f"{before}.atlas", path)
        process = Forked(work, what, path, vectors)
        process.stdout.readline()
        began = time.monotonic()
        assert process.wait() == 0, process.stderr.read()
        seconds[what] = time.monotonic() - began
        process.stdout.close()
        process.stderr.close()
    return folder, vectors, seconds


def content(path):
    """Everything that a user can see of an atlas, in a form that can be compared."""
    atlas = bg.open(path)
    arrays = [
        np.asarray(a)
        for a in (
            atlas.vectors,
            atlas.snapshot.spans,
            atlas.components,
            atlas.snapshot.ids,
            atlas.region_codes.data,
            atlas.region_codes.indices,
            atlas.region_codes.indptr,
        )
    ]
    rows = [atlas.snapshot.items.column(c).tolist() for c in ("_id", "_text", "_row")]
    words = [
        [(h.id, round(h.score, 4)) for h in atlas.search(q, mode="text", k=20).hits]
        for q in ("graph node", "speech", "protein")
    ]
    return arrays, [
        rows,
        words,
        [c.model_dump() for c in atlas.snapshot.concept_records],
        atlas.info().rejected,
    ]


def run_killed(what, at, versions, folder):
    """Kill a run ``at`` a share of its time, check the version before, run it again and compare."""
    source, vectors, seconds = versions
    path = folder / "a.atlas"
    if BEFORE[what]:
        shutil.copytree(source / f"{BEFORE[what]}.atlas", path)
    process = Forked(work, what, path, vectors)
    process.stdout.readline()
    time.sleep(at * seconds[what])
    process.kill()
    process.communicate()
    if BEFORE[what]:
        assert bg.open(path).version in (
            bg.open(source / f"{BEFORE[what]}.atlas").version,
            bg.open(source / f"{what}.atlas").version,
        )
    if process.returncode != 0 or what != "remove":  # items that are gone cannot be removed again
        published = (
            what == "remove" and bg.open(path).version == bg.open(source / "remove.atlas").version
        )
        again = Forked(work, what, path, vectors)
        _, said = again.communicate()
        assert again.returncode == 0 or (published and "belong to no item" in said), said
    (one, first), (two, second) = content(path), content(source / f"{what}.atlas")
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert first == second
    assert bg.check(path).whole
    assert sorted(p.name for p in path.iterdir()) == sorted(
        p.name for p in (source / f"{what}.atlas").iterdir()
    )


def moments(n, seed):
    """Which run is killed when, as a share of the time that it takes undisturbed."""
    rng = random.Random(seed)
    return [(list(BEFORE)[i % 3], rng.uniform(0.02, 0.98)) for i in range(n)]


@pytest.mark.parametrize(("what", "at"), moments(5, seed=11))
def test_killed(versions, tmp_path, what, at):
    run_killed(what, at, versions, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "at"), moments(50, seed=12))
def test_killed_fifty_times(versions, tmp_path, what, at):
    run_killed(what, at, versions, tmp_path)
