"""Files as programs and people write them, each of which was once read wrongly, refused or lost."""

import bz2
import csv
import io
import json
import lzma
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.pipeline.given_vectors import as_vectors, unit_rows, without_direction
from begriff.readers import open_source
from tests.readers.reading import read

ROWS = [{"id": f"a{i}", "text": f"words of text {i}", "year": 2000 + i} for i in range(30)]


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_csv(rows, **options):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


# -- delimited files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Dear team,\nall is well, thank you.",
        'one\n\ntwo, three\n\n"four" five',
        "a\r\nb;c\td",
        '"',
        'ends in "',
        "\n,\n",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_cells_of_several_lines_stay_whole(tmp_path, text, delimiter):
    rows = [{"id": str(i), "text": text, "label": "ab"[i % 2]} for i in range(60)]
    path = written(tmp_path, "a.csv", as_csv(rows, delimiter=delimiter))
    assert [r.row for r in open_source(path)] == rows


def test_a_cell_longer_than_the_sample(tmp_path):
    rows = [{"id": str(i), "text": f"line {i}\n" * 3000} for i in range(4)]
    assert [r.row for r in open_source(written(tmp_path, "a.csv", as_csv(rows)))] == rows


@pytest.mark.parametrize(("content", "expected"), [
    ("sep=;\nid;text\n1;a,b\n", {"id": "1", "text": "a,b"}),
    ("id,text,year\n1,a,2000,\n2,b,2001,\n", {"id": "1", "text": "a", "year": "2000"}),
    ("id,note,note,note_2\n1,x,y,z\n", {"id": "1", "note": "x", "note_3": "y", "note_2": "z"}),
    ('id,text\n1,"he said \\"yes\\", twice"\n', {"id": "1", "text": 'he said "yes", twice'}),
    ("Report of 2020\n\nmade by,me\nid,text,year,kind\n1,a,2000,x\n2,b,2001,y\n", {"id": "1", "text": "a", "year": "2000", "kind": "x"}),
    ("# a comment, with a comma, and another\nid,text\n1,a\n2,b\n", {"id": "1", "text": "a"}),
    ('id, text, kind\n1, "a, b", x\n2, c, y\n', {"id": "1", "text": "a, b", "kind": "x"}),
    ('id,text\n1,"he said "hi" to me, and left"\n', {"id": "1", "text": 'he said "hi" to me, and left'}),
    ("id,text\n1,5\" disk\n", {"id": "1", "text": '5" disk'}),
    ("id,,text\n1,x,a\n", {"id": "1", "column2": "x", "text": "a"}),
    ("id,text\r1,a\r2,b\r", {"id": "1", "text": "a"}),
])  # fmt: skip
def test_dialects_are_read_as_their_programs_mean_them(tmp_path, content, expected):
    assert next(iter(open_source(written(tmp_path, "a.csv", content)))).row == expected


def test_comments_between_rows_are_listed_and_not_bad(tmp_path):
    result = read(
        written(tmp_path, "a.csv", "id,text\n1,a\n# half time, says the author, really\n2,#b\n")
    )
    assert list(result.items) == ["1", "2"]
    assert [(r["line"], r["reason"], r["kept"]) for r in result.rejected] == [
        (3, "a line of comment", False)
    ]


def test_a_named_format_goes_before_the_suffix(tmp_path):
    path = written(tmp_path, "export.dat", as_csv(ROWS))
    assert len(read(path, format="csv").items) == 30
    with pytest.raises(InputError, match="--format"):
        open_source(path)
    with pytest.raises(InputError, match="no format 'cvs'"):
        open_source(path, format="cvs")


# -- bytes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_a_stray_byte_costs_one_cell_and_is_said(tmp_path, kind):
    rows = [
        {"id": str(i), "text": "La crème brûlée était très réussie", "note": f"déjà {i}"}
        for i in range(40)
    ]
    whole = {"csv": as_csv(rows), "json": json.dumps(rows, ensure_ascii=False)}.get(
        kind
    ) or "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    raw = whole.encode().replace("déjà 7".encode(), "déjà 7".encode("cp1252"))
    result = read(written(tmp_path, f"a.{kind}", raw))
    assert result.column("note") == [r["note"] for r in rows]
    assert result.column("text") == [r["text"] for r in rows]
    assert [(e["line"], e["column"]) for e in result.emptied] == [
        (9 if kind == "csv" else 8, "note")
    ]
    assert next(c for c in result.reading.columns if c.name == "note").repaired == 1


def test_text_that_looks_like_a_stray_byte_inside_a_parser_stays(tmp_path):
    rows = [{"id": "1", "text": "private \U0010ffe9 use"}]
    assert read(written(tmp_path, "a.json", json.dumps(rows, ensure_ascii=False))).column(
        "text"
    ) == ["private \U0010ffe9 use"]


def test_utf_16_without_a_mark(tmp_path):
    assert len(read(written(tmp_path, "a.csv", as_csv(ROWS).encode("utf-16-le"))).items) == 30


@pytest.mark.parametrize(("suffix", "pack"), [
    (".bz2", bz2.compress), (".xz", lzma.compress), (".zip", None),
])  # fmt: skip
def test_packed_files(tmp_path, suffix, pack):
    path = tmp_path / f"a.csv{suffix}"
    if pack is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/inner.csv", as_csv(ROWS))
            archive.writestr("__MACOSX/._inner.csv", "x")
    else:
        path.write_bytes(pack(as_csv(ROWS).encode()))
    assert len(read(path).items) == 30


def test_an_archive_of_several_files_or_of_none_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("train.csv", "test.csv"):
            archive.writestr(name, as_csv(ROWS))
    with pytest.raises(InputError, match="holds 2 files"):
        open_source(tmp_path / "a.zip")
    with pytest.raises(InputError, match="no readable zip"):
        open_source(written(tmp_path, "b.zip", b"PK nonsense"))


# -- JSON ------------------------------------------------------------------------------------------------------------


def columns_of_pandas():
    return {name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in ROWS[0]}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(("document", "text"), [
    ({"kind": "list", "items": ROWS}, "text"),
    ({"kind": "list", "line_items": ROWS}, "text"),
    ({"a.b": {"item": ROWS}}, "text"),
    ({"data": {"page": {"results": ROWS, "facets": [{"k": 1}]}}}, "text"),
    ({"took": 1, "hits": {"total": {"value": 30}, "hits": [{"_id": r["id"], "_source": {"text": r["text"]}} for r in ROWS]}}, "_source_text"),
    (columns_of_pandas(), "text"),
    ({r["id"]: {"text": r["text"], "year": r["year"]} for r in ROWS}, "text"),
    ({"columns": list(ROWS[0]), "index": list(range(30)), "data": [list(r.values()) for r in ROWS]}, "text"),
    ({"schema": {"fields": [{"name": str(i)} for i in range(50)]}, "data": ROWS}, "text"),
    ({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": r} for r in ROWS]}, "properties_text"),
])  # fmt: skip
def test_objects_are_found_wherever_they_lie_in_a_document(tmp_path, document, text, indent):
    result = read(written(tmp_path, "a.json", json.dumps(document, indent=indent)), text=text)
    assert [i["_text"] for i in result.items.values()] == [r["text"] for r in ROWS]
    if text == "text":
        assert result.column("year") == [r["year"] for r in ROWS] or "year" not in result.kinds
        assert list(result.items) == [r["id"] for r in ROWS]


@pytest.mark.parametrize("content", [
    "".join(json.dumps(r, indent=2) for r in ROWS), "".join(json.dumps(r) for r in ROWS), "\n\n".join(json.dumps(r, indent=1) for r in ROWS),
    json.dumps(ROWS), "\n".join(("\ufeff" if i == 7 else "") + json.dumps(r) for i, r in enumerate(ROWS)),
    json.dumps([{**r, "x": float("nan")} for r in ROWS]), json.dumps([{**r, "note": "half \ud83d"} for r in ROWS]),
])  # fmt: skip
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_objects_one_after_another_and_arrays_under_either_suffix(tmp_path, content, suffix):
    result = read(written(tmp_path, f"a.{suffix}", content))
    assert list(result.items) == [r["id"] for r in ROWS]
    assert not result.rejected


def test_whole_numbers_keep_their_digits(tmp_path):
    rows = [
        {"id": i, "text": "words", "author": 1285704473650888700 + i, "huge": 2**70 + i}
        for i in range(5)
    ]
    for name, content in (
        ("a.jsonl", "".join(json.dumps(r) + "\n" for r in rows)),
        ("a.json", json.dumps(rows)),
        ("a.csv", as_csv(rows)),
    ):
        result = read(written(tmp_path, name, content))
        assert result.column("author") == [r["author"] for r in rows], name
        assert result.column("huge") == [str(r["huge"]) for r in rows], name


def test_a_nested_field_and_a_column_of_one_name_stay_two():
    rows = [
        {"id": i, "text": "t", "user_id": f"outer{i}", "user": {"id": f"inner{i}"}}
        for i in range(3)
    ]
    # alone, it must not go into the other's column
    rows.append({"id": 3, "text": "t", "user": {"id": "inner3"}})
    result = read(rows)
    assert result.column("user_id") == ["outer0", "outer1", "outer2", None]
    assert result.column("user_id_2") == ["inner0", "inner1", "inner2", "inner3"]


def test_names_that_begin_with_an_underscore_are_columns():
    rows = [
        {"_id": f"x{i}", "_text": f"shown {i}", "_score": 1.5, "_source": {"title": f"t {i}"}}
        for i in range(3)
    ]
    result = read(rows, text="_source_title", id="_id")
    assert list(result.items) == ["x0", "x1", "x2"]
    assert result.column("_id") == ["x0", "x1", "x2"]
    assert result.column("text") == ["shown 0", "shown 1", "shown 2"]
    assert (
        "is '_text' in the source"
        in next(c for c in result.reading.columns if c.name == "text").note
    )
    own = read([{"id": 1, "_id": "other", "text": "t"}])
    assert (list(own.items), own.column("id_"), own.column("id")) == (
        ["1"],
        ["other"],
        ["1"],
    ) or own.column("id__") == ["other"]


# -- kinds of columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "kind", "form"), [
    (["1", "2", "-3"], "number", "int"), (["1.5", "2.25"], "number", ""), (["1.50", "2.25"], "number", "decimals=2"), (["7", "7.5"], "number", ""),
    (["1.1", "1.10"], "category", ""), (["007", "011"], "category", ""), (["1E2", "3E4"], "category", ""), (["+1", "+2"], "category", ""),
    (["12", str(2**63)], "category", ""), (["1.5", "n/a", ""], "number", ""), (["true", "false"], "boolean", ""), (["True", "False"], "boolean", "True"),
    (["2019-12-31", "2020-01-01"], "date", "day"), (["31/12/2019", "01/02/2020"], "date", "%d/%m/%Y"), (["12/31/2019", "01/02/2020"], "date", "%m/%d/%Y"),
    (["01/02/2019", "03/04/2020"], "category", ""), (["2019", "2019-05"], "date", ""), (["2019", "2020"], "number", "int"),
    (["2010-05-20 21:34:00 UTC", "2011-01-01 00:00:00 UTC"], "date", ""), (["3.1.2020", "28.2.2021"], "date", "%d.%m.%Y"),
    (["January 5, 2020", "March 1, 2021"], "date", "%B %d, %Y"), (["Mon, 06 Sep 2021 00:01:00 +0000"], "date", "%a, %d %b %Y %H:%M:%S %z"),
    (['["a", "b"]', "[]"], "list", ""), (["[1, 2]"], "list", "int"), (["0000-00-00"], "category", ""), (["0000-00-00", "2020-01-01"], "date", "day"),
])  # fmt: skip
def test_what_the_cells_of_a_csv_file_are(cells, kind, form):
    from begriff.readers import Survey

    survey = Survey(typed=False)
    for cell in cells:
        survey.add({"c": cell})
    columns = survey.columns()
    assert (columns.kinds["c"], columns.forms.get("c", "")) == (kind, form)
    if (
        kind not in ("list",)
        and not {"n/a", "0000-00-00"} & {*cells}
        and form not in ("%d.%m.%Y", "%B %d, %Y", "%a, %d %b %Y %H:%M:%S %z")
        and kind != "date"
    ):
        assert [columns.spell("c", columns.convert({"c": c}).values["c"]) for c in cells] == cells


def test_days_and_months_that_cannot_be_told_apart_are_said_and_a_format_helps(tmp_path):
    path = written(
        tmp_path,
        "a.csv",
        as_csv([{"id": i, "text": "t", "when": f"0{i}/02/2019"} for i in range(1, 9)]),
    )
    asked = read(path)
    assert asked.kinds["when"] == "category"
    assert "date:%d/%m/%Y" in next(c for c in asked.reading.columns if c.name == "when").note
    assert read(path, types={"when": "date:%d/%m/%Y"}).column("when")[4] == datetime(2019, 2, 5)


def test_late_columns_and_late_types(tmp_path):
    rows = [
        {
            "id": i,
            "text": f"t {i}",
            "pages": str(i) if i < 2100 else "xii",
            **({"language": "de"} if i > 2200 else {}),
        }
        for i in range(2300)
    ]
    result = read(written(tmp_path, "a.jsonl", "".join(json.dumps(r) + "\n" for r in rows)))
    assert result.column("language")[-1] == "de"
    late = read(
        written(
            tmp_path,
            "b.csv",
            as_csv([{"id": r["id"], "text": r["text"], "pages": r["pages"]} for r in rows]),
        )
    )
    assert late.kinds["pages"] == "category"
    assert late.column("pages")[0] == "0"
    assert (
        "numbers at first, then 'xii'"
        in next(c for c in late.reading.columns if c.name == "pages").note
    )


def test_a_bad_attribute_is_empty_counted_and_listed():
    rows = [{"id": i, "text": "t", "ratio": i / 7, "at": "2020-01-02"} for i in range(40)]
    rows[3]["ratio"], rows[5]["at"] = float("inf"), "2019-02-30"
    result = read(rows)
    assert len(result.items) == 40
    assert (result.column("ratio")[3], result.column("at")[5]) == (None, None)
    assert [(e["line"], e["column"]) for e in result.emptied] == [(4, "ratio"), (6, "at")]
    assert {c.name: c.emptied for c in result.reading.columns if c.emptied} == {"ratio": 1, "at": 1}
    assert not result.rejected


def test_columns_that_are_asked_for():
    rows = [
        {"id": i, "text": "t", "code": i, "big": "x" * 5, "blob": b"\x00\x01"} for i in range(3)
    ]
    result = read(rows, leave=["big"], as_text=["code"])
    assert result.kinds == {"id": "category", "text": "text", "code": "category"}
    assert result.column("code") == ["0", "1", "2"]
    assert {c.name: c.note for c in result.reading.columns if not c.kind} == {
        "blob": "binary content",
        "big": "left out as asked",
    }
    with pytest.raises(InputError, match="column to leave out"):
        read(rows, leave=["bigg"])


def test_moments_with_zones_lie_on_one_line():
    rows = [{"id": 0, "text": "t", "at": "2024-01-01T01:00:00+09:00"}, {"id": 1, "text": "t", "at": "2023-12-31T20:00:00Z"}, {"id": 2, "text": "t", "at": "2023-12-31 09:00:00 -0800"}]  # fmt: skip
    assert read(rows).column("at") == [
        datetime(2023, 12, 31, 16),
        datetime(2023, 12, 31, 20),
        datetime(2023, 12, 31, 17),
    ]


def test_what_arrow_holds_and_python_does_not(tmp_path):
    n = 30
    micros = pa.array([0, 4 * 10**17, -(10**17)] + [10**15] * (n - 3), pa.int64()).cast(
        pa.timestamp("us")
    )
    table = pa.table({
        "id": pa.array(range(n)), "text": pa.array(["t"] * n), "nanos": pa.array([1_600_000_000_123_456_789] * n, pa.int64()).cast(pa.timestamp("ns")),
        "far": micros, "day": pa.array([-(10**6)] + [1000] * (n - 1), pa.int32()).cast(pa.date32()),
        "price": pa.array([Decimal("1.50")] * n, pa.decimal128(9, 2)), "took": pa.array([timedelta(minutes=1)] * n),
        "attrs": pa.array([[("colour", "red")]] * n, pa.map_(pa.string(), pa.string())), "raw": pa.array([b"\x00"] * n),
        "image": pa.array([{"bytes": b"\x00", "path": "a.png"}] * n),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    result = read(tmp_path / "a.parquet")
    first = next(iter(result.items.values()))
    assert (first["nanos"], first["price"], first["took"], first["attrs_colour"], first["image_path"]) == (
        datetime(2020, 9, 13, 12, 26, 40, 123456), 1.5, 60.0, "red", "a.png",
    )  # fmt: skip
    assert (*result.column("far")[1:3], result.column("day")[0]) == (None, None, None)
    assert result.column("day")[1] == datetime(1972, 9, 27)
    assert sorted(e["column"] for e in result.emptied) == ["day", "far", "far"]
    assert not {"raw", "image_bytes"} & {*result.kinds}


def test_values_of_numpy_and_pandas_in_dicts():
    row = {"id": np.int64(7), "text": "t", "n": np.float32(1.5), "b": np.bool_(True), "at": np.datetime64("2020-01-02"), "l": np.array([1, 2]), "none": pd.NaT, "na": pd.NA, "d": Decimal("2.50"), "when": date(2020, 1, 2)}  # fmt: skip
    result = read([row, {**row, "id": 8}])
    first = result.items["7"]
    assert (
        first["n"],
        first["b"],
        first["at"],
        first["l"],
        first["none"],
        first["na"],
        first["d"],
    ) == (
        1.5,
        True,
        datetime(2020, 1, 2),
        [1, 2],
        None,
        None,
        2.5,
    )
    assert {n: result.kinds[n] for n in ("n", "b", "at", "l", "d")} == {
        "n": "number",
        "b": "boolean",
        "at": "date",
        "l": "list",
        "d": "number",
    }


# -- ids -------------------------------------------------------------------------------------------------------------


def test_ids_keep_their_characters_and_are_compared_as_text(tmp_path):
    path = written(tmp_path, "a.csv", "id,text\n2301.00010,a\n2301.0001,b\n 007 ,c\n")
    assert list(read(path).items) == ["2301.00010", "2301.0001", "007"]
    assert list(
        read([{"id": 3.0, "text": "a"}, {"id": "x", "text": "b"}, {"id": 4, "text": "c"}]).items
    ) == ["3", "x", "4"]


# -- frames and lists ------------------------------------------------------------------------------------------------


def test_frames_as_people_have_them():
    frame = pd.DataFrame(ROWS)
    assert list(read(frame.set_index("id")).items) == [r["id"] for r in ROWS]
    assert list(read(frame.drop(columns="id").set_axis([f"k{i}" for i in range(30)])).items) == [
        f"k{i}" for i in range(30)
    ]
    assert read(frame["text"]).column("text") == [r["text"] for r in ROWS]
    twice = pd.concat([frame, frame["year"] + 1], axis=1)
    assert read(twice).column("year_2") == [r["year"] + 1 for r in ROWS]
    mixed = frame.assign(mixed=[i if i % 2 else "x" for i in range(30)])
    assert read(mixed).column("mixed")[:2] == ["x", "1"]
    assert len(read(pl.DataFrame(ROWS).lazy()).items) == 30
    assert read(pd.Series(["a", "b"])).column("text") == ["a", "b"]


def test_a_list_of_texts():
    assert read(["first text, not a file", "second text"], text=None).column("text") == [
        "first text, not a file",
        "second text",
    ]
    with pytest.raises(InputError, match="no file"):
        open_source(["missing.csv", "other.csv"])


# -- vectors ---------------------------------------------------------------------------------------------------------


def test_vectors_of_any_length_are_unit_vectors_and_zero_ones_cost_their_item():
    rows = [{"id": i, "text": f"t {i}"} for i in range(5)]
    vectors = np.eye(5) * [[1e20], [1e-30], [1e300], [0], [np.nan]]
    assert np.allclose(unit_rows(vectors[:3]), np.eye(5)[:3])
    reader = open_source(rows)
    bad = without_direction(as_vectors(vectors, reader), reader)
    assert list(bad) == [3, 4]
    assert "row 4, counted from 1) is zero" in bad[3]
    assert "NaN" in bad[4]


@pytest.mark.parametrize(
    "cell", [[0.5, 1.0], "[0.5, 1.0]", "[0.5 1.0]", " [5e-1  1.]\n", np.array([0.5, 1.0])]
)
@pytest.mark.parametrize("name", ["embedding.vector", "embedding_vector"])
def test_a_column_of_vectors_in_any_writing(cell, name):
    rows = [
        {"id": i, "text": f"t {i}", "embedding": {"model": "m", "vector": cell}} for i in range(3)
    ]
    rows[1]["embedding"]["vector"] = (
        rows[1]["embedding"]["vector"] if isinstance(cell, str) else None
    )
    rows[2] = {**rows[2], "embedding": {"model": "m", "vector": [1.0]}}
    reader = open_source(rows)
    column = as_vectors(name, reader)
    assert column == "embedding_vector"
    assert "has 1 numbers, others have 2" in without_direction(column, reader)[2]


def test_vectors_as_lists_and_tensors():
    torch = pytest.importorskip("torch")
    reader = open_source(ROWS)
    for vectors in (
        [[1.0, 2.0]] * 30,
        torch.ones(30, 2),
        torch.ones(30, 2, dtype=torch.bfloat16),
        torch.ones(30, 2, requires_grad=True),
    ):
        assert as_vectors(vectors, reader).shape == (30, 2)
    for vectors, says in (
        ([[1.0], [1.0, 2.0]], "no array"),
        ("nothing", "nor a column"),
        ("text", "no list of numbers"),
        ("a.npy", "no file"),
        (np.ones(3), "shape"),
    ):
        with pytest.raises(InputError, match=says):
            as_vectors(vectors, reader)


# -- the whole way ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """An atlas of rows with columns of every kind, two of which are called as begriff calls its own."""
    rows = [
        {"id": f"r{i}", "text": f"words {i % 7} and more {i}", "price": f"{i}.50", "when": f"2020-01-{i % 28 + 1:02d}", "flag": "TRUE" if i % 2 else "FALSE",
         "tags": json.dumps(["a, b", f"t{i}"]), "concepts": f"mine {i}", "vector": "unused", "note": "" if i % 3 else 'two\n"lines"'}
        for i in range(60)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("collection")
    path = written(folder, "in.csv", as_csv(rows))
    vectors = np.random.default_rng(0).normal(size=(60, 8))
    given = {
        "text": "text",
        "encoder": None,
        "vectors": vectors,
        "dictionary": "kmeans",
        "layout": False,
    }
    return rows, given, bg.build(path, out=folder / "a.atlas", **given), folder


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_what_is_exported_is_built_again_with_the_same_columns(collection, kind):
    rows, given, atlas, folder = collection
    path = folder / f"out.{kind}"
    assert atlas.export(path) == 60
    again = bg.build(path, out=folder / f"{kind}.atlas", **given)
    assert {c: k for c, k in again.columns.items() if c in atlas.columns} == atlas.columns
    names = list(atlas.columns)
    assert [[r.item[n] for n in names] for r in again.snapshot.records(range(60))] == [
        [r.item[n] for n in names] for r in atlas.snapshot.records(range(60))
    ]
    assert "begriff_concepts" in again.columns
    if kind == "csv":
        with path.open(newline="", encoding="utf-8") as f:
            cells = [{n: row[n] for n in rows[0]} for row in csv.DictReader(f)]
        assert cells == rows


def test_vectors_under_a_name_that_is_taken_come_back(collection):
    _, _, atlas, folder = collection
    atlas.export(folder / "whole.parquet", vectors=True)
    again = bg.import_items(folder / "whole.parquet", out=folder / "imported.atlas")
    assert np.allclose(again.vectors, atlas.vectors, atol=1e-6)
    assert again.snapshot.records([3])[0].item["vector"] == "unused"


def test_conditions_find_what_people_mean(collection):
    atlas = collection[2]
    for condition, n in (
        ("id = 'r3'", 1),
        ("price = 3.5", 1),
        ("price = '3.5'", 1),
        ("when >= '2020-01-28'", 2),
        ("flag = true", 30),
        ("array_has(tags, 't5')", 1),
    ):
        assert atlas.snapshot.where(condition).sum() == n, condition
    with pytest.raises(InputError, match="holds text, with the number"):
        atlas.snapshot.where("concepts > 5")
