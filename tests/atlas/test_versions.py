"""Versions are listed with what happened, and any that is kept can be the current one again."""

import json
import shutil
import sys

import numpy as np
import pytest

import begriff as bg
from begriff.cli.main import main
from begriff.errors import InputError, NotFoundError
from begriff.store.history import happened, kept_versions
from begriff.store.stages import Store
from tests.conftest import BagOfWords, make_rows

ROWS = make_rows(700)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return bg.build(
        ROWS[:150],
        text="body",
        out=tmp_path_factory.mktemp("versions") / "a.atlas",
        encoder=BagOfWords(),
    )


@pytest.fixture
def path(source, tmp_path):
    return shutil.copytree(source.path, tmp_path / "a.atlas")


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def state(atlas):
    """What a version holds."""
    return (
        atlas.snapshot.items.column("_id").tolist(),
        np.asarray(atlas.vectors).tobytes(),
        atlas.codes.data.tobytes(),
        atlas.snapshot.ids.tolist(),
        [c.label for c in atlas.snapshot.concept_records],
        [h.id for h in atlas.search("graph laplacian", mode="text", k=20)],
    )


def test_versions_say_what_happened(path):
    opened(path).add([*ROWS[150:155], {**ROWS[3], "year": 1900}])
    opened(path).remove(["item0", "item1"])
    found = opened(path).versions()
    assert [(v.version, v.what, v.items, v.current) for v in found.versions] == [
        (1, "built", 150, False),
        (2, "added 5, updated 1", 155, False),
        (3, "removed 2", 153, True),
    ]
    assert found.keep == 3
    assert all(v.when for v in found.versions)
    # they share the dictionary
    assert all(0 < v.own_bytes < v.bytes < found.bytes for v in found.versions)
    on_disk = sum(
        p.stat().st_size
        for p in path.rglob("*")
        if p.is_file() and "-" in p.relative_to(path).parts[0]
    )
    linked = sum(p.stat().st_size for p in path.glob("items-*/items.lance/data/*")) // 3
    assert on_disk - 2 * linked - 1e5 < found.bytes <= on_disk
    text = str(found)
    assert "removed 2, current" in text
    assert "last 3 versions" in " ".join(text.split())


def test_a_version_is_restored_as_it_was(path):
    before = state(opened(path))
    opened(path).add(ROWS[150:160])
    opened(path).remove(where="year < 2004")
    atlas = bg.restore(path, 1, encoder=BagOfWords())
    assert state(atlas) == before
    assert (atlas.version, atlas.snapshot.grown) == (4, [])
    assert atlas.versions().versions[-1].what == "restored version 1"
    assert bg.check(path).whole
    assert atlas.add(ROWS[150:160]).items == 160
    assert opened(path).search(ROWS[155]["body"], k=1)[0].id == ROWS[155]["id"]


def test_a_refit_can_be_taken_back_and_ids_are_not_given_twice(path):
    before = state(opened(path))
    first = bg.refit(path, encoder=BagOfWords(), random_state=7, warm=False)
    fresh = set(first.snapshot.ids.tolist()) - set(before[3])
    assert fresh  # concepts that only this version has
    back = bg.restore(path, 1, encoder=BagOfWords())
    assert state(back) == before
    again = bg.refit(path, encoder=BagOfWords(), random_state=8, warm=False)
    assert not fresh & set(again.snapshot.ids.tolist())


def test_edits_stay(path):
    opened(path).edits.rename(0, "a name of mine")
    opened(path).add(ROWS[150:155])
    opened(path).seeds.fit("of a new one", yes=["item152", "item5"])
    atlas = bg.restore(path, 1, encoder=BagOfWords())
    assert atlas.concept(0).concept.name == "a name of mine"
    assert len(atlas.edits.list()) == 2
    assert atlas.seeds.list().seeds[0].yes == ["item5"]
    now = bg.restore(path, 2, encoder=BagOfWords())
    assert now.seeds.list().seeds[0].yes == ["item152", "item5"]


def test_an_erasure_is_not_brought_back_by_the_way(path):
    opened(path).add(ROWS[150:])  # an erasure needs that many
    bg.erase(opened(path), "graphs", labels="topic")
    with pytest.raises(
        InputError, match=r"'graphs' was erased, and version 2 still holds it: .*begriff undo"
    ):
        bg.restore(path, 2, encoder=BagOfWords())
    opened(path).edits.undo()
    with pytest.raises(
        InputError, match=r"version 3 is without 'graphs', whose erasure was taken back"
    ):
        bg.restore(path, 3, encoder=BagOfWords())
    assert bg.restore(path, 2, encoder=BagOfWords()).snapshot.erased == []
    whats = [v.what for v in opened(path).versions().versions]
    assert whats == ["erased 'graphs'", "took back the erasure of 'graphs'", "restored version 2"]


def test_what_cannot_be_restored(path):
    with pytest.raises(InputError, match="version 1 is the current one"):
        bg.restore(path, 1)
    opened(path).remove(["item0"])
    with pytest.raises(NotFoundError, match=r"no version '9'; .*'1'"):
        bg.restore(path, 9)
    names = Store(path).folders(kept_versions(path)[1]) - Store.folders(Store(path).require())
    shutil.rmtree(path / sorted(names)[0])
    with pytest.raises(bg.AtlasError, match=r"files of version 1 .* are gone"):
        bg.restore(path, 1)
    assert [v.version for v in opened(path).versions().versions] == [2]


def test_how_many_are_kept(path):
    for i in range(150, 155):
        opened(path).add([ROWS[i]])
    assert [v.version for v in bg.versions(path).versions] == [4, 5, 6]
    assert [v.version for v in bg.versions(path, keep=2).versions] == [5, 6]
    assert len(list(path.glob("vectors-*"))) == 2
    opened(path).add([ROWS[155]])
    assert [v.version for v in bg.versions(path).versions] == [6, 7]
    bg.versions(path, keep=4)
    for i in range(156, 160):
        opened(path).add([ROWS[i]])
    assert [v.version for v in bg.versions(path).versions] == [8, 9, 10, 11]
    with pytest.raises(InputError, match="keep=0"):
        bg.versions(path, keep=0)


def test_an_atlas_of_an_earlier_version_of_begriff_is_kept_too(path):
    """Its manifest says neither when nor what."""
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(
        json.dumps({k: v for k, v in manifest.items() if k not in ("published", "did")})
    )
    before = state(opened(path))
    opened(path).add(ROWS[150:155])
    first = opened(path).versions().versions[0]
    assert (first.version, first.when, first.what) == (1, None, None)
    assert "-" in str(opened(path).versions())
    assert state(bg.restore(path, 1, encoder=BagOfWords())) == before


def test_what_happened_is_told_from_two_manifests():
    old = {"stages": {"items": "a", "dictionary": "b", "map": "c"}}
    assert happened(None, old) == "built"
    assert happened(old, {"stages": {**old["stages"], "dictionary": "x"}}) == "refit"
    assert (
        happened(old, {"stages": {**old["stages"], "dictionary": "x", "items": "y"}})
        == "built again"
    )
    assert happened(old, {"stages": {**old["stages"], "map": "x"}}) == "map laid out"


def test_command_line(path, capsys, monkeypatch):
    opened(path).remove(["item0"])

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["begriff", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code or 0, *capsys.readouterr()

    code, out, _ = run("versions", str(path), "--json")
    assert code == 0
    assert [v["version"] for v in json.loads(out)["versions"]] == [1, 2]
    code, out, _ = run("restore", str(path), "1")
    assert code == 0
    assert "restored version 1" in out
    code, _, said = run("restore", str(path), "7")
    assert code == 2
    assert "no version '7'" in said
    assert opened(path).n_items == 150
