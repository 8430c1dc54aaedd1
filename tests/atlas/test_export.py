"""Everything as lines of text: whole, in order, readable by others."""

import csv
import io
import json

import pytest

from begriff import InputError
from begriff.atlas.export import export_concepts, export_items


def test_items_as_json_lines(atlas):
    lines = [json.loads(line) for part in export_items(atlas, "year < 2003") for line in part.splitlines()]
    assert len(lines) == int(atlas.where("year < 2003").sum())
    detail = atlas.item(lines[0]["id"])
    assert lines[0]["title"] == detail.item["title"]
    assert [c["id"] for c in lines[0]["concepts"]] == [c.concept for c in detail.concepts if c.name]


def test_items_as_a_table(atlas):
    table = list(csv.DictReader(io.StringIO("".join(export_items(atlas, format="csv")))))
    assert [r["id"] for r in table] == [r.id for r in atlas.records(range(atlas.n_items))]
    assert any(r["concepts"] for r in table)


def test_concepts(atlas):
    lines = [json.loads(line) for part in export_concepts(atlas) for line in part.splitlines()]
    assert [c["id"] for c in lines] == [c.id for c in atlas.concept_records]
    assert len(list(csv.reader(io.StringIO("".join(export_concepts(atlas, "csv")))))) == len(lines) + 1


def test_what_is_refused_is_refused_at_once(atlas):
    with pytest.raises(InputError, match="format='xml'"):
        export_items(atlas, format="xml")
    with pytest.raises(InputError, match="no column"):
        export_items(atlas, "nosuch = 1")
