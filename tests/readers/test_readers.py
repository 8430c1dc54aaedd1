"""Rows are read in one pass; kinds are inferred, overridden and enforced."""

import json
from collections import Counter
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
    assert kinds == {
        "t": "text",
        "c": "category",
        "n": "number",
        "f": "number",
        "b": "boolean",
        "d": "date",
        "l": "list",
    }
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


@pytest.fixture
def packages(tmp_path):
    """A folder of packages with what documentation has: private modules, setters, overloads, inherited text, sections, broken files."""
    danger = tmp_path / "danger"
    danger.mkdir()
    (danger / "__init__.py").write_text(
        '"""A module that must not be imported, for it would say so loudly."""\nraise SystemExit\n'
    )
    (danger / "a.py").write_text(
        'def public():\n    """Opens a file and reads what it holds, line by line."""\ndef'
        ' _private():\n    """Nobody should see this one, however long it is."""\ndef again():\n   '
        ' """Opens a file, and reads what it\n    holds: line by line."""\nclass C:\n    """A class'
        ' that does something useful for everyone."""\n    def m(self):\n        """A method that'
        ' returns the answer to everything."""\n    @m.setter\n    def m(self, value):\n       '
        ' """Its setter, which shares its name but says something else."""\nclass _D:\n    """A'
        ' private class, which nobody should see either."""\n    def m(self):\n        """A method'
        ' of a class that nobody should see."""\n'
    )
    (danger / "broken.py").write_text("def (")
    (danger / "_base.py").write_text(
        '"""A private module, which people do not import."""\nclass E:\n    """A class that people'
        ' import from the package itself."""\n'
    )
    (tmp_path / "_pydanger.py").write_text(
        'def slow():\n    """The version in Python of what is written in C for speed."""\n'
    )
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "__init__.py").write_text(
        '"""Tests document nothing that anybody looks for."""\n'
    )
    return tmp_path


def test_docstrings_are_read_without_importing_and_named_as_people_import_them(packages):
    items = read_docstrings([packages])
    titles = {(i["title"], i["kind"]) for i in items}
    # they say the same
    assert len(titles & {("danger.a.public", "function"), ("danger.a.again", "function")}) == 1
    assert titles - {("danger.a.public", "function"), ("danger.a.again", "function")} == {
        ("danger", "module"), ("danger.a.C", "class"), ("danger.a.C.m", "method"),
        ("danger.E", "class"), ("danger.slow", "function"),
    }  # fmt: skip
    assert all(i["package"] == "danger" for i in items)
    assert len(read_docstrings([packages], most=2)) == 2


@pytest.mark.parametrize(
    "section",
    [
        "Parameters\n    ----------\n    path : str",
        ">>> opened(1)",
        ":param path: what",
        "Args:\n        path: what",
        "Usage:\n\n    opened(1)",
    ],
)
def test_a_description_ends_where_sections_begin(tmp_path, section):
    (tmp_path / "one.py").write_text(
        f'def opened():\n    """Opens what lies at a path, and reads it.\n\n    {section}\n   '
        ' """\n'
    )
    assert [i["text"] for i in read_docstrings([tmp_path])] == [
        "Opens what lies at a path, and reads it."
    ]


def test_a_long_description_ends_with_a_sentence(tmp_path):
    (tmp_path / "one.py").write_text(f'"""{"It says a good deal about very little. " * 40}"""\n')
    (text,) = [i["text"] for i in read_docstrings([tmp_path])]
    assert 700 < len(text) <= 800
    assert text.endswith("little.")


def test_the_standard_library_has_readable_titles_and_no_repeats():
    items = read_docstrings(most=3000)
    titles = {i["title"] for i in items}
    assert {
        "bz2.BZ2File",
        "gzip.GzipFile",
        "concurrent.futures.Executor.submit",
        "datetime.datetime",
    } <= {i["title"] for i in read_docstrings()}
    assert (
        len(items)
        == len(titles)
        == len({" ".join(i["text"].split()).lower() for i in items})
        > 2500
    )
    assert not any(part.startswith("_") for title in titles for part in title.split("."))
    assert max(Counter(i["package"] for i in items).values()) < 0.05 * len(items)
