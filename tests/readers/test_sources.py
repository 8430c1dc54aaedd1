"""Every kind of file, folder and frame gives the same rows; what is broken is one listed row, never a traceback."""

import csv
import gzip
import io
import json
from datetime import datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from begriff.errors import InputError
from begriff.readers import infer_columns, open_source
from begriff.readers.sources import stem_of
from begriff.readers.streams import LONGEST

ROWS = [
    {
        "id": f"r{i}",
        "title": f"Ünïcode «{i}», with a comma",
        "year": 2000 + i,
        "note": 'a "quoted"\nline' if i % 7 == 3 else "x",
    }
    for i in range(40)
]


def rows(source):
    return [r.row for r in open_source(source)]


def bad(source):
    return [(r.line, r.reason) for r in open_source(source) if r.row is None]


def as_text(rows=ROWS):
    return [{k: str(v) for k, v in r.items()} for r in rows]


def delimited(delimiter=",", **options):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROWS[0]), delimiter=delimiter, **options)
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue()


def write_all(folder):
    """The same rows as every kind of file that has types."""
    table = pa.Table.from_pylist(ROWS)
    (folder / "a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    (folder / "a.ndjson").write_text(
        "\ufeff" + "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in ROWS),
        encoding="utf-16-le",
    )
    (folder / "lines.json").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    (folder / "array.json").write_text(json.dumps(ROWS, indent=2))
    (folder / "inside.json").write_text(json.dumps({"total": 40, "tags": ["a"], "results": ROWS}))
    pq.write_table(table, folder / "a.parquet")
    pa.feather.write_feather(table, folder / "a.feather")
    with pa.ipc.new_stream(folder / "a.arrow", table.schema) as f:
        f.write_table(table)
    import lance

    lance.write_dataset(table, str(folder / "a.lance"))
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress((folder / "a.jsonl").read_bytes()))
    (folder / "packed.parquet.gz").write_bytes(gzip.compress((folder / "a.parquet").read_bytes()))
    whole = (folder / "a.jsonl").read_bytes()
    (folder / "packed.jsonl.zst").write_bytes(
        b"".join(pa.compress(p, "zstd", asbytes=True) for p in (whole[:1000], whole[1000:]))
    )
    return sorted(p for p in folder.iterdir())


def test_every_typed_file_gives_the_same_rows(tmp_path):
    files = write_all(tmp_path)
    assert len(files) == 12
    for path in files:
        assert rows(path) == ROWS, path.name
        assert rows(path) == ROWS, f"{path.name}, again"


@pytest.mark.parametrize(
    ("delimiter", "suffix"),
    [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "csv"), ("\t", "csv")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encoding_and_dialect_of_csv_are_found(tmp_path, delimiter, suffix, encoding):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(delimited(delimiter).encode(encoding))
    assert rows(path) == as_text()
    packed = tmp_path / f"a.{suffix}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert rows(packed) == as_text()
    assert not open_source(path).typed


def test_csv_without_quoting_and_with_stray_quotes(tmp_path):
    path, quote = tmp_path / "a.tsv", '"'
    path.write_text(
        "id\ttext\n"
        + "".join(f"{i}\t{quote * (i % 5 == 0)}an unclosed quote, a disk\n" for i in range(100))
    )
    found = rows(path)
    assert len(found) == 100
    assert found[0]["text"] == '"an unclosed quote, a disk'


def test_rows_of_csv_that_are_torn_are_listed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text,n\n1,one,1\n2,two\n\n3,three,3,4\n4,,4\n")
    assert rows(path)[0] == {"id": "1", "text": "one", "n": "1"}
    assert rows(path)[-1] == {"id": "4", "text": None, "n": "4"}
    assert bad(path) == [(3, "2 cells under 3 columns"), (5, "4 cells under 3 columns")]
    path.write_text("a,a\n1,2\n")
    assert rows(path) == [{"a": "1", "a_2": "2"}]
    path.write_text(" , \n")
    with pytest.raises(InputError, match="is empty"):
        rows(path)


def test_one_byte_of_another_encoding_loses_no_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"id,text\n"
        + b"".join(b"%d,plain text of a row\n" % i for i in range(5000))
        + b"5000,caf\xe9\n"
    )
    assert rows(path)[-1] == {"id": "5000", "text": "café"}


def test_kinds_of_strings_are_inferred_only_where_there_are_no_types():
    sample = [
        {
            "n": str(i),
            "zip": f"{i % 5:05d}",
            "b": "TRUE" if i % 2 else "false",
            "d": f"2020-01-{i % 28 + 1:02d}",
            "e": "N/A" if i == 3 else f"{i}.5",
        }
        for i in range(50)
    ]
    assert infer_columns(sample, typed=False).kinds == {
        "n": "number",
        "zip": "category",
        "b": "boolean",
        "d": "date",
        "e": "number",
    }
    assert infer_columns(sample).kinds["n"] == "text"
    assert infer_columns(sample, typed=False).convert(sample[3]).values["e"] is None


def test_nested_values_become_plain_columns(tmp_path):
    path = tmp_path / "works.json"
    work = {
        "id": 1, "title": "T", "author": {"name": "A", "place": {"city": "B.C."}}, "tags": ["a"], "wide": {str(i): i for i in range(40)},
        "authorships": [{"display_name": "X"}, {"orcid": 7}], "abstract_inverted_index": {"new": [1], "a": [0, 2]}, "a.b": 1,
    }  # fmt: skip
    path.write_text(json.dumps({"meta": {"count": 1}, "results": [work]}))
    (row,) = rows(path)
    wide = json.loads(row.pop("wide"))
    assert len(wide) == 40
    assert row == {
        "id": 1, "title": "T", "author_name": "A", "author_place_city": "B.C.", "tags": ["a"], "authorships": ["X", '{"orcid": 7}'],
        "abstract": "a new a", "a_b": 1,
    }  # fmt: skip


def test_the_metadata_of_arxiv_is_tidied(tmp_path):
    path = tmp_path / "snapshot.json"
    entry = {
        "id": "0704.0001", "submitter": "P", "authors": "C. B\\'azs", "title": "Calculation of\n  prompt", "abstract": "  A fully\ndifferential\n",
        "categories": "hep-ph hep-th", "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "update_date": "2008-11-26",
        "authors_parsed": [["Balázs", "C.", ""], ["Nadolsky", "P. M.", "Jr"]],
    }  # fmt: skip
    path.write_text("".join(json.dumps({**entry, "id": f"0704.{i:04d}"}) + "\n" for i in range(3)))
    reader = open_source(path)
    assert reader.text == ("title", "abstract")
    row = next(iter(reader)).row
    assert row["authors"] == ["C. Balázs", "P. M. Nadolsky Jr"]
    assert (row["title"], row["abstract"], row["category"]) == (
        "Calculation of prompt",
        "A fully differential",
        "hep-ph",
    )
    assert row["submitted"] == datetime(2007, 4, 2, 19, 18, 42)
    assert row["url"] == "https://arxiv.org/abs/0704.0000"


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>%s</channel></rss>"""
ITEM = (
    "<item><guid>g%d</guid><title>One &amp; %d</title><description>&lt;p&gt;A"
    " &lt;b&gt;body&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;</description><category>c</category><pubDate>Mon,"
    " 06 Sep 2021 00:01:00 +0000</pubDate><link>https://e.org/%d</link></item>"
)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Papers</title><entry><id>e1</id><title>T</title><author><name>A B</name></author><summary>short</summary><content type="html">&lt;p&gt;the long content&lt;/p&gt;</content><updated>2024-05-06T07:08:09Z</updated></entry></feed>"""


def test_feeds(tmp_path):
    (tmp_path / "a.rss").write_text(RSS % "".join(ITEM % (i, i, i) for i in range(3)))
    (tmp_path / "a.xml").write_text(ATOM)
    first = rows(tmp_path / "a.rss")[0]
    assert first == {
        "id": "g0", "title": "One & 0", "text": "A body", "published": datetime(2021, 9, 6, 0, 1), "authors": [], "tags": ["c"], "url": "https://e.org/0",
        "feed": "News",
    }  # fmt: skip
    (entry,) = rows(tmp_path / "a.xml")
    assert (entry["id"], entry["text"], entry["authors"], entry["feed"]) == (
        "e1",
        "the long content",
        ["A B"],
        "Papers",
    )
    (tmp_path / "bomb.xml").write_text(
        '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
        + "]><rss><channel><item><title>&j;</title></item></channel></rss>"
    )
    assert len(str(list(open_source(tmp_path / "bomb.xml")))) < 10_000
    (tmp_path / "no.xml").write_text("<svg></svg>")
    with pytest.raises(InputError, match="is no feed"):
        rows(tmp_path / "no.xml")


def pdf(text):
    """A PDF of one page."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream), b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for i, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, body)
    table = b"".join(b"%010d 00000 n \n" % p for p in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)
    )


def test_a_folder_of_documents(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.txt").write_text("no")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes" / "a.md").write_text(
        "---\ntitle: 'Front'\ndate: 2020\n---\n# Heading\nBody of a."
    )
    (tmp_path / "notes" / "b.md").write_text("Before\n## Second #\nBody of b.")
    (tmp_path / "c.txt").write_bytes(
        "Umlaute: äöüß sind hier, und noch mehr Wörter für die Erkennung.".encode("cp1252")
    )
    (tmp_path / "d.html").write_text(
        "<html><head><title>Page</title><style>p{}</style></head><body><p>Hello<script>evil()</script></p></body></html>"
    )
    (tmp_path / "e.pdf").write_bytes(pdf("Words of a page"))
    (tmp_path / "f.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "g.txt").write_bytes(b"\0\1\2")
    found = {r.file: r for r in open_source(tmp_path)}
    assert list(found) == ["c.txt", "d.html", "e.pdf", "f.pdf", "g.txt", "notes/a.md", "notes/b.md"]
    read = {n: (r.row["title"], r.row["text"], r.row["folder"]) for n, r in found.items() if r.row}
    assert read["notes/a.md"] == ("Front", "# Heading\nBody of a.", "notes")
    assert read["notes/b.md"][0] == "Second"
    assert "äöüß" in read["c.txt"][1]
    assert read["d.html"][:2] == ("Page", "Hello")
    assert read["e.pdf"] == ("e", "Words of a page", ".")
    assert [n for n, r in found.items() if r.row is None] == ["f.pdf", "g.txt"]
    assert open_source(tmp_path).text == ("title", "text")


def test_several_files_patterns_and_folders_of_them(tmp_path):
    for i in range(3):
        (tmp_path / f"part-{i}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS[i::3]))
    whole = [r for i in range(3) for r in ROWS[i::3]]
    parts = sorted(tmp_path.glob("*.jsonl"))
    for source in (str(tmp_path / "part-*.jsonl"), parts, [str(p) for p in parts], tmp_path):
        assert rows(source) == whole
    assert (
        open_source(parts).fingerprint
        == open_source(tmp_path).fingerprint
        != open_source(parts[:2]).fingerprint
    )
    (tmp_path / "part-3.parquet").write_text("no Parquet")
    (r,) = [r for r in open_source(str(tmp_path / "part-*")) if r.row is None]
    assert r.file.endswith("part-3.parquet")
    assert "no readable Parquet file" in r.reason
    (tmp_path / "x.csv").write_text("id,title\n1,a\n")
    for source, says in [
        (str(tmp_path / "none-*.jsonl"), "no file"), ([*parts, tmp_path / "x.csv"], "build them apart"), ([tmp_path / "x.csv", __file__], "of no kind"),
        (str(tmp_path / "missing.jsonl"), "no file"), (7, "holds no rows"), ({"a": 1}, "holds no rows"), (tmp_path / "empty", "holds no file"),
    ]:  # fmt: skip
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(InputError, match=says):
            rows(source)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_frames(frame):
    made = frame(ROWS)
    assert rows(made) == ROWS
    assert (
        open_source(made).fingerprint
        == open_source(frame(ROWS)).fingerprint
        != open_source(frame(ROWS[1:])).fingerprint
    )


def test_an_iterator_is_read_once_and_can_be_read_again():
    when = datetime(2020, 1, 2)
    reader = open_source({"id": i, "when": when} for i in range(5))
    assert (
        [r.row for r in reader]
        == [r.row for r in reader]
        == [{"id": i, "when": str(when)} for i in range(5)]
    )
    with pytest.raises(InputError, match="gave no row"):
        open_source(iter([]))


def test_what_is_broken_off_is_read_as_far_as_it_goes(tmp_path):
    whole = "".join(
        json.dumps({"id": i, "text": f"words {i * 7919 % 10007} {i * 104729}"}) + "\n"
        for i in range(20_000)
    ).encode()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(whole)[:-2000])
    (tmp_path / "a.jsonl.zst").write_bytes(pa.compress(whole, "zstd", asbytes=True)[:-2000])
    (tmp_path / "a.json").write_bytes(json.dumps([{"id": i} for i in range(100)]).encode()[:-20])
    for name, least in [("a.jsonl.gz", 15_000), ("a.jsonl.zst", 1), ("a.json", 90)]:
        found = list(open_source(tmp_path / name))
        assert sum(r.row is not None for r in found) >= least, name
        assert found[-1].row is None, name


def test_a_line_without_end_is_skipped_in_bounded_memory(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as f:
        f.write(b'{"id": 1}\n')
        for _ in range(3):
            f.write(b"[" * (LONGEST // 2))
        f.write(b'\n{"id": 2}\n')
    assert [(r.line, r.row) for r in open_source(path)] == [
        (1, {"id": 1}),
        (2, None),
        (3, {"id": 2}),
    ]


def test_stems():
    assert [stem_of(n) for n in ("a/b.csv.gz", "b.jsonl", "c.d.tsv.zst", "folder")] == [
        "b",
        "b",
        "c.d",
        "folder",
    ]


@pytest.mark.parametrize(
    ("lines", "lost"),
    [
        (['1,"never closed', *[f"{i},plain" for i in range(2, 60)]], [2]),
        (
            [
                "1,a",
                '2,"opened',
                "3,b",
                '4,"closed elsewhere"',
                *[f"{i},plain" for i in range(5, 60)],
            ],
            [3],
        ),
        ([*[f"{i},plain" for i in range(1, 59)], '59,"at the very end'], []),
        ([*[f'{i},"two\nlines"' for i in range(1, 60)]], []),
    ],
)
def test_a_quote_that_is_never_closed_costs_its_own_line_alone(tmp_path, lines, lost):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + "\n".join(['0,"a quoted, cell"'] * 20 + lines) + "\n")
    found = list(open_source(path))
    assert [r.line - 20 for r in found if r.row is None] == lost
    ids = {int(r.row["id"]) for r in found if r.row is not None}
    assert ids == set(range(60)) - {n - 1 for n in lost}


def test_a_first_row_without_end_is_the_users_to_mend(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x" * (LONGEST + 10) + b"\n1,2\n")
    with pytest.raises(InputError, match="must name the columns"):
        rows(tmp_path / "a.csv")


def test_one_object_with_an_id_is_a_row_and_an_envelope_is_not(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"id": "p1", "title": "one", "authors": [{"name": "Ada"}]}))
    assert rows(path) == [{"id": "p1", "title": "one", "authors": ["Ada"]}]
    path.write_text(
        json.dumps({"total": 2, "facets": [{"key": "a"}], "results": [{"id": 1}, {"id": 2}]})
    )
    assert rows(path) == [{"id": 1}, {"id": 2}]
    path.write_text(
        json.dumps(
            {"meta": {"parts": [{"x": 1}]}, "data": {"hits": [{"id": i} for i in range(9)]}},
            indent=1,
        )
    )
    assert rows(path) == [{"id": i} for i in range(9)]


def test_documents_and_rows_in_one_folder_the_fewer_are_listed(tmp_path):
    (tmp_path / "README.md").write_text("# About")
    for i in range(2):
        (tmp_path / f"{i}.jsonl").write_text(json.dumps({"id": i, "title": "t"}) + "\n")
    assert [r.row["id"] for r in open_source(tmp_path) if r.row is not None] == [0, 1]
    assert [
        (r.file, "a document among" in r.reason) for r in open_source(tmp_path) if r.row is None
    ] == [("README.md", True)]
    for i in range(3):
        (tmp_path / f"{i}.txt").write_text("words")
    assert [r.row["id"] for r in open_source(tmp_path) if r.row is not None] == [
        "0.txt",
        "1.txt",
        "2.txt",
        "README.md",
    ]
    assert [r.file for r in open_source(tmp_path) if r.row is None] == ["0.jsonl", "1.jsonl"]


def test_a_row_of_another_shape_is_listed(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {
        "id": "1",
        "title": "t",
        "abstract": "a",
        "categories": "cs.LG",
        "authors_parsed": [["A", "B"]],
        "versions": [],
    }
    path.write_text(
        "".join(
            json.dumps(r) + "\n" for r in [row, {**row, "authors_parsed": 7}, {**row, "id": "3"}]
        )
    )
    assert [r.row["id"] for r in open_source(path) if r.row is not None] == ["1", "3"]
    assert "shape" in next(r.reason for r in open_source(path) if r.row is None)


def test_quotes_that_no_line_closes_take_bounded_time(tmp_path, monkeypatch):
    """Every line leaves a quote open; after some patience a row is a line."""
    monkeypatch.setattr("begriff.readers.csv_rows._TALLEST", 50)
    monkeypatch.setattr("begriff.readers.csv_rows._PATIENCE", 1000)
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + '0,"a quoted, cell"\n' * 2500 + 'x"1,"z\n' * 3000 + "1,the end\n")
    found = list(open_source(path))
    assert len(found) == 5501
    assert sum(r.row is None for r in found) == 3000
    assert found[-1].row == {"id": "1", "text": "the end"}
