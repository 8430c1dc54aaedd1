"""Any table, written as any kind of file, is read as what went in; what is left out is listed with its reason.

200 tables are in the gate, 10,000 under ``-m slow``.
"""

import csv
import io
import json
import math
import tempfile
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from begriff.errors import InputError
from begriff.readers.columns import id_text, says_nothing
from tests.readers.reading import read

KINDS = ("csv", "tsv", "json", "jsonl", "parquet", "arrow")
CHARACTERS = st.characters(codec="utf-8")
WORDS = st.text(CHARACTERS, max_size=12)
TEXTS = st.one_of(
    st.none(),
    WORDS,
    st.sampled_from(
        [
            'a "quoted", cell',
            "two\nlines",
            "2301.00010",
            "007",
            "1E5",
            "x\r\ny",
            "#1",
            "sep=;",
            "[1]",
            "NA",
        ]
    ),
)
IDS = st.one_of(
    st.text(CHARACTERS, min_size=1, max_size=8),
    st.integers(-(2**63), 2**64),
    st.sampled_from(["1.10", "1.1", "0001", "1e5", "3"]),
)
NUMBERS = st.sampled_from(
    [
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(0, 2**70),
    ]
)
DATES = st.sampled_from(
    [st.dates(), st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))]
)
LISTS = st.sampled_from([st.lists(WORDS, max_size=3), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3), st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3)])  # fmt: skip


@st.composite
def tables(draw):
    """Rows with an id, texts, numbers, dates and lists, any of them missing but for the ids."""
    n = draw(st.integers(1, 6))
    ids = draw(st.lists(IDS, min_size=n, max_size=n, unique_by=id_text))
    columns = {
        "id": ids,
        "text": draw(st.lists(TEXTS, min_size=n, max_size=n)),
        "note": draw(st.lists(TEXTS, min_size=n, max_size=n)),
    }
    for name, kinds in (("n", NUMBERS), ("at", DATES), ("tags", LISTS)):
        values = draw(kinds)
        columns[name] = draw(st.lists(st.one_of(st.none(), values), min_size=n, max_size=n))
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def cell(value):
    """A value as a program writes it into a CSV file."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def write(rows, path):
    kind = path.suffix[1:]
    if kind in ("csv", "tsv"):
        out = io.StringIO()
        writer = csv.writer(out, delimiter="," if kind == "csv" else "\t", lineterminator="\r\n")
        writer.writerows([list(rows[0]), *([cell(v) for v in row.values()] for row in rows)])
        path.write_bytes(out.getvalue().encode())
    elif kind in ("json", "jsonl"):
        plain = [
            {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()} for row in rows
        ]
        path.write_text(
            (
                json.dumps(plain)
                if kind == "json"
                else "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in plain)
            ),
            "utf-8",
        )
    else:
        ids = [id_text(row["id"]) for row in rows]
        whole = [
            {
                **row,
                "id": i,
                "n": None if isinstance(row["n"], int) and row["n"] >= 2**63 else row["n"],
            }
            for row, i in zip(rows, ids, strict=True)
        ]
        table = pa.Table.from_pylist(whole)
        if kind == "parquet":
            pq.write_table(table, path)
        else:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
                file.write_table(table)
        return whole
    return rows


def check_read(path):
    """Items by id, their columns, and the rejected rows; none where no row can be an item."""
    try:
        result = read(path, id="id")
    except InputError as error:
        return str(error).partition(":")[0]
    assert not [e for e in result.emptied if "Windows-1252" in e["reason"]]
    return result


def same(value, read_value, columns, name, typed):
    """Whether a value came through: in a CSV file its text, elsewhere the value."""
    if not typed:
        written = str(cell(value))
        if columns.kinds[name] == "list" and says_nothing(written):
            return read_value is None
        if isinstance(value, list):
            return (
                read_value == value
                if read_value is None or not isinstance(read_value, str)
                else read_value == written
            )
        if columns.kinds[name] in ("number", "date", "boolean") and says_nothing(written):
            return read_value is None
        if isinstance(value, datetime):
            return columns.spell(name, read_value).replace(" ", "T") == written
        return columns.spell(name, read_value) == written
    if value is None:
        return read_value is None
    if isinstance(value, date):
        whole = (
            value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        )
        return read_value in (whole, value.isoformat(), str(value))
    if isinstance(value, float | int) and columns.kinds[name] == "number":
        return read_value == value and (
            isinstance(value, float) or abs(value) <= 2**53 or isinstance(read_value, int)
        )
    if isinstance(value, list):
        return read_value is not None and [str(v) for v in read_value] == [
            str(float(v)) if columns.forms.get(name) == "float" else str(v) for v in value
        ]
    return read_value is not None and str(read_value) == (
        id_text(value) if isinstance(value, float) else str(value)
    )


def check(rows, kind):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{kind}"
        rows = write(rows, path)
        result = check_read(path)
    typed = kind not in ("csv", "tsv")
    textless = [i for i, r in enumerate(rows) if r["text"] is None or not r["text"].strip()]
    idless = [i for i, r in enumerate(rows) if not id_text(r["id"])]
    if isinstance(result, str):
        assert "no row with text" in result
        assert len({*textless, *idless}) == len(rows)
        return
    items, columns = result.items, result.plan.columns
    assert len(result.rejected) == len({*textless, *idless})
    assert all(
        "no text in text" in r["reason"] or "no id in" in r["reason"] for r in result.rejected
    )
    for i, row in enumerate(rows):
        if i in textless or i in idless:
            continue
        item = items[id_text(row["id"])]
        for name, value in row.items():
            if name == "id":
                assert item["id"] == id_text(value)
            else:
                assert same(value, item[name], columns, name, typed), (
                    kind,
                    name,
                    columns.kinds[name],
                    columns.forms.get(name),
                    value,
                    item[name],
                )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=34, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rows=tables())
def test_a_table_comes_back(kind, rows):
    check(rows, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=1700, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=tables())
def test_ten_thousand_tables_come_back(kind, rows):
    check(rows, kind)


def test_the_check_fails_where_a_cell_is_changed(tmp_path):
    """The control: a reader that loses trailing zeros or a line break does not pass."""
    rows = [
        {"id": "1", "text": "two\nlines", "note": "1.10"},
        {"id": "2", "text": "x", "note": "1.1"},
    ]
    write(rows, tmp_path / "a.csv")
    result = read(tmp_path / "a.csv")
    items, columns = result.items, result.plan.columns
    assert same("1.10", items["1"]["note"], columns, "note", False)
    assert not same("1.10", "1.1", columns, "note", False)
    assert not same("two\nlines", "two lines", columns, "text", False)
    assert math.isclose(float(items["1"]["note"]), 1.1)
