"""Rows are read in one pass; kinds are inferred, overridden and enforced."""

import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from begriff.errors import InputError
from begriff.readers import infer_columns, open_source
from begriff.readers.docstrings import read_docstrings


def test_jsonl_and_parquet_give_the_same_rows(tmp_path, rows):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    a, b = open_source(tmp_path / "a.jsonl"), open_source(tmp_path / "a.parquet")
    assert [r.row for r in a] == [r.row for r in b] == rows
    assert [r.line for r in a] == [r.line for r in b]
    assert [r.row for r in a] == rows  # again from the start


def test_the_fingerprint_follows_the_content(tmp_path, rows):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n')
    one = open_source(path).fingerprint
    assert open_source(path).fingerprint == one
    path.write_text('{"a": 2}\n')
    assert open_source(path).fingerprint != one
    assert open_source(rows).fingerprint != open_source(rows[1:]).fingerprint


def test_bad_lines_say_what_is_wrong(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n[1]\n{"a"\n\xff\xfe\n' + b"[" * 100_000 + b"\n")
    found = [(r.line, r.row, r.reason.split(":")[0]) for r in open_source(path)]
    assert found[0] == (1, {"a": 1}, "")
    assert [(line, reason) for line, _, reason in found[1:]] == [
        (3, "not a JSON object"),
        (4, "not JSON"),
        (5, "not JSON"),
        (6, "not JSON"),
    ]


@pytest.mark.parametrize(("name", "content", "says"), [
    ("a.xls", "x", "readable are"), ("a.parquet", "PAR1 nonsense", "no readable Parquet"), ("a.jsonl", "", "is empty"),
])  # fmt: skip
def test_unreadable_files(tmp_path, name, content, says):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=says):
        list(open_source(tmp_path / name))


def test_kinds_are_inferred():
    sample = [
        {"t": f"a long text about number {i} that nobody would call a category, at any rate", "c": "ab"[i % 2], "n": i, "f": None if i else 1.5,
         "b": i % 2 == 0, "d": f"2020-01-{i % 28 + 1:02d}", "l": ["x", "y"]}
        for i in range(60)
    ]  # fmt: skip
    kinds = infer_columns(sample).kinds
    assert kinds == {"t": "text", "c": "category", "n": "number", "f": "number", "b": "boolean", "d": "date", "l": "list"}
    assert infer_columns(sample, override={"n": "category"}).convert(sample[3]).values["n"] == "3"


def test_values_become_their_kind_or_are_emptied_and_listed():
    columns = infer_columns([{"n": 1.5, "d": "2020-01-02", "l": ["a"]}])
    row = columns.convert({"n": "7", "d": "2021-03-04T05:06:07", "l": "a; b", "unknown": 1})
    assert row.values == {"n": 7.0, "d": datetime(2021, 3, 4, 5, 6, 7), "l": ["a", "b"]}
    assert not row.emptied
    assert columns.convert({"n": float("nan")}).values == {"n": None, "d": None, "l": None}
    for name, value in (("n", "many"), ("n", float("inf")), ("n", True), ("d", "soon")):
        converted = columns.convert({name: value})
        assert converted.values[name] is None
        assert "is not a" in converted.emptied[name]


def test_docstrings_are_read_without_importing(tmp_path):
    package = tmp_path / "danger"
    package.mkdir()
    (package / "__init__.py").write_text('"""A module that must not be imported, for it would say so loudly."""\nraise SystemExit\n')
    (package / "a.py").write_text(
        'def public():\n    """Opens a file and reads what it holds, line by line."""\n'
        'def _private():\n    """Nobody should see this one, however long it is."""\n'
        'class C:\n    """A class that does something useful for everyone."""\n    def m(self):\n        """A method that returns the answer to everything."""\n'
        '    @m.setter\n    def m(self, value):\n        """Its setter, which shares its name but says something else."""\n'
    )
    (package / "broken.py").write_text("def (")
    items = read_docstrings([tmp_path])
    assert [(i["id"], i["kind"]) for i in items] == [
        ("danger", "module"), ("danger.a.public", "function"), ("danger.a.C", "class"), ("danger.a.C.m", "method"),
    ]  # fmt: skip
    assert all(i["package"] == "danger" and i["length"] >= 40 for i in items)
    assert len(read_docstrings([tmp_path], most=2)) == 2
