"""A version that somebody reads stays, in this process and in another; of the rest the last few are kept."""

import gc
import shutil
import subprocess
import sys

import numpy as np
import pytest

import begriff as bg
from begriff.store import history
from begriff.store.history import kept_versions, read_leased
from begriff.store.stages import KEEP, Store
from tests.conftest import BagOfWords, make_rows

ROWS = make_rows(160)
READER = """
import sys
import begriff as bg
from tests.conftest import BagOfWords
atlas = bg.open(sys.argv[1], encoder=BagOfWords())
print("open", flush=True)
sys.stdin.readline()
hits = atlas.search("graph laplacian", where="year > 0", k=100)
print(len(hits), atlas.codes.nnz, len(atlas.item_vectors), atlas.snapshot.items.column("_id").size, atlas.version, flush=True)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return bg.build(
        ROWS[:100],
        text="body",
        out=tmp_path_factory.mktemp("history") / "a.atlas",
        encoder=BagOfWords(),
        dictionary="KMeans",
    )


@pytest.fixture
def path(source, tmp_path):
    return shutil.copytree(source.path, tmp_path / "a.atlas")


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def add(path, rounds, first=100):
    for i in range(first, first + rounds):
        opened(path).add([ROWS[i]])
    gc.collect()


def folders(path):
    return {p.name for p in path.iterdir() if p.is_dir() and "-" in p.name}


def test_another_process_goes_on_reading_the_version_that_it_opened(path):
    first = folders(path)
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "open\n"
        add(path, KEEP + 2)
        assert folders(path) >= first
        said, trouble = reader.communicate("go on\n")
    assert reader.returncode == 0, trouble
    hits, _, vectors, ids, version = map(int, said.split())
    assert (hits, vectors, ids, version) == (100, 100, 100, 1)
    add(path, 1, 100 + KEEP + 2)
    assert 1 not in kept_versions(path)
    assert folders(path) == Store(path).needed()
    assert not first <= folders(path)


def test_a_reader_of_this_process_keeps_its_version_until_it_is_forgotten(path):
    held, first = opened(path), folders(path)
    add(path, KEEP + 2)
    assert folders(path) >= first
    assert held.snapshot.where("year > 0").sum() == 100
    assert len(held.search("graph", k=100)) == 100
    np.testing.assert_array_equal(held.item_vectors[:100], opened(path).item_vectors[:100])
    del held
    gc.collect()
    add(path, 1, 150)
    assert not first <= folders(path)


def test_without_readers_the_last_few_versions_stay(path):
    add(path, 5)
    assert list(kept_versions(path)) == [7 - KEEP, *range(8 - KEEP, 6)]
    assert len(list(path.glob("vectors-*"))) == KEEP
    assert folders(path) == Store(path).needed()


def test_a_manifest_that_is_replaced_while_it_is_opened_is_read_again(path, monkeypatch):
    """Between opening the file and locking it a writer publishes and cleans up: the reader takes the version that is there now."""
    lock, calls = history._lock, []

    def late(descriptor, *, exclusive):
        if not exclusive and not calls:
            calls.append(descriptor)
            (path / "other.json").write_bytes(
                (path / "manifest.json").read_bytes().replace(b'"version": 1', b'"version": 9')
            )
            (path / "other.json").replace(path / "manifest.json")
        return lock(descriptor, exclusive=exclusive)

    monkeypatch.setattr(history, "_lock", late)
    text, _ = read_leased(path / "manifest.json")
    assert b'"version": 9' in text
    assert len(calls) == 1


@pytest.mark.parametrize("missing", ["flock", "link"])
def test_a_file_system_without_locks_or_links_reads_and_writes_all_the_same(
    path, missing, monkeypatch
):
    import errno
    import fcntl
    import os

    def refuse(*args):
        raise OSError(errno.ENOTSUP, "not here")

    if missing == "link":
        monkeypatch.setattr(os, "link", refuse)
    else:
        lock = fcntl.flock
        monkeypatch.setattr(
            fcntl, "flock", lambda f, how: refuse() if isinstance(f, int) else lock(f, how)
        )
    add(path, 2)
    assert opened(path).n_items == 102
    assert list(kept_versions(path)) == [1, 2]


def test_a_copy_of_the_folder_goes_on_like_the_folder(path, tmp_path):
    add(path, 1)
    other = shutil.copytree(path, tmp_path / "b.atlas")
    held = opened(other)
    add(other, KEEP, 110)
    assert folders(other) >= Store.folders(held.snapshot.store.require())
    assert held.snapshot.where("year > 0").sum() == 101


def test_a_folder_that_cannot_be_written_is_read(path):
    for entry in [path, *path.rglob("*")]:
        entry.chmod(0o555 if entry.is_dir() else 0o444)
    try:
        assert len(opened(path).search("graph", k=5)) == 5
    finally:
        for entry in [path, *path.rglob("*")]:
            entry.chmod(0o755 if entry.is_dir() else 0o644)


def test_what_was_built_before_is_not_built_over_while_it_is_read(path):
    """Back at an input that a kept version was made of, its stages are used as they are."""
    held = opened(path)
    times = {p: p.stat().st_mtime_ns for p in path.rglob("*.npy")}
    bg.build(
        ROWS[:90], text="body", out=path, encoder=BagOfWords(), dictionary="KMeans", overwrite=True
    )
    bg.build(
        ROWS[:100], text="body", out=path, encoder=BagOfWords(), dictionary="KMeans", overwrite=True
    )
    kept = {
        p: t
        for p, t in times.items()
        if p.parts[-2].split("-")[0] in ("vectors", "codes", "phrases", "dictionary")
    }
    assert kept
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert opened(path).version == 3
    assert held.snapshot.where("year > 0").sum() == opened(path).n_items == 100
