"""Atlases that earlier versions wrote, one file each in ``written/``: they open, search and take edits. None is ever written again."""

import zipfile
from pathlib import Path

import pytest

import begriff as bg
from tests.conftest import BagOfWords, make_rows

WRITTEN = sorted((Path(__file__).parent / "written").glob("*.zip"))


@pytest.fixture(params=WRITTEN, ids=[p.stem for p in WRITTEN])
def old(request, tmp_path):
    with zipfile.ZipFile(request.param) as z:
        z.extractall(tmp_path)
    return bg.open(tmp_path / "planted.atlas", encoder=BagOfWords())


def test_it_is_read(old):
    hits = old.search("graph node", k=3)
    assert [h.id for h in hits] == ["item6", "item63", "item0"]
    assert [h.score for h in hits] == pytest.approx([0.382, 0.3745, 0.2963], abs=1e-4)
    assert old.concept("an old name").concept.renamed
    assert [s.name for s in old.seeds.list()] == ["old seed"]
    assert [s.name for s in old.searches.list().searches] == ["kept"]
    assert [e["action"] for e in old.edits.list()] == ["rename", "seed", "search"]
    assert bg.check(old.path).whole


def test_it_changes_as_one_of_today(old):
    old.edits.rename("an old name", "a new name")
    assert old.add(make_rows()[64:70]).added == 6
    again = bg.open(old.path, encoder=BagOfWords())
    assert again.n_items == 70
    assert again.concept("a new name").concept.id == old.concept("a new name").concept.id
    assert bg.refit(again, encoder=BagOfWords(), warm=False).concept("a new name")
