"""Everything as lines of text: whole, in order, readable by others."""

import csv
import io
import json

import pytest

from begriff import InputError
from begriff.atlas.export import export_concepts, export_items


def test_items_as_json_lines(atlas):
    lines = [
        json.loads(line)
        for part in export_items(atlas.snapshot, "year < 2003")
        for line in part.splitlines()
    ]
    assert len(lines) == int(atlas.snapshot.where("year < 2003").sum())
    detail = atlas.item(lines[0]["id"])
    assert lines[0]["title"] == detail.item["title"]
    assert [c["id"] for c in lines[0]["concepts"]] == [c.concept for c in detail.concepts if c.name]


def test_items_as_a_table(atlas):
    table = list(csv.DictReader(io.StringIO("".join(export_items(atlas.snapshot, format="csv")))))
    assert [r["id"] for r in table] == [r.id for r in atlas.snapshot.records(range(atlas.n_items))]
    assert any(r["concepts"] for r in table)


def test_concepts(atlas):
    lines = [
        json.loads(line) for part in export_concepts(atlas.snapshot) for line in part.splitlines()
    ]
    assert [c["id"] for c in lines] == [c.id for c in atlas.snapshot.concept_records]
    assert (
        len(list(csv.reader(io.StringIO("".join(export_concepts(atlas.snapshot, "csv"))))))
        == len(lines) + 1
    )


def test_what_is_refused_is_refused_at_once(atlas):
    with pytest.raises(InputError, match="format='xml'"):
        export_items(atlas.snapshot, format="xml")
    with pytest.raises(InputError, match="no column"):
        export_items(atlas.snapshot, "nosuch = 1")


def test_files_hold_columns_codes_and_vectors(atlas, tmp_path):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = int(atlas.snapshot.where("year < 2010").sum())
    for name in ("a.parquet", "a.arrow", "a.jsonl", "a.csv"):
        assert (
            atlas.export(
                tmp_path / name, where="year < 2010", vectors=name in ("a.parquet", "a.arrow")
            )
            == n
        )
    table = pq.read_table(tmp_path / "a.parquet")
    assert table == pa.ipc.open_file(tmp_path / "a.arrow").read_all()
    assert (
        table.num_rows
        == n
        == len((tmp_path / "a.jsonl").read_text().splitlines())
        == len(list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines())))
    )
    for row in table.to_pylist()[::17]:
        at = atlas.snapshot.row_of(row["id"])
        code = atlas.snapshot.item_codes[[at]]
        assert dict(zip(row["code_concepts"], row["code_strengths"], strict=True)) == dict(
            zip(atlas.snapshot.ids[code.indices].tolist(), code.data.tolist(), strict=True)
        )
        np.testing.assert_array_equal(np.float32(row["vector"]), atlas.item_vectors[at])
        assert row["year"] == atlas.item(row["id"]).item["year"]
        assert [c["id"] for c in row["concepts"]] == [
            c.concept for c in atlas.item(row["id"]).concepts if c.name
        ]


def test_a_file_is_built_from_again(atlas, tmp_path):
    import begriff as bg

    atlas.export(tmp_path / "a.parquet", vectors=True)
    again = bg.build(
        tmp_path / "a.parquet",
        text="body",
        out=tmp_path / "b.atlas",
        encoder=None,
        vectors="vector",
        layout=False,
    )
    assert abs(again.vectors - atlas.item_vectors).max() < 1e-6
    assert (
        again.snapshot.items.column("_id").tolist() == atlas.snapshot.items.column("_id").tolist()
    )


def test_a_file_is_written_whole_or_not_at_all(atlas, tmp_path, monkeypatch):
    (tmp_path / "there.csv").write_text("mine")
    for name, options, says in [
        ("a.xlsx", {}, "must be one of"), ("there.csv", {}, "is there already"), ("no/a.csv", {}, "a folder that is there"),
        ("a.csv", {"vectors": True}, "do not go into"), ("a.csv", {"where": "nosuch = 1"}, "no column"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=says):
            atlas.export(tmp_path / name, **options)
    monkeypatch.setattr(
        "begriff.atlas.export._item",
        lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    for name in ("there.csv", "b.parquet"):
        with pytest.raises(OSError, match="No space"):
            atlas.export(tmp_path / name, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_columns_that_are_named_as_ours_do_not_clash(tmp_path):
    import pyarrow.parquet as pq

    import begriff as bg
    from tests.conftest import BagOfWords, make_rows

    rows = [{**r, "concepts": "mine", "vector": 3.5} for r in make_rows(80)]
    made = bg.build(rows, text="body", out=tmp_path / "a.atlas", encoder=BagOfWords(), layout=False)
    assert made.export(tmp_path / "a.parquet", vectors=True) == 80
    assert len(pq.read_table(tmp_path / "a.parquet").schema.names) == len(
        set(pq.read_table(tmp_path / "a.parquet").schema.names)
    )
    made.export(tmp_path / "a.jsonl")
    first = json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])
    assert (first["concepts"], first["vector"]) == ("mine", 3.5)
    assert isinstance(first["begriff_concepts"], list)
