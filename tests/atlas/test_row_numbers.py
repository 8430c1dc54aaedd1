"""The number of a row that was removed is never another item's."""

import json
import shutil

import pytest

import begriff as bg
from begriff.store.mentions import mentioned_ids
from begriff.store.row_numbers import highest_number
from begriff.store.stages import Store
from tests.conftest import BagOfWords, make_rows

ROWS = [{k: v for k, v in r.items() if k != "id"} for r in make_rows(160)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return bg.build(
        ROWS[:100],
        text="body",
        out=tmp_path_factory.mktemp("numbers") / "a.atlas",
        encoder=BagOfWords(),
        dictionary="KMeans",
    )


@pytest.fixture
def path(source, tmp_path):
    return shutil.copytree(source.path, tmp_path / "a.atlas")


def opened(path):
    return bg.open(path, encoder=BagOfWords())


def forget_numbers(path):
    """As an atlas of the version before, which did not write the highest number down."""
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(
        json.dumps({k: v for k, v in manifest.items() if k != "numbered"})
    )


def test_the_highest_number_outlives_its_item(path):
    assert highest_number(opened(path).snapshot) == 100
    opened(path).remove(["99", "100", "3"])
    assert highest_number(opened(path).snapshot) == 100
    opened(path).remove(["98"])
    assert Store(path).require()["numbered"] == 100
    bg.refit(path, encoder=BagOfWords())
    bg.restore(path, 2, encoder=BagOfWords())
    assert highest_number(opened(path).snapshot) == 100


def test_an_atlas_with_ids_counts_nothing(path, tmp_path):
    rows = make_rows(60)
    atlas = bg.build(
        rows, text="body", out=tmp_path / "b.atlas", encoder=BagOfWords(), dictionary="KMeans"
    )
    atlas.remove(["item3"])
    assert highest_number(opened(atlas.path).snapshot) == 0
    assert "numbered" not in Store(atlas.path).require()


def test_an_atlas_of_the_version_before_takes_what_can_be_known(path):
    atlas = opened(path)
    atlas.seeds.fit("mine", yes=["100", "5"])
    atlas.remove(["100", "99"])
    forget_numbers(path)
    assert mentioned_ids(path) == {"100", "5"}
    assert highest_number(opened(path).snapshot) == 100


def test_rows_that_went_before_it_was_written_down_are_counted(path):
    opened(path).remove(["100", "99"])
    forget_numbers(path)
    assert highest_number(opened(path).snapshot) == 100


def test_labels_of_models_are_known(path):
    atlas = opened(path)
    bg.classify(
        atlas,
        {str(i + 1): r["topic"] for i, r in enumerate(ROWS[:100])},
        name="given",
        controls=False,
        promise=0.51,
    )
    atlas.remove(["100"])
    forget_numbers(path)
    assert "100" in mentioned_ids(path)
    assert highest_number(opened(path).snapshot) == 100


def test_a_new_item_gets_a_number_that_none_had(path):
    atlas = opened(path)
    atlas.seeds.fit("mine", yes=["99", "100", "5", "6"], no=["98"])
    atlas.remove(["98", "99", "100"])
    opened(path).add(ROWS[100:110])
    now = opened(path)
    assert now.snapshot.items.column("_id").tolist()[-10:] == [str(i) for i in range(101, 111)]
    assert now.seeds.list().seeds[0].yes == ["5", "6"]
    assert now.item("101").text == ROWS[100]["body"]
    now.remove([str(i) for i in range(105, 111)])
    opened(path).add(ROWS[110:112])
    assert opened(path).snapshot.items.column("_id").tolist()[-2:] == ["111", "112"]


def test_rows_that_came_and_went_before_it_was_written_down(path):
    opened(path).add(ROWS[100:120])
    opened(path).remove([str(i) for i in range(110, 121)])
    forget_numbers(path)
    opened(path).add(ROWS[120:122])
    assert min(int(i) for i in opened(path).snapshot.items.column("_id").tolist()[-2:]) > 120


def test_a_version_that_is_restored_gives_no_number_twice(path):
    opened(path).add(ROWS[100:110])
    bg.restore(path, 1, encoder=BagOfWords())
    opened(path).add(ROWS[110:115])
    assert opened(path).snapshot.items.column("_id").tolist()[-5:] == [
        str(i) for i in range(111, 116)
    ]
