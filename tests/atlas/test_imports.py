"""What was exported with vectors comes back as an atlas: the same concepts under the same ids, names and edits."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import begriff as bg
from begriff.errors import InputError
from tests.conftest import BagOfWords, make_rows


@pytest.fixture
def exported(atlas, tmp_path):
    made = bg.open(shutil.copytree(atlas.path, tmp_path / "a.atlas"), encoder=BagOfWords())
    made.edits.rename(1, "a name of mine")
    made.edits.hide(2)
    made = bg.open(made.path, encoder=BagOfWords())
    assert made.export(tmp_path / "a.parquet", vectors=True) == 400
    return made, tmp_path / "a.parquet"


def again(path, out, **options):
    return bg.import_items(path, out=out, encoder=BagOfWords(), **options)


def test_it_is_the_same_atlas(exported, tmp_path):
    made, path = exported
    back = again(path, tmp_path / "b.atlas")
    assert back.snapshot.items.column("_id").tolist() == made.snapshot.items.column("_id").tolist()
    np.testing.assert_allclose(back.item_vectors, made.item_vectors, atol=1e-6)
    np.testing.assert_array_equal(back.components, made.components)
    assert abs(back.snapshot.item_codes - made.snapshot.item_codes).max() < 1e-4
    shown = ("id", "name", "aliases", "score", "frequency", "hidden", "pinned")
    assert [c.model_dump(include=set(shown)) for c in back.snapshot.concept_records] == [
        c.model_dump(include=set(shown)) for c in made.snapshot.concept_records
    ]
    assert [e["action"] for e in back.edits.list()] == ["rename", "hide"]
    assert back.columns == made.columns
    ours, theirs = back.search("graph node", k=9), made.search("graph node", k=9)
    assert [h.id for h in ours] == [h.id for h in theirs]
    assert bg.check(back.path, encoder=BagOfWords()).whole
    assert again(path, tmp_path / "b.atlas").version == back.version


def test_rows_may_change_in_between(exported, tmp_path):
    made, path = exported
    table = pq.read_table(path)
    pq.write_table(table.filter(pa.compute.less(table["year"], 2010)), path)
    back = again(path, tmp_path / "b.atlas")
    assert back.n_items == int(made.snapshot.where("year < 2010").sum())
    row = back.n_items // 2
    there = made.snapshot.row_of(back.snapshot.items.column("_id")[row])
    np.testing.assert_allclose(back.item_vectors[row], made.item_vectors[there], atol=1e-6)
    assert back.add([{**made.snapshot.records([0])[0].item, "id": "new"}]).added == 1


def test_a_run_that_was_interrupted_goes_on(exported, tmp_path):
    def die(stage, done, total):
        if stage == "codes":
            raise KeyboardInterrupt

    _, path = exported
    with pytest.raises(KeyboardInterrupt):
        again(path, tmp_path / "b.atlas", progress=die)
    assert again(path, tmp_path / "b.atlas").n_items == 400


def test_what_cannot_be_imported(exported, atlas, tmp_path):
    made, path = exported
    with pytest.raises(InputError, match="holds something else"):
        again(path, made.path)
    made.export(tmp_path / "a.jsonl")
    with pytest.raises(InputError, match="export with --vectors"):
        again(tmp_path / "a.jsonl", tmp_path / "c.atlas")
    meta = json.loads((tmp_path / "a.parquet.concepts" / "meta.json").read_text())
    meta["made"]["encoder"] = {
        "class": "Remote",
        "settings": {"url": "https://elsewhere.example/v1", "model": "m"},
    }
    (tmp_path / "a.parquet.concepts" / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(InputError, match="BEGRIFF_ENCODER_HOSTS"):
        bg.import_items(path, out=tmp_path / "c.atlas")
    (tmp_path / "a.parquet.concepts" / "dictionary" / "dictionary.json").write_text("{}")
    with pytest.raises(bg.AtlasError, match="no readable dictionary"):
        again(path, tmp_path / "c.atlas")
    assert not (tmp_path / "c.atlas").exists()


def test_ids_come_back_as_they_were(tmp_path):
    """Of a column of numbers, and of one beside another column that is called id."""
    rows = make_rows(80)
    for name, column in (("n", {"number": None}), ("d", {"doi": None})):
        made_of = [
            {**r, "number": i, "doi": f"10.1/{i}", "id": i + 0.5} for i, r in enumerate(rows)
        ]
        made = bg.build(
            made_of,
            text="body",
            id=next(iter(column)),
            out=tmp_path / f"{name}.atlas",
            encoder=BagOfWords(),
            layout=False,
        )
        made.export(tmp_path / f"{name}.parquet", vectors=True)
        back = again(tmp_path / f"{name}.parquet", tmp_path / f"{name}2.atlas")
        assert (
            back.snapshot.items.column("_id").tolist() == made.snapshot.items.column("_id").tolist()
        )
        for c in ("number", "doi", "id"):
            assert back.snapshot.items.column(c).tolist() == made.snapshot.items.column(c).tolist()
        assert back.add(made_of).unchanged == 80


def test_a_file_without_what_was_erased_brings_it_not_back(exported, tmp_path):
    made, path = exported
    labels = {r.id: str(r.item["topic"] == "graph") for r in made.snapshot.records(range(400))}
    bg.erase(made, "graphs", labels=labels)
    bg.open(made.path, encoder=BagOfWords()).export(path, vectors=True, overwrite=True)
    with pytest.raises(InputError, match="export with --vectors"):
        again(path, tmp_path / "c.atlas")
