"""What is damaged is found, and what follows from the rest is made again as it was."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import begriff as bg
from begriff.errors import AtlasError, InputError
from begriff.store.stages import SUMS, Store
from tests.conftest import BagOfWords, make_rows


@pytest.fixture
def path(atlas, tmp_path):
    return shutil.copytree(atlas.path, tmp_path / "a.atlas")


def stage(path, name):
    return next(path.glob(f"{name}-*"))


def check(path, **options):
    return bg.check(path, encoder=BagOfWords(), **options)


def test_an_atlas_is_whole(path):
    found = check(path)
    assert found.whole
    assert found.problems == found.left_over == found.repaired == []
    assert found.bytes > 100_000
    assert "whole" in str(found)


DAMAGE = [
    ("words", lambda f: shutil.rmtree(f / "index")),
    ("codes", lambda f: flip(f / "codes-data.npy")),
    ("codes", lambda f: (f / "codes-indptr.npy").unlink()),
    ("names", lambda f: (f / "concepts.json").write_text("[]")),
    ("phrases", lambda f: shutil.rmtree(f)),
    ("vectors", lambda f: flip(f / "vectors.npy")),
]
LOST = [
    ("items", lambda f: shutil.rmtree(f / "items.lance")),
    ("dictionary", lambda f: flip(f / "dictionary.safetensors")),
    ("identity", lambda f: (f / "ids.npy").unlink()),
]


def flip(file):
    """Change one byte in the middle."""
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


@pytest.mark.parametrize(("name", "work"), DAMAGE)
def test_what_follows_from_the_rest_is_made_again(path, atlas, name, work):
    work(stage(path, name))
    found = check(path)
    assert [(p.stage, p.repairable) for p in found.problems] == [(name, True)]
    assert not found.whole
    assert "--repair" in str(found)
    again = check(path, repair=True)
    assert again.whole
    assert again.repaired == [name]
    opened = bg.open(path, encoder=BagOfWords())
    np.testing.assert_array_equal(opened.vectors, atlas.vectors)
    assert (opened.region_codes != atlas.region_codes).nnz == 0
    assert [c.name for c in opened.snapshot.concept_records] == [
        c.name for c in atlas.snapshot.concept_records
    ]
    assert (
        opened.search("graph", mode="text", k=3).hits[0].id
        == atlas.search("graph", mode="text", k=3).hits[0].id
    )


@pytest.mark.parametrize(("name", "work"), LOST)
def test_what_is_lost_says_where_it_can_be_had_again(path, name, work):
    work(stage(path, name))
    before = sorted(p.name for p in path.iterdir())
    for repair in (False, True):
        found = check(path, repair=repair)
        assert not found.whole
        assert name in [p.stage for p in found.problems if not p.repairable]
        assert "--overwrite" in str(found)
    assert sorted(p.name for p in path.iterdir()) == sorted({*before, "lock"})


def test_without_sums_what_does_not_fit_is_found(path):
    for file in path.glob("*/sums.json"):
        file.unlink()
    assert check(path).whole
    codes = np.load(stage(path, "codes") / "codes-indices.npy")
    codes[5] = 10**6
    np.save(stage(path, "codes") / "codes-indices.npy", codes)
    vectors = np.load(stage(path, "vectors") / "vectors.npy")
    vectors[3, 2] = np.nan
    np.save(stage(path, "vectors") / "vectors.npy", vectors)
    assert {p.stage: p.what.split(" that")[0] for p in check(path).problems} == {
        "vectors": "vectors from 0 on",
        "codes": "codes name concepts beyond the 128",
    }


def test_what_no_version_needs_is_deleted(path):
    (path / "codes-0123").mkdir()
    (path / "incoming-4567").mkdir()
    (path / "models").mkdir()
    assert check(path).left_over == ["codes-0123", "incoming-4567"]
    assert check(path, repair=True).left_over == []
    assert not (path / "codes-0123").exists()
    assert (path / "models").exists()


def test_a_damaged_journal_is_said(path):
    bg.open(path).edits.rename(0, "x")
    bg.open(path).edits.rename(1, "y")
    lines = (path / "journal.jsonl").read_text().splitlines()
    (path / "journal.jsonl").write_text("\n".join(["{junk", lines[1]]))
    assert [p.stage for p in check(path, repair=True).problems] == ["journal"]


def test_what_a_run_left_that_was_killed_while_it_wrote_sums_is_no_part(tmp_path):
    store = Store(tmp_path / "a.atlas")
    folder = store.path / "vectors-1"
    folder.mkdir(parents=True)
    (folder / "vectors.npy").write_bytes(b"abc")
    code = (
        "import os, pathlib, signal, sys; from begriff.store.stages import write_json\n"
        # with the file written, and not yet where it belongs
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_json(pathlib.Path(sys.argv[1]), {})"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, str(folder / SUMS)], check=False).returncode
        == -9
    )
    assert len(list(folder.iterdir())) == 2
    store.finish("vectors", "1")
    assert list(json.loads((folder / SUMS).read_text())) == ["vectors.npy"]


def test_after_items_came_and_went_it_is_whole(tmp_path):
    rows = make_rows(120)
    atlas = bg.build(rows[:100], text="body", out=tmp_path / "a.atlas", encoder=BagOfWords())
    atlas.add(rows[100:])
    bg.open(atlas.path, encoder=BagOfWords()).remove(["item3"])
    assert check(atlas.path).whole
    flip(stage(atlas.path, "vectors") / "vectors.npy")
    assert check(atlas.path, repair=True).whole


def test_what_is_no_atlas_and_one_that_is_written(path, tmp_path):
    with pytest.raises(InputError, match="no atlas at"):
        bg.check(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="not an atlas"):
        bg.check(tmp_path / "other")
    assert os.listdir(tmp_path / "other") == []
    with bg.open(path).snapshot.store.lock(), pytest.raises(AtlasError, match="another process"):
        bg.check(path)
    (path / "manifest.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(AtlasError, match="upgrade"):
        bg.check(path)


def test_a_repair_keeps_what_was_erased(atlas, tmp_path):
    made = bg.open(shutil.copytree(atlas.path, tmp_path / "b.atlas"), encoder=BagOfWords())
    topics = np.array(made.snapshot.items.column("topic"))
    ids = np.array(made.snapshot.items.column("_id"))
    bg.erase(
        made,
        "graphs",
        labels=dict(
            zip(ids.tolist(), np.where(topics == "graph", "yes", "no").tolist(), strict=True)
        ),
    )
    flip(bg.open(made.path).snapshot.store.folder("codes") / "codes-data.npy")
    found = check(made.path, repair=True)
    assert (found.whole, found.repaired) == (True, ["codes"])
    now = bg.open(made.path, encoder=BagOfWords())
    assert [e["concept"] for e in now.snapshot.erased] == ["graphs"]
    before = (
        made.path / f"codes-{atlas.snapshot.store.require()['stages']['codes']}" / "codes-data.npy"
    )
    flip(before)
    assert ["cannot be undone" in p.way_out for p in check(made.path).problems] == [True]
    flip(before)
    now.edits.undo(now.snapshot.erased[0]["number"])
    assert bg.open(made.path).snapshot.erased == []
